//! Bad images: one line that names the file and what is wrong, or a skip that counts and lists it.

use std::fs;

use image::ImageFormat;
use shadernets::config::{DataConfig, OnBadImage};

use crate::support::{Corpus, assert_says, busy_image, encode, error, fixture, load};

/// What loading says if that is the content of one image.
fn reason_for(content: &[u8]) -> String {
    let corpus = Corpus::two_classes();
    let path = corpus.write("a/2.png", content);
    let message = corpus.error();
    assert_says(
        &message,
        &[
            "cannot decode",
            path.to_str().unwrap(),
            "--on-bad-image=skip",
        ],
    );
    let skipped = load(&DataConfig {
        on_bad_image: OnBadImage::Skip,
        ..corpus.config()
    })
    .unwrap();
    assert_eq!((skipped.len(), skipped.skipped.len()), (15, 1), "{message}");
    message
}

#[test]
fn an_empty_file_is_named() {
    assert_says(&reason_for(b""), &["the file is empty"]);
}

#[test]
fn a_text_file_named_png_is_named() {
    assert_says(
        &reason_for(b"I am a text, and not a short one"),
        &["content is no PNG, JPEG, BMP, GIF, WebP or TIFF"],
    );
}

#[test]
fn an_image_of_a_format_that_is_not_read_is_named_with_its_format() {
    assert_says(
        &reason_for(b"farbfeld\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0"),
        &["Farbfeld", "expected PNG"],
    );
}

#[test]
fn a_cut_off_image_of_any_format_is_named() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for format in [Png, Jpeg, Bmp, Gif, WebP, Tiff] {
        let bytes = encode(busy_image(), format);
        for length in [bytes.len() * 9 / 10, bytes.len() / 2, 20] {
            reason_for(&bytes[..length]);
        }
    }
}

#[test]
fn a_png_with_a_wrong_checksum_is_named() {
    let mut bytes = encode(busy_image(), ImageFormat::Png);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    reason_for(&bytes);
}

#[test]
fn a_header_that_claims_a_huge_image_is_refused_before_anything_is_allocated() {
    let mut bmp = encode(busy_image(), ImageFormat::Bmp);
    for at in [18, 22] {
        bmp[at..at + 4].copy_from_slice(&60_000_u32.to_le_bytes());
    }
    assert_says(&reason_for(&bmp), &["60000 x 60000 pixels; at most"]);
    let mut gif = encode(busy_image(), ImageFormat::Gif);
    gif[6..10].fill(0xFF);
    assert_says(&reason_for(&gif), &["65535 x 65535 pixels"]);
}

#[test]
fn an_image_without_pixels_is_named() {
    let mut gif = encode(busy_image(), ImageFormat::Gif);
    gif[6..10].fill(0);
    reason_for(&gif);
}

#[test]
fn values_that_are_no_numbers_are_named() {
    let image = image::Rgb32FImage::from_pixel(2, 2, image::Rgb([0.5, f32::NAN, 0.5]));
    assert_says(
        &reason_for(&encode(image, ImageFormat::Tiff)),
        &["not a number"],
    );
}

#[test]
fn a_tiff_that_cannot_be_decoded_says_why() {
    let mut palette = fs::read(fixture("formats/palette8.tiff")).unwrap();
    let length = palette.len();
    palette.truncate(length / 2);
    reason_for(&palette);
}

#[test]
fn random_damage_never_panics() {
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let corpus = Corpus::two_classes();
    for entry in fs::read_dir(fixture("formats")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for round in 0..40 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + round / 10 {
                let at = random() % damaged.len();
                damaged[at] = random() as u8;
            }
            corpus.write(&format!("a/{round}.png"), damaged);
        }
        let _ = load(&DataConfig {
            on_bad_image: OnBadImage::Skip,
            ..corpus.config()
        });
    }
}

#[test]
fn the_first_bad_file_is_named_whoever_meets_one_first() {
    let corpus = Corpus::two_classes();
    for number in 3..=8 {
        corpus.write(&format!("a/{number}.png"), "text");
        corpus.write(&format!("b/{number}.png"), "");
    }
    for _ in 0..20 {
        assert_says(&corpus.error(), &[corpus.path("a/3.png").to_str().unwrap()]);
    }
}

#[test]
fn a_class_of_which_every_image_is_bad_is_named_even_when_skipping() {
    let corpus = Corpus::two_classes();
    for number in 1..=8 {
        corpus.write(&format!("b/{number}.png"), "text");
    }
    let config = DataConfig {
        on_bad_image: OnBadImage::Skip,
        ..corpus.config()
    };
    assert_says(&error(&config), &["no image of the class `b`", "b/1.png"]);
}

#[test]
fn a_partition_that_skipping_empties_is_named() {
    let corpus = Corpus::two_classes();
    let dataset = corpus.load();
    let only_test_sample = &dataset.paths[dataset.partitions.test.start];
    fs::write(only_test_sample, "text").unwrap();
    let config = DataConfig {
        on_bad_image: OnBadImage::Skip,
        ..corpus.config()
    };
    assert_says(
        &error(&config),
        &["`a` has 7 usable samples", "test would get none"],
    );
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let corpus = Corpus::two_classes();
    let path = corpus.path("a/2.png");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // root reads everything
    }
    assert_says(&corpus.error(), &["a/2.png", "cannot be read"]);
}
