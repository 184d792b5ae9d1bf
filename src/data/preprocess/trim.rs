//! Cuts a plain border off, then pads back to the original aspect ratio.

use super::Picture;

/// Removes the rows and columns, from all four sides, that wholly have the exact colour of the
/// top-left pixel, then pads with that colour, centred, until width : height is again what it was
/// (rounded to whole pixels). The result is thus the motif as large as the frame's shape allows,
/// and at most as large as the original. A picture of one colour stays as it is.
pub fn trim(picture: Picture) -> Picture {
    let Some(motif) = Motif::find(&picture) else {
        return picture;
    };
    let (width, height) = motif.frame(picture.width(), picture.height());
    if (width, height) == (picture.width(), picture.height()) && motif.is_centred(width, height) {
        return picture;
    }
    let channels = picture.channels();
    let left = (width - motif.width) / 2;
    let top = (height - motif.height) / 2;
    let mut values = Vec::with_capacity(width as usize * height as usize * channels);
    let pad = |values: &mut Vec<f32>, pixels: usize| {
        for _ in 0..pixels {
            values.extend_from_slice(picture.top_left());
        }
    };
    pad(&mut values, top as usize * width as usize);
    for y in motif.y..motif.y + motif.height {
        pad(&mut values, left as usize);
        let row = picture.row(y);
        values.extend_from_slice(
            &row[motif.x as usize * channels..][..motif.width as usize * channels],
        );
        pad(&mut values, (width - motif.width - left) as usize);
    }
    pad(
        &mut values,
        (height - motif.height - top) as usize * width as usize,
    );
    Picture::from_parts(width, height, channels, values)
}

/// The smallest rectangle that holds every pixel of another colour than the border's.
struct Motif {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Motif {
    /// `None` if all pixels have one colour.
    fn find(picture: &Picture) -> Option<Self> {
        let border = picture.top_left();
        let differs = |pixel: &[f32]| pixel != border;
        let (mut left, mut right) = (u32::MAX, 0);
        let (mut top, mut bottom) = (u32::MAX, 0);
        for y in 0..picture.height() {
            let pixels = picture.row(y).chunks_exact(picture.channels());
            let Some(first) = pixels.clone().position(differs) else {
                continue;
            };
            let last = pixels.len() - 1 - pixels.rev().position(differs).unwrap_or(0);
            (left, right) = (left.min(first as u32), right.max(last as u32));
            (top, bottom) = (top.min(y), y);
        }
        (top != u32::MAX).then(|| Motif {
            x: left,
            y: top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }

    /// The smallest size that holds the motif and has the aspect ratio `width : height`.
    fn frame(&self, width: u32, height: u32) -> (u32, u32) {
        let (wide, high) = (u64::from(width), u64::from(height));
        let rounded = |numerator: u64, divisor: u64| ((numerator + divisor / 2) / divisor) as u32;
        // The motif is relatively narrower than the original: it needs columns; else it needs rows.
        if u64::from(self.width) * high < u64::from(self.height) * wide {
            (
                rounded(u64::from(self.height) * wide, high).clamp(self.width, width),
                self.height,
            )
        } else {
            (
                self.width,
                rounded(u64::from(self.width) * high, wide).clamp(self.height, height),
            )
        }
    }

    /// Whether it already lies where [`trim`] would put it in a frame of that size.
    fn is_centred(&self, width: u32, height: u32) -> bool {
        self.x == (width - self.width) / 2 && self.y == (height - self.height) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(rows: &[&str]) -> Picture {
        let text = rows.concat();
        let values = text.bytes().map(|byte| {
            if byte == b'.' {
                0.0
            } else {
                f32::from(byte - b'0') / 9.0
            }
        });
        Picture::new(rows[0].len() as u32, rows.len() as u32, 1, values.collect()).unwrap()
    }

    #[test]
    fn the_border_goes_and_the_aspect_ratio_stays() {
        // 8 x 4 holds a motif of 2 x 2: columns come back until it is 2 : 1 again.
        let trimmed = trim(gray(&["........", ".12.....", ".34.....", "........"]));
        assert_eq!(trimmed, gray(&[".12.", ".34."]));
        let trimmed = trim(gray(&[
            "......", "1.2.3.", "......", "......", "......", "......",
        ]));
        assert_eq!(
            trimmed,
            gray(&[".....", ".....", "1.2.3", ".....", "....."])
        );
    }

    #[test]
    fn a_row_with_one_other_pixel_is_no_border() {
        let picture = gray(&["...1", "....", "1..."]);
        assert_eq!(trim(picture.clone()), picture);
    }

    #[test]
    fn only_the_exact_colour_of_the_top_left_pixel_is_border() {
        let values = vec![0.5, 0.5, 0.5, 0.5, 0.5, 0.500_001, 0.5, 0.5, 0.5];
        let picture = Picture::new(3, 1, 3, values).unwrap();
        assert_eq!(trim(picture.clone()), picture);
    }

    #[test]
    fn an_image_of_one_colour_stays_as_it_is() {
        for picture in [gray(&["33", "33", "33"]), gray(&["."])] {
            assert_eq!(trim(picture.clone()), picture);
        }
    }

    #[test]
    fn a_motif_off_centre_is_centred_even_if_the_size_does_not_change() {
        assert_eq!(trim(gray(&["..", "..", "12"])), gray(&["..", "12", ".."]));
    }

    #[test]
    fn the_longest_of_lines_does_not_grow() {
        let mut values = vec![0.0; 20_000];
        values[19_999] = 1.0;
        let trimmed = trim(Picture::new(20_000, 1, 1, values).unwrap());
        assert_eq!((trimmed.width(), trimmed.height()), (20_000, 1));
        assert_eq!(
            trimmed.values().iter().position(|&value| value == 1.0),
            Some(9_999)
        );
    }
}
