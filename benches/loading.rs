//! Loading 60,000 PNG files of 28 x 28 pixels, from the images and from the cache, against reading and
//! decoding the same files in one plain parallel loop that keeps nothing.
//!
//! What is timed is a whole load, listing included, with the files in the system's page cache; giving
//! the memory back is not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use image::{DynamicImage, RgbImage};
use rayon::prelude::*;
use shadernets::config::{CacheChoice, DataConfig};
use shadernets::data::cache::CacheUse;
use shadernets::data::{load, load_cached};

const FILES: u32 = 60_000;

/// Writes the files into ten classes below the folder: one soft stroke each, as digits have, gray or
/// coloured.
fn write(folder: &Path, is_coloured: bool) -> Vec<PathBuf> {
    for class in 0..10 {
        let class = folder.join(class.to_string());
        fs::create_dir_all(class).expect("a temporary folder is writable");
    }
    let paths = (0..FILES).into_par_iter().map(|number| {
        let path = folder.join(format!("{}/{number}.png", number % 10));
        let [slope, offset] = [
            (number % 19) as f32 / 10.0 - 0.9,
            (number % 13) as f32 - 6.0,
        ];
        let ink = |x: u32, y: u32| {
            let off = (x as f32 - 14.0) * slope + offset - (y as f32 - 14.0);
            (255.0 - 80.0 * off.abs()).max(0.0) as u8
        };
        let colour = |x, y| image::Rgb([ink(x, y), ink(y, x), (number % 251) as u8]);
        let image = DynamicImage::ImageRgb8(RgbImage::from_fn(28, 28, colour));
        let image = match is_coloured {
            true => image,
            false => image.to_luma8().into(),
        };
        image.save(&path).expect("a temporary folder is writable");
        path
    });
    paths.collect()
}

fn measure(criterion: &mut Criterion, name: &str, is_coloured: bool) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let set = folder.path().join("set");
    let paths = write(&set, is_coloured);
    let mut config = DataConfig {
        dataset: set.to_string_lossy().into_owned(),
        ..DataConfig::default()
    };
    config.preprocessing.resize = "28,28".parse().expect("a size");
    config.preprocessing.grayscale = !is_coloured;
    let cached = DataConfig {
        cache: CacheChoice::Folder(folder.path().join("cache")),
        ..config.clone()
    };

    let mut group = criterion.benchmark_group(name);
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(6));
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
    group.bench_function("first load", |bencher| {
        bencher.iter_with_large_drop(|| load(&config, &|_, _| ()).expect("the data set loads"));
    });
    load(&cached, &|_, _| ()).expect("the data set loads");
    group.bench_function("load from the cache", |bencher| {
        bencher.iter_with_large_drop(|| {
            let (dataset, cache) = load_cached(&cached, &|_, _| ()).expect("the data set loads");
            assert!(matches!(cache, CacheUse::Read), "{cache:?}");
            dataset
        });
    });
    group.finish();
}

fn loading(criterion: &mut Criterion) {
    measure(criterion, "60,000 gray PNG files", false);
    measure(criterion, "60,000 coloured PNG files", true);
}

criterion_group!(benches, loading);
criterion_main!(benches);
