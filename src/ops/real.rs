//! The number types of the CPU backend.

use std::fmt::Debug;

/// f32 for training, f64 for reference.
pub trait Real:
    FromSample
    + num_traits::Float
    + num_traits::NumAssign
    + std::iter::Sum
    + Debug
    + Default
    + Send
    + Sync
    + 'static
{
    fn from_f64(value: f64) -> Self;
    fn from_f32(value: f32) -> Self;
    fn to_f64(self) -> f64;
}

/// What the f32 numbers of a data set can be read as without a copy.
pub trait FromSample: Copy + Default {
    /// The same numbers, if they are of this type.
    fn from_f32_slice(values: &[f32]) -> Option<&[Self]>;
}

impl FromSample for f32 {
    fn from_f32_slice(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }
}

impl FromSample for f64 {
    fn from_f32_slice(_: &[f32]) -> Option<&[f64]> {
        None
    }
}

impl FromSample for u32 {
    fn from_f32_slice(_: &[f32]) -> Option<&[u32]> {
        None
    }
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn from_f32(value: f32) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
    fn from_f32(value: f32) -> Self {
        f64::from(value)
    }
    fn to_f64(self) -> f64 {
        self
    }
}
