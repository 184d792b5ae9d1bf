//! Bad IDX files: one line that names the file, what it claims and what it holds.

use std::fs;

use crate::support::{Corpus, assert_says, gzip, idx};

/// An IDX folder of 20 images of 2 x 2 in two classes, after `change` was made to its two files.
fn idx_error(change: impl Fn(&mut Vec<u8>, &mut Vec<u8>)) -> String {
    let labels: Vec<u8> = (0..20).map(|number| number % 2).collect();
    let mut images = idx(&[20, 2, 2], &[7; 80]);
    let mut labels = idx(&[20], &labels);
    change(&mut images, &mut labels);
    let corpus = Corpus::empty();
    corpus.write("train-images-idx3-ubyte", images);
    corpus.write("train-labels-idx1-ubyte", labels);
    let message = corpus.error();
    assert_says(&message, &["idx"]);
    message
}

#[test]
fn idx_with_a_wrong_magic_number_is_named() {
    let message = idx_error(|images, _| images[2] = 0x0D);
    assert_says(
        &message,
        &[
            "train-images-idx3-ubyte",
            "magic number is 0x00000d03",
            "0x00000803",
        ],
    );
    let swapped = idx_error(std::mem::swap);
    assert_says(
        &swapped,
        &["train-images-idx3-ubyte", "shape []", "height, width"],
    );
    assert_says(
        &idx_error(|images, _| images.clear()),
        &["cut off inside its header"],
    );
    assert_says(
        &idx_error(|_, labels| labels.truncate(6)),
        &["train-labels-idx1-ubyte", "cut off inside its header"],
    );
}

#[test]
fn idx_with_a_wrong_count_or_length_is_named() {
    // A count in the millions must not be believed, let alone allocated.
    let message = idx_error(|images, labels| {
        images[4..8].fill(0xFF);
        labels[4..8].fill(0xFF);
    });
    assert_says(&message, &["train-images-idx3-ubyte", "length is wrong"]);
    assert_says(
        &idx_error(|images, _| images.truncate(90)),
        &["length is wrong", "has 96 bytes, it has 90"],
    );
    assert_says(&idx_error(|images, _| images.push(0)), &["length is wrong"]);
    assert_says(
        &idx_error(|images, _| {
            *images = gzip(&idx(&[20, 0, 2], &[]));
        }),
        &["it is 2 x 0 pixels"],
    );
    let fewer = idx_error(|_, labels| *labels = idx(&[19], &labels[8..27]));
    assert_says(
        &fewer,
        &["train-labels-idx1-ubyte", "19 labels", "20 images"],
    );
}

#[test]
fn compressed_idx_that_is_cut_off_or_lies_is_named() {
    let cut = |images: &mut Vec<u8>| {
        let packed = gzip(images);
        *images = packed[..packed.len() - 6].to_vec();
    };
    assert_says(
        &idx_error(|images, _| cut(images)),
        &["train-images-idx3-ubyte", "cut off"],
    );
    assert_says(
        &idx_error(|_, labels| cut(labels)),
        &["train-labels-idx1-ubyte", "cut off"],
    );
    let too_many = idx_error(|images, labels| {
        images[4..8].fill(0xFF);
        labels[4..8].fill(0xFF);
        (*images, *labels) = (gzip(images), gzip(labels));
    });
    assert_says(
        &too_many,
        &[
            "train-labels-idx1-ubyte",
            "promises 4294967295 labels, it holds 20",
        ],
    );
    let short = idx_error(|images, _| {
        images.truncate(90);
        *images = gzip(images);
    });
    assert_says(&short, &["promises 20 images, it holds 18"]);
    let long = idx_error(|images, _| {
        images.push(0);
        *images = gzip(images);
    });
    assert_says(&long, &["longer than its header says"]);
    let broken = idx_error(|images, _| {
        *images = gzip(images);
        let end = images.len();
        images[end - 8..end - 4].fill(0);
    });
    assert_says(&broken, &["train-images-idx3-ubyte", "cannot be read"]);
}

#[test]
fn idx_folders_that_miss_a_file_or_a_class_are_named() {
    let remove = |gone: &str| {
        let corpus = Corpus::empty();
        corpus.write("train-images-idx3-ubyte", idx(&[2, 1, 1], &[1, 2]));
        corpus.write("train-labels-idx1-ubyte", idx(&[2], &[4, 4]));
        corpus.write("t10k-images-idx3-ubyte", idx(&[2, 1, 1], &[1, 2]));
        corpus.write("t10k-labels-idx1-ubyte", idx(&[2], &[4, 4]));
        for name in gone.split_whitespace() {
            fs::remove_file(corpus.path(name)).unwrap();
        }
        corpus.error()
    };
    assert_says(
        &remove("train-labels-idx1-ubyte"),
        &["has train-images-idx3-ubyte but no train-labels-idx1-ubyte"],
    );
    assert_says(
        &remove("t10k-images-idx3-ubyte"),
        &["has t10k-labels-idx1-ubyte but no t10k-images-idx3-ubyte"],
    );
    assert_says(
        &remove("train-images-idx3-ubyte train-labels-idx1-ubyte"),
        &["but no training files"],
    );
    assert_says(&remove(""), &["one class only, `4`"]);
}
