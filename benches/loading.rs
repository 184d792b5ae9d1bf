//! Loading 60,000 PNG files of 28 x 28 pixels, against reading and decoding the same files in one plain
//! parallel loop that keeps nothing.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use image::{GrayImage, Luma};
use rayon::prelude::*;
use shadernets::config::DataConfig;
use shadernets::data::load;

const FILES: u32 = 60_000;

/// Writes the files into ten classes below the folder.
fn write(folder: &std::path::Path) -> Vec<PathBuf> {
    for class in 0..10 {
        fs::create_dir(folder.join(class.to_string())).expect("a temporary folder is writable");
    }
    let paths = (0..FILES).into_par_iter().map(|number| {
        let path = folder.join(format!("{}/{number}.png", number % 10));
        let shade = |x, y| Luma([(x * y * (number % 97) / 7 + number) as u8]);
        let image = GrayImage::from_fn(28, 28, shade);
        image.save(&path).expect("a temporary folder is writable");
        path
    });
    paths.collect()
}

fn loading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let paths = write(folder.path());
    let mut config = DataConfig {
        dataset: folder.path().to_string_lossy().into_owned(),
        ..DataConfig::default()
    };
    config.preprocessing.resize = "28,28".parse().expect("a size");
    config.preprocessing.grayscale = true;

    let mut group = criterion.benchmark_group("60,000 PNG files");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(10));
    group.bench_function("read and decode", |bencher| {
        bencher.iter(|| {
            let bytes = paths.par_iter().map(|path| {
                let file = fs::read(path).expect("the file was written");
                let image = image::load_from_memory(&file).expect("the file is a picture");
                image.as_bytes().len()
            });
            bytes.sum::<usize>()
        });
    });
    group.bench_function("load", |bencher| {
        bencher.iter(|| load(&config, &|_, _| ()).expect("the data set loads"));
    });
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
