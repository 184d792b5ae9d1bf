//! To the size the model takes.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use super::Picture;

/// Resizes to exactly `width` x `height` (both at least 1), without keeping the aspect ratio.
///
/// The filter is Lanczos of 3 lobes, widened by the scale when shrinking: what Pillow calls
/// `LANCZOS`, and what ImageMagick shrinks with. It overshoots at edges, so the result is clipped
/// to `[0, 1]`. A picture that has the size already is not touched.
pub fn resize(picture: Picture, width: u32, height: u32) -> Picture {
    if (picture.width(), picture.height()) == (width, height) {
        return picture;
    }
    let channels = picture.channels();
    let mut values = vec![0.0; width as usize * height as usize * channels];
    resize_into(&picture, width, height, &mut values);
    Picture::from_parts(width, height, channels, values)
}

/// A copy of the same aspect ratio that is at most `longest_side` pixels either way.
pub fn shrink(picture: &Picture, longest_side: u32) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let longest = width.max(height);
    if longest <= longest_side {
        return picture.clone();
    }
    let side = |side: u32| {
        let shrunk = u64::from(side) * u64::from(longest_side) / u64::from(longest);
        (shrunk as u32).max(1)
    };
    let (width, height, channels) = (side(width), side(height), picture.channels());
    let mut values = vec![0.0; width as usize * height as usize * channels];
    resize_into(picture, width, height, &mut values);
    Picture::from_parts(width, height, channels, values)
}

/// As [`resize`], into `values`, which has just as many as the result.
pub(super) fn resize_into(picture: &Picture, width: u32, height: u32, values: &mut [f32]) {
    if (picture.width(), picture.height()) == (width, height) {
        values.copy_from_slice(picture.values());
        return;
    }
    let pixel = if picture.channels() == 1 {
        PixelType::F32
    } else {
        PixelType::F32x3
    };
    let source = bytemuck::cast_slice(picture.values());
    let target = bytemuck::cast_slice_mut(values);
    let lanczos = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    ImageRef::new(picture.width(), picture.height(), source, pixel)
        .and_then(|source| Ok((source, Image::from_slice_u8(width, height, target, pixel)?)))
        .map(|(source, mut target)| Resizer::new().resize(&source, &mut target, &lanczos))
        .expect("a picture has as many values as its size says")
        .expect("both images have the same pixel type");
    for value in values {
        *value = value.clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_exact_whatever_the_aspect_ratio() {
        for (width, height, channels) in [(1, 1, 3), (20_000, 1, 1), (1, 977, 3), (3, 5, 1)] {
            let values = vec![0.25; width as usize * height as usize * channels];
            let picture = resize(
                Picture::new(width, height, channels, values).unwrap(),
                11,
                7,
            );
            assert_eq!(
                (picture.width(), picture.height(), picture.channels()),
                (11, 7, channels)
            );
            let off = picture
                .values()
                .iter()
                .map(|value| (value - 0.25).abs())
                .fold(0.0, f32::max);
            assert!(off < 1e-6, "a plain picture stays plain: off by {off}");
        }
    }

    #[test]
    fn an_edge_never_leaves_the_unit_interval() {
        let values = (0..64)
            .map(|x| if x % 64 < 20 { 0.0 } else { 1.0 })
            .collect();
        let picture = resize(Picture::new(64, 1, 1, values).unwrap(), 40, 1);
        assert!(
            picture
                .values()
                .iter()
                .all(|value| (0.0..=1.0).contains(value))
        );
        assert!(picture.values()[0] < 0.01 && picture.values()[39] > 0.99);
    }

    #[test]
    fn a_picture_of_the_right_size_is_not_touched() {
        let picture = Picture::new(2, 2, 1, vec![0.1, 0.9, 0.3, 0.7]).unwrap();
        assert_eq!(resize(picture.clone(), 2, 2), picture);
    }
}
