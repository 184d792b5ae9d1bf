//! Makes light-on-dark and dark-on-light alike.

use super::{Picture, luma};

/// Inverts the picture (`1 - x`) if the intensity of its top-left pixel is under 0.5: its value if
/// gray, its [`luma`] if coloured. After it the background, as far as the corner shows it, is
/// always light.
pub fn adaptive_invert(picture: &mut Picture) {
    let channels = picture.channels();
    invert(picture.values_mut(), channels);
}

/// [`adaptive_invert`] of `[pixels, channels]`.
pub(super) fn invert(values: &mut [f32], channels: usize) {
    if luma(&values[..channels]) < 0.5 {
        for value in values {
            *value = 1.0 - *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inverted(channels: usize, values: &[f32]) -> Vec<f32> {
        let pixels = (values.len() / channels) as u32;
        let mut picture = Picture::new(pixels, 1, channels, values.to_vec()).unwrap();
        adaptive_invert(&mut picture);
        picture.values().to_vec()
    }

    #[test]
    fn a_dark_corner_inverts_the_picture_and_a_light_one_does_not() {
        assert_eq!(inverted(1, &[0.25, 1.0]), [0.75, 0.0]);
        assert_eq!(inverted(1, &[0.5, 1.0]), [0.5, 1.0]);
    }

    #[test]
    fn the_corner_of_a_coloured_picture_counts_by_its_luma() {
        assert_eq!(inverted(3, &[0.0, 0.0, 1.0]), [1.0, 1.0, 0.0]);
        assert_eq!(inverted(3, &[0.0, 1.0, 0.0]), [0.0, 1.0, 0.0]);
    }
}
