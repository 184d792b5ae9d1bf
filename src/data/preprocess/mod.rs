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
pub use resize::{resize, shrink};
pub use trim::trim;

use crate::config::Preprocessing;
use resize::resize_into;

/// Runs the stages that `stages` asks for. The result is `resize.width` x `resize.height` pixels,
/// with 1 channel after grayscale and otherwise the channels of `picture`.
pub fn preprocess(picture: Picture, stages: &Preprocessing) -> Picture {
    let (width, height) = (stages.resize.width, stages.resize.height);
    let channels = if stages.grayscale {
        1
    } else {
        picture.channels()
    };
    let mut values = vec![0.0; width as usize * height as usize * channels];
    preprocess_into(picture, stages, &mut values);
    Picture::from_parts(width, height, channels, values)
}

/// As [`preprocess`], into `sample`, which has just as many values as the result.
pub(super) fn preprocess_into(mut picture: Picture, stages: &Preprocessing, sample: &mut [f32]) {
    if stages.trim {
        picture = trim(picture);
    }
    if stages.grayscale {
        picture = grayscale(picture);
    }
    resize_into(&picture, stages.resize.width, stages.resize.height, sample);
    finish(sample, picture.channels(), stages);
}

/// The stages after resizing, which change values only.
pub(super) fn finish(values: &mut [f32], channels: usize, stages: &Preprocessing) {
    if stages.minmax_normalize {
        minmax::stretch(values, channels);
    }
    if stages.adaptive_invert {
        adaptive_invert::invert(values, channels);
    }
}
