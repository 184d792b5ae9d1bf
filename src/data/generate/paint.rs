//! Colours and the picture that they end up in.

use image::{Rgb, RgbImage};

use super::SIDE;
use super::field::mix;

/// Red, green and blue, each in [0, 1], encoded as in the file (sRGB).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour(pub [f32; 3]);

impl Colour {
    /// From hue (in turns: 0 red, 1/3 green, 2/3 blue), saturation and value (Smith, "Color gamut
    /// transform pairs", 1978).
    pub fn from_hsv(hue: f32, saturation: f32, value: f32) -> Self {
        let turned = (hue - hue.floor()) * 6.0;
        let channel = |offset: f32| {
            let k = (turned + offset) % 6.0;
            value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0)
        };
        Self([channel(5.0), channel(3.0), channel(1.0)])
    }

    /// Brightness as the eye weighs it (Rec. 709 weights on encoded values).
    pub fn luma(self) -> f32 {
        let [red, green, blue] = self.0;
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// This colour at t = 0, the other at t = 1.
    pub fn mixed(self, other: Self, t: f32) -> Self {
        Self([0, 1, 2].map(|channel| mix(self.0[channel], other.0[channel], t)))
    }

    /// All channels shifted by the same amount.
    pub fn brightened(self, amount: f32) -> Self {
        Self(self.0.map(|channel| channel + amount))
    }

    fn to_rgb(self) -> Rgb<u8> {
        Rgb(self
            .0
            .map(|channel| (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8))
    }
}

/// Paints each pixel from its column, its row and its row-major number.
pub(super) fn picture(mut colour_at: impl FnMut(usize, usize, usize) -> Colour) -> RgbImage {
    RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let (column, row) = (x as usize, y as usize);
        colour_at(column, row, row * SIDE + column).to_rgb()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_of_thirds_are_the_primary_colours() {
        for (hue, expected) in [
            (0.0, [1.0, 0.0, 0.0]),
            (1.0 / 3.0, [0.0, 1.0, 0.0]),
            (2.0 / 3.0, [0.0, 0.0, 1.0]),
        ] {
            let Colour(found) = Colour::from_hsv(hue, 1.0, 1.0);
            assert!(
                found
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-5),
                "{hue}: {found:?}"
            );
        }
        assert_eq!(Colour::from_hsv(0.4, 0.0, 0.5), Colour([0.5; 3]));
    }
}
