//! Three channels to one.

use super::Picture;

/// The luma of one pixel (1 or 3 channels): `0.212656 R + 0.715158 G + 0.072186 B` on the encoded
/// values.
///
/// These are the Rec. 709 weights in ImageMagick's digits: `-colorspace Gray` computes
/// `Rec709Luma`, on the values as they are in the file, not on linear light.
pub fn luma(pixel: &[f32]) -> f32 {
    match *pixel {
        // The weights add up to 1, their rounded products to an ulp more.
        [red, green, blue] => (0.212_656 * red + 0.715_158 * green + 0.072_186 * blue).min(1.0),
        [gray] => gray,
        _ => 0.0,
    }
}

/// Every pixel replaced by its [`luma`]; a gray picture stays as it is.
pub fn grayscale(picture: Picture) -> Picture {
    if picture.channels() == 1 {
        return picture;
    }
    let values = picture
        .values()
        .chunks_exact(picture.channels())
        .map(luma)
        .collect();
    Picture::from_parts(picture.width(), picture.height(), 1, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_pixels_keep_their_value_and_colours_weigh_as_the_eye_sees_them() {
        let picture = Picture::new(
            2,
            2,
            3,
            vec![1., 1., 1., 0.4, 0.4, 0.4, 0., 1., 0., 0., 0., 1.],
        )
        .unwrap();
        let gray = grayscale(picture);
        assert_eq!((gray.width(), gray.height(), gray.channels()), (2, 2, 1));
        for (value, expected) in gray.values().iter().zip([1.0, 0.4, 0.715_158, 0.072_186]) {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
    }

    #[test]
    fn a_gray_picture_is_left_alone() {
        let picture = Picture::new(2, 1, 1, vec![0.2, 0.9]).unwrap();
        assert_eq!(grayscale(picture.clone()), picture);
    }
}
