//! Numbers as pictures: units of a layer, samples of a minibatch.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// What the numbers of a sheet are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetOf {
    /// Samples: 0 is black, 1 is white.
    Samples,
    /// Weights: 0 is gray, the largest in magnitude is black or white.
    Weights,
}

/// Pixels between two pictures.
const GAP: u32 = 1;
/// Their colour.
const BETWEEN: Rgb<u8> = Rgb([128, 128, 160]);

/// Width, height and channels of a picture of so many numbers: `picture` where it has as many, else a square of
/// gray.
pub fn picture_shape(numbers: usize, picture: [u32; 3]) -> [u32; 3] {
    let size = |all: u64, size: &u32| all.saturating_mul(u64::from(*size));
    if picture.iter().fold(1, size) == numbers as u64 {
        return picture;
    }
    let width = (numbers as f64).sqrt().ceil().max(1.0) as u32;
    [width, (numbers as u32).div_ceil(width).max(1), 1]
}

/// Draws rows of numbers side by side as a PNG file, and says what black and white stand for. A row of as many
/// numbers as `picture` (width, height, channels) has is drawn as such a picture, any other as a square of
/// gray.
///
/// # Errors
/// The pictures are too large for a PNG file.
pub fn side_by_side(
    values: &[f32],
    rows: usize,
    picture: [u32; 3],
    of: SheetOf,
) -> Result<(Vec<u8>, [f64; 2]), image::ImageError> {
    let cols = values.len() / rows.max(1);
    let [width, height, channels] = picture_shape(cols, picture);
    let largest = values
        .iter()
        .fold(0.0f32, |most, value| most.max(value.abs()));
    let [low, high] = match of {
        SheetOf::Samples => [0.0, 1.0],
        SheetOf::Weights => [-f64::from(largest), f64::from(largest)],
    };
    let span = (high - low).max(f64::MIN_POSITIVE);
    let level = |value: f32| (255.0 * (f64::from(value) - low) / span).round() as u8;

    let wide = (width + GAP)
        .saturating_mul(rows as u32)
        .saturating_sub(GAP);
    let mut sheet = RgbImage::from_pixel(wide.max(1), height, BETWEEN);
    for (row, numbers) in values.chunks_exact(cols.max(1)).enumerate() {
        let left = row as u32 * (width + GAP);
        for (pixel, numbers) in numbers.chunks(channels as usize).enumerate() {
            let colour = match *numbers {
                [red, green, blue] => [red, green, blue],
                [gray, ..] => [gray; 3],
                [] => continue,
            };
            let (x, y) = (pixel as u32 % width, pixel as u32 / width);
            sheet.put_pixel(left + x, y, Rgb(colour.map(level)));
        }
    }
    let mut png = Cursor::new(Vec::new());
    sheet.write_to(&mut png, ImageFormat::Png)?;
    Ok((png.into_inner(), [low, high]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(png: &[u8]) -> RgbImage {
        image::load_from_memory(png).unwrap().to_rgb8()
    }

    #[test]
    fn samples_stand_side_by_side_in_their_colours() {
        // Two pictures of 2 x 1 coloured pixels.
        let values = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let (png, range) = side_by_side(&values, 2, [2, 1, 3], SheetOf::Samples).unwrap();
        assert_eq!(range, [0.0, 1.0]);
        let sheet = pixels(&png);
        assert_eq!(sheet.dimensions(), (5, 1));
        let colours = [0, 1, 3, 4].map(|x| sheet.get_pixel(x, 0).0);
        assert_eq!(colours, [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]]);
    }

    #[test]
    fn weights_are_gray_around_zero_and_fill_a_square_where_they_are_no_picture() {
        let values = [-2.0, 0.0, 1.0, 2.0, 0.0];
        let (png, range) = side_by_side(&values, 1, [7, 7, 1], SheetOf::Weights).unwrap();
        assert_eq!(range, [-2.0, 2.0]);
        let sheet = pixels(&png);
        assert_eq!(sheet.dimensions(), (3, 2));
        let levels = [(0, 0), (1, 0), (2, 0), (0, 1)].map(|(x, y)| sheet.get_pixel(x, y).0[0]);
        assert_eq!(levels, [0, 128, 191, 255]);
    }
}
