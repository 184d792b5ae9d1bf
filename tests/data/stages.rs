//! The preprocessing stages against Pillow and ImageMagick, see `tests/fixtures/images/make.py`.

use std::fs;

use shadernets::{
    config::Preprocessing,
    data::{self, preprocess::Picture},
};

use crate::support::{fixture, furthest, resized};

fn golden_source() -> Picture {
    let image = image::open(fixture("golden/source.png"))
        .unwrap()
        .into_rgb8();
    let values = image
        .iter()
        .map(|&value| f32::from(value) / 255.0)
        .collect();
    Picture::new(image.width(), image.height(), 3, values).unwrap()
}

/// The values of a golden file, by its extension.
fn golden(name: &str) -> Vec<f32> {
    let bytes = fs::read(fixture("golden").join(name)).unwrap();
    match name.rsplit_once('.').unwrap().1 {
        "u8" => bytes
            .iter()
            .map(|&value| f32::from(value) / 255.0)
            .collect(),
        "u16le" => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&pair| f32::from(u16::from_le_bytes(pair)) / 65_535.0)
            .collect(),
        _ => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&word| f32::from_le_bytes(word))
            .collect(),
    }
}

/// Half a step of 16 bits, and what `f32` rounds.
const SIXTEEN_BITS: f32 = 1e-5;

#[test]
fn trim_agrees_with_imagemagick() {
    let trimmed = data::preprocess::trim(golden_source());
    assert_eq!((trimmed.width(), trimmed.height()), (25, 14));
    assert_eq!(trimmed.values(), golden("trim-25x14.u8"));
}

#[test]
fn grayscale_agrees_with_imagemagick() {
    let gray = data::preprocess::grayscale(golden_source());
    let off = furthest(gray.values(), &golden("grayscale.u16le"));
    assert!(off < SIXTEEN_BITS, "off by {off}");
}

#[test]
fn minmax_agrees_with_imagemagick() {
    let mut picture = golden_source();
    data::preprocess::minmax(&mut picture);
    let off = furthest(picture.values(), &golden("minmax.u16le"));
    assert!(off < SIXTEEN_BITS, "off by {off}");
}

#[test]
fn resize_agrees_with_pillow_down_up_and_askew() {
    for (width, height) in [(16, 16), (9, 30), (60, 50)] {
        let resized = data::preprocess::resize(golden_source(), width, height);
        let off = furthest(
            resized.values(),
            &golden(&format!("resize-pillow-{width}x{height}.f32le")),
        );
        assert!(off < 1e-6, "{width} x {height}: off by {off}");
    }
}

/// ImageMagick takes the same filter with its own rounding of where it ends.
#[test]
fn resize_agrees_with_imagemagick_to_a_step_of_eight_bits() {
    let resized = data::preprocess::resize(golden_source(), 16, 16);
    let off = furthest(resized.values(), &golden("resize-imagemagick-16x16.u16le"));
    assert!(off < 1.0 / 255.0, "off by {off}");
}

#[test]
fn all_stages_in_their_order_agree_with_imagemagick() {
    let all = Preprocessing {
        trim: true,
        grayscale: true,
        minmax_normalize: true,
        adaptive_invert: true,
        ..resized(16, 16)
    };
    let picture = data::preprocess::preprocess(golden_source(), &all);
    let off = furthest(picture.values(), &golden("all-16x16.u16le"));
    assert!(off < 0.01, "off by {off}");
}
