//! Images that are damaged, and images that are merely unusual.

use image::{ImageFormat, RgbImage};

use crate::place::{busy_image, encode, png};
use crate::{Fails, Works, check, files, files_with};

const SKIP: &str = "--on-bad-image=skip --partitions=training=1";

#[test]
fn a_bad_image_ends_the_run_with_its_name() {
    check(&[
        files(
            "a truncated PNG",
            |p| p.write("a/2.png", half(png(busy_image()))),
            Fails(&["set/a/2.png", "cut off", "--on-bad-image=skip"]),
        ),
        files(
            "a truncated JPEG",
            |p| p.write("a/2.jpg", half(encode(busy_image(), ImageFormat::Jpeg))),
            Fails(&["set/a/2.jpg", "cut off"]),
        ),
        files(
            "a text renamed .png",
            |p| p.write("a/2.png", "Dear reader,\nthis is no image.\n"),
            Fails(&["set/a/2.png", "content is no PNG"]),
        ),
        files(
            "a zero-byte file",
            |p| p.write("b/8.png", ""),
            Fails(&["set/b/8.png", "the file is empty"]),
        ),
        files(
            "a PNG with a wrong checksum",
            |p| {
                let mut bytes = png(busy_image());
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x55;
                p.write("a/2.png", bytes);
            },
            Fails(&["set/a/2.png", "damaged"]),
        ),
        files(
            "a header that claims 60000 x 60000 pixels",
            |p| {
                let mut bytes = encode(busy_image(), ImageFormat::Bmp);
                for at in [18, 22] {
                    bytes[at..at + 4].copy_from_slice(&60_000_u32.to_le_bytes());
                }
                p.write("a/2.bmp", bytes);
            },
            Fails(&["set/a/2.bmp", "60000 x 60000 pixels"]),
        ),
        files(
            "an image of a format that is not read",
            |p| p.write("a/2.png", b"farbfeld\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0"),
            Fails(&["set/a/2.png", "Farbfeld"]),
        ),
        files(
            "values that are no numbers",
            |p| {
                let image = image::Rgb32FImage::from_pixel(2, 2, image::Rgb([0.5, f32::NAN, 0.5]));
                p.write("a/2.tiff", encode(image, ImageFormat::Tiff));
            },
            Fails(&["set/a/2.tiff", "not a number"]),
        ),
        #[cfg(unix)]
        files(
            "a bad image with a line feed in its name",
            |p| p.write("a/new\nline.png", "text"),
            Fails(&["set/a/new", "line.png", "content is no PNG"]),
        ),
    ]);
}

#[test]
fn a_skipped_image_is_counted_and_listed() {
    check(&[
        files_with(
            "three bad images of both classes",
            |p| {
                p.write("a/2.png", half(png(busy_image())));
                p.write("a/9.png", "text");
                p.write("b/1.png", "");
            },
            SKIP,
            Works(&[
                "Skipped 3 images",
                "set/a/2.png: its Png data is cut off",
                "set/a/9.png: its content is no PNG",
                "set/b/1.png: the file is empty",
                "Summary",
            ]),
        ),
        #[cfg(unix)]
        files_with(
            "a bad image with a line feed in its name",
            |p| p.write("a/new\nline.png", "text"),
            SKIP,
            Works(&["Skipped 1 images", "set/a/new\\nline.png: its content"]),
        ),
        files_with(
            "nothing to skip",
            |_| {},
            SKIP,
            Works(&["Data set set: 4 x 4 x 3", "Summary"]),
        ),
        files_with(
            "a class of which every image is bad",
            |p| (1..=8).for_each(|number| p.write(&format!("b/{number}.png"), "text")),
            SKIP,
            Fails(&["class `b`", "set/b/1.png"]),
        ),
        files_with(
            "so many bad images that a partition is left without a class",
            |p| (1..=7).for_each(|number| p.write(&format!("b/{number}.png"), "text")),
            "--on-bad-image=skip",
            Fails(&["class `b` has 1 usable", "--partitions"]),
        ),
        files_with(
            "a bad image, looked at by `dataset show`",
            |p| p.write("a/2.png", "text"),
            "dataset show --dataset=set --on-bad-image=skip --partitions=training=1",
            Works(&["Skipped 1 images", "set/a/2.png"]),
        ),
    ]);
}

#[test]
fn an_unusual_image_trains_as_any_other() {
    const FIXTURES: [&str; 18] = [
        "rgb16.png",
        "gray16.png",
        "palette8.png",
        "rgba8.png",
        "gray-alpha8.png",
        "bilevel.png",
        "interlaced.png",
        "cmyk.jpg",
        "cmyk-imagemagick.jpg",
        "progressive.jpg",
        "animated.gif",
        "animated.webp",
        "palette8.bmp",
        "palette8.gif",
        "cmyk.tiff",
        "pages.tiff",
        "rgb32f.tiff",
        "rgb16-big-endian.tiff",
    ];
    let seventeen: &[&str] = &["Summary", " 17\n"];
    let mut cases = vec![
        files(
            "an image of 1 x 1",
            |p| p.write("a/9.png", png(RgbImage::new(1, 1))),
            Works(seventeen),
        ),
        files(
            "an image of 20000 x 1",
            |p| p.write("a/9.png", png(RgbImage::new(20_000, 1))),
            Works(seventeen),
        ),
        files(
            "an image of 1 x 20000",
            |p| p.write("a/9.png", png(RgbImage::new(1, 20_000))),
            Works(seventeen),
        ),
        files_with(
            "images of 1 x 1 and 20000 x 1 through every stage",
            |p| {
                p.write("a/9.png", png(RgbImage::new(1, 1)));
                p.write("b/9.png", png(RgbImage::new(20_000, 1)));
            },
            "--trim=true --grayscale=true --minmax-normalize=true --adaptive-invert=true \
             --rot-angle=180 --noise-intensity=1",
            Works(&["4 x 4 x 1", "Summary", " 18\n"]),
        ),
        files(
            "a JPEG renamed .PNG",
            |p| p.write("a/9.PNG", encode(busy_image(), ImageFormat::Jpeg)),
            Works(seventeen),
        ),
        files(
            "all kinds of images in one class",
            |p| FIXTURES.iter().for_each(|name| p.add_fixture(name)),
            Works(&["Summary", " 34\n"]),
        ),
    ];
    macro_rules! each_alone {
        ($($name:literal),+) => {
            cases.extend([$(files($name, |p| p.add_fixture($name), Works(seventeen))),+])
        };
    }
    each_alone!(
        "rgb16.png",
        "palette8.png",
        "cmyk.jpg",
        "rgba8.png",
        "animated.gif"
    );
    check(&cases);
}

fn half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}
