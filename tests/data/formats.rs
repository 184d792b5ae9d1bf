//! Images of all formats, colour types, depths and sizes that work.

use std::fs;

use image::{ImageBuffer, ImageFormat, Luma, Rgb};
use shadernets::config::{DataConfig, Preprocessing, Shares};

use crate::support::{Corpus, encode, fixture, furthest, load, plain_png, resized};

/// Loads one image alone: beside a second class, unresized.
fn load_alone(name: &str, bytes: &[u8], stages: Preprocessing) -> Vec<f32> {
    let corpus = Corpus::empty();
    corpus.write(&format!("a/{name}"), bytes);
    corpus.write("b/other.png", plain_png(1, 1, [0, 0, 0]));
    let everything = Shares {
        training: 1.0,
        dev: 0.0,
        test: 0.0,
    };
    let config = DataConfig {
        preprocessing: stages,
        partitions: everything,
        ..corpus.config()
    };
    let dataset = load(&config).unwrap_or_else(|error| panic!("{name}: {error}"));
    dataset.rows(0..1).to_vec()
}

#[test]
fn every_format_colour_type_and_depth_shows_the_same_picture() {
    // The formulas of make.py.
    let base = |x: u32, y: u32| [x * 20, y * 25, (x + y) * 12].map(|value| value as f32 / 255.0);
    let gray = |x: u32, _: u32| [x as f32 * 20.0 / 255.0; 3];
    let black_white = |x: u32, _: u32| [if x >= 6 { 1.0 } else { 0.0 }; 3];
    let red = |_: u32, _: u32| [1.0, 0.0, 0.0];
    let red_blue = |x: u32, _: u32| {
        if x < 6 {
            [1.0, 0.0, 0.0]
        } else {
            [0.0, 0.0, 1.0]
        }
    };
    let exact = 1e-6;
    let lossy = 0.05;
    type Formula = dyn Fn(u32, u32) -> [f32; 3];
    let cases: [(&str, &Formula, f32); 37] = [
        ("rgb8.png", &base, exact),
        ("rgb16.png", &base, exact),
        ("rgba8.png", &base, exact),
        ("gray8.png", &gray, exact),
        ("gray16.png", &gray, exact),
        ("gray-alpha8.png", &gray, exact),
        ("palette8.png", &base, exact),
        ("bilevel.png", &black_white, exact),
        ("interlaced.png", &base, exact),
        ("rgb8.jpg", &base, lossy),
        ("gray8.jpg", &gray, lossy),
        ("progressive.jpg", &base, lossy),
        ("cmyk.jpg", &base, lossy),
        ("cmyk-imagemagick.jpg", &base, lossy),
        ("rgb8.bmp", &base, exact),
        ("palette8.bmp", &base, exact),
        ("palette8.gif", &base, exact),
        ("animated.gif", &red, exact),
        ("lossless.webp", &base, exact),
        ("lossy.webp", &base, 0.25),
        ("rgba8.webp", &base, exact),
        ("animated.webp", &red, exact),
        ("rgba8.tiff", &base, exact),
        ("gray16.tiff", &gray, exact),
        ("gray32f.tiff", &gray, exact),
        ("rgb32f.tiff", &base, exact),
        ("rgb16-big-endian.tiff", &base, exact),
        ("palette8.tiff", &base, exact),
        ("palette-two-colours.tiff", &red_blue, exact),
        ("bilevel.tiff", &black_white, exact),
        ("cmyk.tiff", &base, 0.005),
        ("lzw.tiff", &base, exact),
        ("deflate.tiff", &base, exact),
        ("planar.tiff", &base, exact),
        ("rgb32.tiff", &base, exact),
        ("gray4.tiff", &black_white, exact),
        ("pages.tiff", &red, exact),
    ];
    let mut failures = vec![];
    for (name, formula, tolerance) in cases {
        let expected: Vec<f32> = (0..120)
            .flat_map(|pixel| formula(pixel % 12, pixel / 12))
            .collect();
        let found = load_alone(
            name,
            &fs::read(fixture("formats").join(name)).unwrap(),
            resized(12, 10),
        );
        let off = furthest(&found, &expected);
        if off > tolerance {
            failures.push(format!("{name}: off by {off}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn sixteen_bits_keep_their_precision() {
    let image: ImageBuffer<Luma<u16>, _> =
        ImageBuffer::from_fn(2, 1, |x, _| Luma([12_345 + x as u16]));
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let values = load_alone("x.png", &encode(image.clone(), format), resized(2, 1));
        assert!(furthest(&values[..1], &[12_345.0 / 65_535.0]) < 1e-7);
        assert!(furthest(&values[3..4], &[12_346.0 / 65_535.0]) < 1e-7);
    }
}

#[test]
fn floats_beyond_the_range_are_clipped() {
    let image: ImageBuffer<Rgb<f32>, _> = ImageBuffer::from_pixel(1, 1, Rgb([-0.5, 0.25, 7.0]));
    assert_eq!(
        load_alone("x.tiff", &encode(image, ImageFormat::Tiff), resized(1, 1)),
        [0.0, 0.25, 1.0]
    );
}

#[test]
fn the_content_tells_the_format_and_not_the_name() {
    let bytes = fs::read(fixture("formats/rgb8.bmp")).unwrap();
    assert_eq!(
        load_alone("x.JPG", &bytes, resized(12, 10)),
        load_alone("x.bmp", &bytes, resized(12, 10))
    );
}

#[test]
fn images_of_one_pixel_and_of_one_very_long_row_work() {
    let all = Preprocessing {
        trim: true,
        grayscale: true,
        minmax_normalize: true,
        adaptive_invert: true,
        ..resized(16, 16)
    };
    assert_eq!(
        load_alone("x.png", &plain_png(1, 1, [255, 255, 255]), all.clone()),
        [1.0; 256]
    );
    assert_eq!(
        load_alone("x.png", &plain_png(20_000, 1, [255, 255, 255]), all),
        [1.0; 256]
    );
}
