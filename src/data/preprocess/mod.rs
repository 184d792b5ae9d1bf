//! From a decoded picture to a sample: one file per stage, each a pure function.
//!
//! The order is that of the options: trim, grayscale, resize, min-max, adaptive invert. All stages
//! work on `f32` values in `[0, 1]` as the file encodes them (sRGB stays sRGB: nothing is made
//! linear).

mod adaptive_invert;
mod grayscale;
mod minmax;
mod picture;
mod resize;
mod trim;

pub use adaptive_invert::adaptive_invert;
pub use grayscale::{grayscale, luma};
pub use minmax::minmax;
pub use picture::Picture;
pub use resize::resize;
pub use trim::trim;

use crate::config::Preprocessing;

/// Runs the stages that `stages` asks for. The result is `resize.width` x `resize.height` pixels,
/// with 1 channel after grayscale and otherwise the channels of `picture`.
pub fn preprocess(mut picture: Picture, stages: &Preprocessing) -> Picture {
    if stages.trim {
        picture = trim(picture);
    }
    if stages.grayscale {
        picture = grayscale(picture);
    }
    picture = resize(picture, stages.resize.width, stages.resize.height);
    if stages.minmax_normalize {
        minmax(&mut picture);
    }
    if stages.adaptive_invert {
        adaptive_invert(&mut picture);
    }
    picture
}
