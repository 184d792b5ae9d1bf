//! From an image file to a sample, whatever its format, colour type and depth.

use std::{
    fs::File,
    io::{Cursor, ErrorKind, Read},
    path::Path,
};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult,
    Limits,
    error::{UnsupportedError, UnsupportedErrorKind},
};

use super::{
    pixels::{Layout, Pixels},
    preprocess::{Picture, preprocess_into},
    tiff,
};
use crate::config::Preprocessing;

/// Larger images are refused before they are decoded: 8192 x 8192, which is 768 MiB as `f32`.
pub(super) const MAX_PIXELS: u64 = 1 << 26;
/// Larger files are no images for a classifier, but mistakes.
const MAX_FILE_BYTES: u64 = 1 << 30;
const FORMATS: [ImageFormat; 6] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::Gif,
    ImageFormat::WebP,
    ImageFormat::Tiff,
];

/// Why a file is no sample; the reason comes without the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It could not be read, which may be otherwise the next time.
    Unreadable(String),
    /// It was read and is no image, which lasts as long as its content.
    NoImage(String),
}

/// Makes samples of files, one after the other; the buffers are kept from file to file.
#[derive(Default)]
pub struct Decoder {
    file: Vec<u8>,
    pixels: Vec<u8>,
}

impl Decoder {
    /// Reads, decodes and preprocesses one file into `sample`, which has just as many values as
    /// `stages` make of three channels.
    pub fn read_into(
        &mut self,
        path: &Path,
        stages: &Preprocessing,
        sample: &mut [f32],
    ) -> Result<(), Failure> {
        self.decode(path)?.preprocess_into(stages, sample);
        Ok(())
    }

    /// Reads and decodes one file; nothing is done to it.
    pub fn read(&mut self, path: &Path) -> Result<Picture, Failure> {
        Ok(self.decode(path)?.into_picture())
    }

    fn decode(&mut self, path: &Path) -> Result<Image<'_>, Failure> {
        self.file.clear();
        // No question for the length: most files fit what the buffer has by now.
        File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut self.file))
            .map_err(|error| Failure::Unreadable(format!("it cannot be read: {error}")))?;
        decode(&self.file, &mut self.pixels).map_err(Failure::NoImage)
    }
}

/// A decoded image of three channels.
enum Image<'p> {
    /// Of a byte per value.
    Pixels(Pixels<'p>),
    Picture(Picture),
}

impl Image<'_> {
    fn preprocess_into(self, stages: &Preprocessing, sample: &mut [f32]) {
        match self {
            Self::Pixels(pixels) => pixels.preprocess_into(stages, sample),
            Self::Picture(picture) => preprocess_into(picture, stages, sample),
        }
    }

    fn into_picture(self) -> Picture {
        match self {
            Self::Pixels(pixels) => pixels.picture(),
            Self::Picture(picture) => picture,
        }
    }
}

/// Decodes an image to three channels: gray is spread over all three, alpha is dropped (the colour
/// underneath shows; nothing is blended), palettes and CMYK become RGB. Of an animation or a file
/// of several pages it is the first. The orientation in a photograph's EXIF is not applied, as
/// neither ImageMagick nor Pillow do unasked.
///
/// The format is told by the content, not by the name.
fn decode<'p>(file: &[u8], pixels: &'p mut Vec<u8>) -> Result<Image<'p>, String> {
    if file.is_empty() {
        return Err("the file is empty".into());
    }
    if file.len() as u64 > MAX_FILE_BYTES {
        return Err("it is larger than 1 GiB; expected an image".into());
    }
    let known = "PNG, JPEG, BMP, GIF, WebP or TIFF";
    let format =
        image::guess_format(file).map_err(|_| format!("its content is no {known} image"))?;
    if !FORMATS.contains(&format) {
        return Err(format!(
            "its content is a {format:?} image; expected {known}"
        ));
    }
    if format == ImageFormat::Jpeg && is_cut_off_jpeg(file) {
        return Err("its Jpeg data is cut off: the end-of-image marker is missing".into());
    }
    match decode_known(file, format, pixels) {
        Ok(Decoded::Bytes(width, height, layout)) => Pixels::new(width, height, layout, pixels)
            .map(Image::Pixels)
            .ok_or_else(|| incomplete(width, height)),
        Ok(Decoded::Other(image)) => picture(image).map(Image::Picture),
        // The image crate leaves out the rarer colour types of TIFF.
        Err(ImageError::Unsupported(_)) if format == ImageFormat::Tiff => {
            tiff::decode(file).map(Image::Picture)
        }
        Err(ImageError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(format!("its {format:?} data is cut off"))
        }
        Err(ImageError::IoError(error)) => Err(error.to_string()),
        Err(error) => Err(format!(
            "its {format:?} data is damaged or of a kind that is not supported ({error})"
        )),
    }
}

