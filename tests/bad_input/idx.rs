//! IDX files whose content and header disagree.

use crate::place::{gzip, idx};
use crate::{Fails, Works, check, files};

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

#[test]
fn a_wrong_idx_file_is_named() {
    check(&[
        files(
            "a wrong magic number of the images",
            |p| p.make_idx(|images, _| images[2] = 0x0D),
            Fails(&[IMAGES, "magic number is 0x00000d03"]),
        ),
        files(
            "a wrong magic number of the labels",
            |p| p.make_idx(|_, labels| labels[0] = 1),
            Fails(&[LABELS, "magic number is 0x01000801"]),
        ),
        files(
            "images and labels exchanged",
            |p| p.make_idx(std::mem::swap),
            Fails(&[IMAGES, "expected images"]),
        ),
        files(
            "fewer labels than images",
            |p| p.make_idx(|_, labels| *labels = idx(&[39], &labels[8..47])),
            Fails(&[LABELS, "39 labels", "40 images"]),
        ),
        files(
            "a count of billions",
            |p| {
                p.make_idx(|images, labels| {
                    images[4..8].fill(0xFF);
                    labels[4..8].fill(0xFF);
                });
            },
            Fails(&[IMAGES, "length is wrong"]),
        ),
        files(
            "a count of billions in compressed files",
            |p| {
                p.make_idx(|images, labels| {
                    images[4..8].fill(0xFF);
                    labels[4..8].fill(0xFF);
                    (*images, *labels) = (gzip(images), gzip(labels));
                });
            },
            Fails(&[LABELS, "promises 4294967295 labels"]),
        ),
        files(
            "images that are cut off",
            |p| p.make_idx(|images, _| images.truncate(90)),
            Fails(&[IMAGES, "length is wrong", "has 176 bytes, it has 90"]),
        ),
        files(
            "images that are too long",
            |p| p.make_idx(|images, _| images.push(0)),
            Fails(&[IMAGES, "length is wrong"]),
        ),
        files(
            "compressed images that are cut off",
            |p| {
                p.make_idx(|images, _| {
                    *images = gzip(images);
                    images.truncate(images.len() - 6);
                });
            },
            Fails(&[IMAGES, "gzip data is cut off"]),
        ),
        files(
            "empty images",
            |p| p.make_idx(|images, _| images.clear()),
            Fails(&[IMAGES, "cut off inside its header"]),
        ),
        files(
            "images without pixels",
            |p| p.make_idx(|images, _| *images = idx(&[40, 0, 2], &[])),
            Fails(&[IMAGES, "2 x 0 pixels"]),
        ),
        files(
            "no image at all",
            |p| {
                p.make_idx(|images, labels| {
                    (*images, *labels) = (idx(&[0, 2, 2], &[]), idx(&[0], &[]))
                })
            },
            Fails(&["datasets/set"]),
        ),
        files(
            "labels of one class",
            |p| p.make_idx(|_, labels| labels[8..].fill(4)),
            Fails(&["datasets/set", "one class only, `4`"]),
        ),
        files(
            "images without labels",
            |p| {
                p.make_idx(|_, _| {});
                p.remove(LABELS);
            },
            Fails(&["datasets/set", "no train-labels-idx1-ubyte"]),
        ),
        files(
            "a test part only",
            |p| {
                p.make_idx(|_, _| {});
                for name in [IMAGES, LABELS] {
                    let test = name.replace("train", "t10k");
                    std::fs::rename(p.set(name), p.set(&test)).unwrap();
                }
            },
            Fails(&["datasets/set", "no training files"]),
        ),
    ]);
}

#[test]
fn a_sound_idx_file_trains() {
    let trains: &[&str] = &["4 x 4 x 1", "Summary", " 40\n"];
    check(&[
        files("plain", |p| p.make_idx(|_, _| {}), Works(trains)),
        files(
            "compressed, whatever its name",
            |p| p.make_idx(|images, labels| (*images, *labels) = (gzip(images), gzip(labels))),
            Works(trains),
        ),
        files(
            "labels with gaps",
            |p| p.make_idx(|_, labels| labels[8..].iter_mut().for_each(|label| *label *= 255)),
            Works(trains),
        ),
    ]);
}
