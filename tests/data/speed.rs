//! Measurements, run by hand: `cargo test --release --test data speed -- --ignored --nocapture`.

use std::{fs, time::Instant};

use image::ImageFormat;

use crate::support::{Corpus, encode, load, resized};
use shadernets::config::DataConfig;

/// Loads 60,000 PNG files of 28 x 28, against reading and decoding the same files in one plain
/// parallel loop.
#[test]
#[ignore = "a measurement"]
fn sixty_thousand_png_files_load_in_the_time_it_takes_to_decode_them() {
    use rayon::prelude::*;
    let corpus = Corpus::empty();
    let paths: Vec<_> = (0..60_000_u32)
        .map(|number| {
            let image = image::GrayImage::from_fn(28, 28, |x, y| {
                image::Luma([(x * y * (number % 97) / 7 + number) as u8])
            });
            corpus.write(
                &format!("{}/{number}.png", number % 10),
                encode(image, ImageFormat::Png),
            )
        })
        .collect();
    for _ in 0..2 {
        let start = Instant::now();
        let pixels: usize = paths
            .par_iter()
            .map(|path| {
                image::load_from_memory(&fs::read(path).unwrap())
                    .unwrap()
                    .as_bytes()
                    .len()
            })
            .sum();
        let decoding = start.elapsed();
        let start = Instant::now();
        let dataset = load(&DataConfig {
            preprocessing: resized(28, 28),
            ..corpus.config()
        })
        .unwrap();
        let loading = start.elapsed();
        assert_eq!(dataset.samples.len(), pixels * 3);
        println!("decoding alone {decoding:?}, loading {loading:?}");
        println!(
            "matrix {} MiB, peak memory {} MiB",
            dataset.samples.len() >> 18,
            peak_mib()
        );
    }
}

/// The most memory this process ever had, in MiB; 0 where the system does not say.
fn peak_mib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|kib| kib.parse::<usize>().ok())
        .unwrap_or(0)
        / 1024
}
