//! Data sets of IDX files.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use rand::RngExt;
use shadernets::config::{DataConfig, Shares, Size};
use shadernets::data;

use crate::{check, mutate};

fn idx(dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|side| side.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A pair of files of 40 images of 6 x 6 in two classes, one of them damaged.
fn check_pair(ending: &str, pack: impl Fn(&[u8]) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let labels: Vec<u8> = (0..40).map(|sample| sample % 2).collect();
    let pixels: Vec<u8> = (0..40 * 36).map(|i| (i * 7) as u8).collect();
    let sound = [
        (
            format!("train-images-idx3-ubyte{ending}"),
            idx(&[40, 6, 6], &pixels),
        ),
        (
            format!("train-labels-idx1-ubyte{ending}"),
            idx(&[40], &labels),
        ),
    ];
    for (name, bytes) in &sound {
        fs::write(folder.path().join(name), pack(bytes)).unwrap();
    }
    let read = || load(folder.path());
    read().unwrap();
    let tally = check(
        folder.path(),
        &folder.path().to_string_lossy(),
        |random| {
            let mut files = sound.clone();
            let damaged = random.random_range(0..2);
            // Of packed files, what is inside or the packing.
            let inside = ending.is_empty() || random.random_bool(0.7);
            if inside {
                mutate::bytes(&mut files[damaged].1, random);
            }
            let mut files = files.map(|(name, bytes)| (name, pack(&bytes)));
            if !inside {
                mutate::bytes(&mut files[damaged].1, random);
            }
            files.to_vec()
        },
        read,
        |dataset| assert_eq!(dataset.samples.len(), 4 * dataset.len()),
    );
    assert!(tally.refused > 500 && tally.read > 100, "{tally:?}");
}

fn load(folder: &Path) -> Result<data::Dataset, String> {
    let config = DataConfig {
        dataset: folder.to_str().unwrap().to_owned(),
        partitions: Shares {
            training: 1.0,
            dev: 0.0,
            test: 0.0,
        },
        preprocessing: shadernets::config::Preprocessing {
            resize: Size {
                width: 2,
                height: 2,
            },
            ..Default::default()
        },
        ..DataConfig::default()
    };
    data::load(&config, &|_, _| {}).map_err(|error| error.to_string())
}

#[test]
fn damaged_idx_files() {
    check_pair("", |bytes| bytes.to_vec());
}

#[test]
fn damaged_packed_idx_files() {
    check_pair(".gz", gzip);
}
