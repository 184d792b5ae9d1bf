//! Batch normalization in use, folded into the dense layer before it.

use std::borrow::Cow;

use crate::ops::batch_norm::EPS;
use crate::train::SavedTensor;

/// `y = x · Wᵀ + b`.
pub struct Affine<'a> {
    /// `[units, inputs]`, row-major.
    pub weights: Cow<'a, [f32]>,
    /// `[units]`.
    pub bias: Option<Cow<'a, [f32]>>,
}

impl<'a> Affine<'a> {
    pub fn of(weights: &'a SavedTensor, bias: Option<&'a SavedTensor>) -> Self {
        Self {
            weights: Cow::Borrowed(&weights.values),
            bias: bias.map(|bias| Cow::Borrowed(bias.values.as_slice())),
        }
    }

    /// Puts a batch normalization of gamma, beta, mean and variance behind it:
    ///
    /// `gamma * (x · Wᵀ + b - mean) / sqrt(variance + eps) + beta = x · (s W)ᵀ + s (b - mean) + beta`,
    /// where `s = gamma / sqrt(variance + eps)`, computed in f64.
    pub fn fold(&mut self, [gamma, beta, mean, variance]: [&SavedTensor; 4]) {
        let units = gamma.values.len();
        let inputs = self.weights.len() / units.max(1);
        let weights = self.weights.to_mut();
        let mut bias = Vec::with_capacity(units);
        for unit in 0..units {
            let of = |tensor: &SavedTensor| f64::from(tensor.values[unit]);
            let scale = of(gamma) / (of(variance) + EPS).sqrt();
            for weight in &mut weights[unit * inputs..][..inputs] {
                *weight = (scale * f64::from(*weight)) as f32;
            }
            let before = self.bias.as_ref().map_or(0.0, |bias| f64::from(bias[unit]));
            bias.push((scale * (before - of(mean)) + of(beta)) as f32);
        }
        self.bias = Some(Cow::Owned(bias));
    }
}