/// An image out of the image crate.
enum Decoded {
    /// Of this width, height and layout, in the buffer that was given.
    Bytes(u32, u32, Layout),
    /// Of more than a byte per value.
    Other(DynamicImage),
}

fn decode_known(file: &[u8], format: ImageFormat, pixels: &mut Vec<u8>) -> ImageResult<Decoded> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 16);
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)
        .map_err(|reason| ImageError::IoError(std::io::Error::other(reason)))?;
    let layout = match decoder.color_type() {
        ColorType::L8 => Layout::Rgb(1),
        ColorType::La8 => Layout::Rgb(2),
        ColorType::Rgb8 => Layout::Rgb(3),
        ColorType::Rgba8 => Layout::Rgb(4),
        // The image crate reads the bits of 32-bit integers as floats.
        ColorType::Rgb32F | ColorType::Rgba32F if format == ImageFormat::Tiff => {
            let kind = UnsupportedErrorKind::Color(decoder.original_color_type());
            return Err(ImageError::Unsupported(
                UnsupportedError::from_format_and_kind(format.into(), kind),
            ));
        }
        _ => return DynamicImage::from_decoder(decoder).map(Decoded::Other),
    };
    pixels.clear();
    // `check_size` bounds it: at most 256 MiB.
    pixels.resize(decoder.total_bytes() as usize, 0);
    decoder.read_image(pixels)?;
    Ok(Decoded::Bytes(width, height, layout))
}

/// That an image of this size has a pixel and may be decoded.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), String> {
    match u64::from(width) * u64::from(height) {
        0 => Err(format!(
            "it is {width} x {height} pixels; expected at least one"
        )),
        pixels if pixels > MAX_PIXELS => Err(format!(
            "it claims {width} x {height} pixels; at most {MAX_PIXELS} are decoded"
        )),
        _ => Ok(()),
    }
}

/// The JPEG decoder fills up a cut-off scan with gray, which no training set wants. The end marker
/// must follow the last scan; inside a scan no such byte pair can occur, and in metadata (a
/// thumbnail) it lies before it.
fn is_cut_off_jpeg(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xFF, marker]);
    let (start_of_scan, end_of_image) = (last(0xDA), last(0xD9));
    end_of_image <= start_of_scan
}

/// A decoded image of more than a byte per value as three channels in `[0, 1]`.
fn picture(image: DynamicImage) -> Result<Picture, String> {
    let word = |value: u16| f32::from(value) / 65_535.0;
    let (width, height) = (image.width(), image.height());
    let values = match &image {
        DynamicImage::ImageLuma16(image) => rgb(image, 1, word),
        DynamicImage::ImageLumaA16(image) => rgb(image, 2, word),
        DynamicImage::ImageRgb16(image) => rgb(image, 3, word),
        DynamicImage::ImageRgba16(image) => rgb(image, 4, word),
        DynamicImage::ImageRgb32F(image) => clip(rgb(image, 3, |value| value))?,
        DynamicImage::ImageRgba32F(image) => clip(rgb(image, 4, |value| value))?,
        other => {
            return Err(format!(
                "its colour type {:?} is not supported",
                other.color()
            ));
        }
    };
    Picture::new(width, height, 3, values).ok_or_else(|| incomplete(width, height))
}

/// Three values per pixel out of `channels` (gray, gray + alpha, RGB, RGB + alpha or more).
pub(super) fn rgb<T: Copy>(samples: &[T], channels: usize, unit: impl Fn(T) -> f32) -> Vec<f32> {
    let mut values = vec![0.0; samples.len() / channels * 3];
    let pixels = values
        .as_chunks_mut::<3>()
        .0
        .iter_mut()
        .zip(samples.chunks_exact(channels));
    if channels < 3 {
        pixels.for_each(|(pixel, from)| *pixel = [unit(from[0]); 3]);
    } else {
        pixels.for_each(|(pixel, from)| *pixel = [unit(from[0]), unit(from[1]), unit(from[2])]);
    }
    values
}

/// Clips what floating-point images may hold beyond `[0, 1]`, and refuses what is no number.
pub(super) fn clip(mut values: Vec<f32>) -> Result<Vec<f32>, String> {
    if values.iter().any(|value| !value.is_finite()) {
        return Err("it holds values that are infinite or not a number".into());
    }
    for value in &mut values {
        *value = value.clamp(0.0, 1.0);
    }
    Ok(values)
}

pub(super) fn incomplete(width: u32, height: u32) -> String {
    format!("its data does not fill {width} x {height} pixels")
}
