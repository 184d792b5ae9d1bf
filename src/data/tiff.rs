//! The colour types of TIFF that the image crate leaves out: palettes, gray of 2, 4, 32 and 64 bits
//! and of floats, gray with several extra samples, and colour of 32-bit and 64-bit integers.

use std::{
    borrow::Cow,
    io::{Cursor, ErrorKind},
};

use tiff::{
    ColorType, TiffError,
    decoder::{Decoder, DecodingResult},
    tags::Tag,
};

use super::{
    decode::{check_size, clip, incomplete, rgb},
    preprocess::Picture,
};

/// Decodes the first page to three channels in `[0, 1]`; integers are scaled by their depth, floats
/// taken as they are.
pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let (bytes, is_palette) = palette_as_gray(bytes);
    let mut decoder = Decoder::new(Cursor::new(&*bytes)).map_err(reason)?;
    let (width, height) = decoder.dimensions().map_err(reason)?;
    check_size(width, height)?;
    let colour_type = decoder.colortype().map_err(reason)?;
    let (channels, depth) = match colour_type {
        ColorType::Gray(depth) => (1, depth),
        ColorType::GrayA(depth) => (2, depth),
        ColorType::RGB(depth) => (3, depth),
        ColorType::RGBA(depth) => (4, depth),
        // One gray value, and samples that mean something else.
        ColorType::Multiband {
            bit_depth,
            num_samples,
        } => (usize::from(num_samples.max(1)), bit_depth),
        other => {
            return Err(format!(
                "the TIFF colour type {other:?} is not supported; save it as RGB"
            ));
        }
    };
    let planes = decoder
        .find_tag_unsigned::<u16>(Tag::PlanarConfiguration)
        .map_err(reason)?;
    if channels > 1 && planes.is_some_and(|planes| planes != 1) {
        return Err(format!(
            "a TIFF of separate planes and {depth} bits is not supported; save it interleaved"
        ));
    }
    let row = width as usize * channels;
    let samples = decoder.read_image().map_err(reason)?;
    let values = if is_palette {
        let palette = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(reason)?;
        let DecodingResult::U8(indices) = samples else {
            return Err(format!("a TIFF palette of {depth} bits is not supported"));
        };
        colours(&unpack(indices, row, depth), &palette)
            .ok_or("its palette is too short for its pixels")?
    } else {
        let units = units(samples, row, depth)?;
        match colour_type {
            ColorType::Multiband { .. } => units
                .chunks_exact(channels)
                .flat_map(|pixel| [pixel[0]; 3])
                .collect(),
            _ => rgb(&units, channels, |value| value),
        }
    };
    Picture::new(width, height, 3, clip(values)?).ok_or_else(|| incomplete(width, height))
}

fn reason(error: TiffError) -> String {
    match error {
        TiffError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "its Tiff data is cut off".into()
        }
        error => format!("its Tiff data is damaged or of a kind that is not supported ({error})"),
    }
}

/// Samples of any type as `f32`: integers by their largest value, floats as they are.
fn units(samples: DecodingResult, row: usize, depth: u8) -> Result<Vec<f32>, String> {
    let depth = depth.min(8);
    let whole = f32::from(u8::MAX >> (8 - depth.max(1)));
    Ok(match samples {
        DecodingResult::U8(packed) => unpack(packed, row, depth)
            .iter()
            .map(|&value| f32::from(value) / whole)
            .collect(),
        DecodingResult::U16(values) => values
            .iter()
            .map(|&value| f32::from(value) / f32::from(u16::MAX))
            .collect(),
        DecodingResult::U32(values) => values
            .iter()
            .map(|&value| value as f32 / u32::MAX as f32)
            .collect(),
        DecodingResult::U64(values) => values
            .iter()
            .map(|&value| value as f32 / u64::MAX as f32)
            .collect(),
        DecodingResult::F16(values) => values.iter().map(|value| value.to_f32()).collect(),
        DecodingResult::F32(values) => values,
        DecodingResult::F64(values) => values.iter().map(|&value| value as f32).collect(),
        _ => return Err("a TIFF of signed integers is not supported; save it as unsigned".into()),
    })
}

/// One value per byte, from rows that are padded to whole bytes of `depth`-bit values.
fn unpack(packed: Vec<u8>, row: usize, depth: u8) -> Vec<u8> {
    if !matches!(depth, 1 | 2 | 4) {
        return packed;
    }
    let depth = usize::from(depth);
    let mask = (1u8 << depth) - 1;
    packed
        .chunks_exact((row * depth).div_ceil(8).max(1))
        .flat_map(|bytes| {
            (0..row).map(move |x| (bytes[x * depth / 8] >> (8 - depth - x * depth % 8)) & mask)
        })
        .collect()
}

/// The palette holds all reds, then all greens, then all blues, of 16 bits each. `None` if an index
/// is beyond it.
fn colours(indices: &[u8], palette: &[u16]) -> Option<Vec<f32>> {
    let entries = palette.len() / 3;
    let mut values = Vec::with_capacity(indices.len() * 3);
    for index in indices.iter().map(|&index| usize::from(index)) {
        if index >= entries {
            return None;
        }
        values.extend(
            [0, 1, 2].map(|channel| f32::from(palette[channel * entries + index]) / 65_535.0),
        );
    }
    Some(values)
}

/// The tiff crate reads no palettes, but what makes a TIFF one is a single tag: with "palette" (3)
/// replaced by "black is zero" (1) it reads the indices as gray. The layout is that of TIFF 6.0,
/// section 2.
fn palette_as_gray(bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
    const PHOTOMETRIC_INTERPRETATION: u16 = 262;
    let little_endian = bytes.starts_with(b"II");
    let short = |at: usize| {
        let pair = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little_endian {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    };
    let long = |at: usize| {
        let (first, second) = (u32::from(short(at)?), u32::from(short(at + 2)?));
        Some(if little_endian {
            second << 16 | first
        } else {
            first << 16 | second
        } as usize)
    };
    let palette_at = || {
        let directory = long(4).filter(|_| short(2) == Some(42))?;
        let entries = short(directory)?;
        let entry = (0..usize::from(entries))
            .map(|entry| directory + 2 + entry * 12)
            .find(|&entry| short(entry) == Some(PHOTOMETRIC_INTERPRETATION))?;
        (short(entry + 8) == Some(3)).then_some(entry + 8)
    };
    match palette_at() {
        None => (Cow::Borrowed(bytes), false),
        Some(at) => {
            let mut patched = bytes.to_vec();
            patched[at..at + 2].copy_from_slice(if little_endian { &[1, 0] } else { &[0, 1] });
            (Cow::Owned(patched), true)
        }
    }
}
