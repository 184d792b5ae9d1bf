//! Images of one byte per value, which nearly all files hold: from bytes to a sample.

use super::bytes::unit;
use super::preprocess::{Picture, finish, luma, preprocess_into};
use crate::config::Preprocessing;

/// The pixels of an image, `[height, width, layout]` row-major.
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    width: u32,
    height: u32,
    layout: Layout,
    bytes: &'a [u8],
}

/// What the bytes of a pixel are, and what they become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Gray, which stays one channel.
    Gray,
    /// That many bytes of gray (and alpha), or of red, green, blue (and alpha), which become red,
    /// green and blue: 1 to 4.
    Rgb(usize),
}

impl Layout {
    fn bytes_per_pixel(self) -> usize {
        match self {
            Layout::Gray => 1,
            Layout::Rgb(bytes) => bytes,
        }
    }
}

impl<'a> Pixels<'a> {
    /// `None` unless there is a pixel, and just as many bytes as the size and the layout make.
    pub fn new(width: u32, height: u32, layout: Layout, bytes: &'a [u8]) -> Option<Self> {
        let expected = (width as usize)
            .checked_mul(height as usize)?
            .checked_mul(layout.bytes_per_pixel())?;
        (expected > 0 && expected == bytes.len()).then_some(Pixels {
            width,
            height,
            layout,
            bytes,
        })
    }

    /// Preprocesses into `sample`: what [`preprocess`](super::preprocess::preprocess) makes of the
    /// same image in `f32`, bit for bit.
    ///
    /// An image that is neither trimmed nor resized is converted straight into its sample.
    pub fn preprocess_into(&self, stages: &Preprocessing, sample: &mut [f32]) {
        // Trim comes before grayscale and looks at colours.
        let gray = self.layout == Layout::Gray || stages.grayscale && !stages.trim;
        let channels = if gray { 1 } else { 3 };
        let has_size = (self.width, self.height) == (stages.resize.width, stages.resize.height);
        if has_size && !stages.trim {
            self.write(gray, sample);
            finish(sample, channels, stages);
        } else {
            preprocess_into(self.converted(gray), stages, sample);
        }
    }

    /// The image as it is, with 1 channel or 3.
    pub fn picture(&self) -> Picture {
        self.converted(self.layout == Layout::Gray)
    }

    fn converted(&self, gray: bool) -> Picture {
        let channels = if gray { 1 } else { 3 };
        let pixels = self.bytes.len() / self.layout.bytes_per_pixel();
        let mut values = vec![0.0; pixels * channels];
        self.write(gray, &mut values);
        Picture::from_parts(self.width, self.height, channels, values)
    }

    /// As values in `[0, 1]`: `[pixels]` if `gray`, else `[pixels, 3]`.
    fn write(&self, gray: bool, values: &mut [f32]) {
        match (self.layout, gray) {
            (Layout::Gray, _) => {
                for (value, &byte) in values.iter_mut().zip(self.bytes) {
                    *value = unit(byte);
                }
            }
            (Layout::Rgb(stored), true) => {
                for (value, pixel) in values.iter_mut().zip(self.bytes.chunks_exact(stored)) {
                    *value = luma(&rgb(pixel));
                }
            }
            (Layout::Rgb(stored), false) => {
                let values = values.as_chunks_mut().0.iter_mut();
                for (value, pixel) in values.zip(self.bytes.chunks_exact(stored)) {
                    *value = rgb(pixel);
                }
            }
        }
    }
}

/// Gray is spread over all three channels, alpha is dropped.
fn rgb(pixel: &[u8]) -> [f32; 3] {
    match *pixel {
        [gray] | [gray, _] => [unit(gray); 3],
        [red, green, blue, ..] => [unit(red), unit(green), unit(blue)],
        [] => [0.0; 3],
    }
}
