//! Data sets made on the spot, and where the fixtures are.

use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageFormat, RgbImage};
use shadernets::{
    config::{DataConfig, Preprocessing, Size},
    data::{self, Dataset},
};
use tempfile::TempDir;

/// A folder of data sets that lives as long as the test.
pub struct Corpus {
    folder: TempDir,
}

impl Corpus {
    /// Without any data set.
    pub fn empty() -> Self {
        Corpus {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With the data set `set`: classes `a` and `b` of 8 images of 4 x 4 pixels, red 10, 20, ...
    /// 80, and green 255 in `b`.
    pub fn two_classes() -> Self {
        let corpus = Corpus::empty();
        for (class, green) in [("a", 0), ("b", 255)] {
            for number in 1..=8 {
                corpus.write(
                    &format!("{class}/{number}.png"),
                    plain_png(4, 4, [number * 10, green, 0]),
                );
            }
        }
        corpus
    }

    /// The path of `name` inside the data set `set`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("set").join(name)
    }

    /// Writes a file of the data set `set`, and the folders above it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The defaults, the data set `set`, and images of 4 x 4.
    pub fn config(&self) -> DataConfig {
        DataConfig {
            dataset: "set".into(),
            datasets_path: self.folder.path().into(),
            preprocessing: resized(4, 4),
            ..DataConfig::default()
        }
    }

    pub fn load(&self) -> Dataset {
        load(&self.config()).unwrap()
    }

    /// The error of loading, as its one line.
    pub fn error(&self) -> String {
        error(&self.config())
    }
}

pub fn load(config: &DataConfig) -> Result<Dataset, data::DataError> {
    data::load(config, &|_, _| {})
}

/// The message of the error that `config` must lead to: one line.
pub fn error(config: &DataConfig) -> String {
    let message = load(config).expect_err("must fail").to_string();
    assert!(!message.contains('\n'), "one line: {message}");
    message
}

pub fn resized(width: u32, height: u32) -> Preprocessing {
    let resize = Size { width, height };
    Preprocessing {
        trim: false,
        grayscale: false,
        resize,
        minmax_normalize: false,
        adaptive_invert: false,
    }
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn plain_png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    encode(
        RgbImage::from_pixel(width, height, image::Rgb(colour)),
        ImageFormat::Png,
    )
}

/// 40 x 40 pixels that no format compresses to nothing.
pub fn busy_image() -> RgbImage {
    RgbImage::from_fn(40, 40, |x, y| {
        image::Rgb([
            (x * x + 7 * y) as u8,
            (x * y * 3) as u8,
            (x ^ (y * 5)) as u8,
        ])
    })
}

/// The bytes of an IDX file of unsigned bytes.
pub fn idx(dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|side| side.to_be_bytes()));
    bytes.extend(values);
    bytes
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The fixture of that name, see `tests/fixtures/images/make.py`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/images")
        .join(name)
}

/// MNIST, where `MNIST_DIR` says or beside the project; says loudly if it is not there.
pub fn mnist() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets/mnist");
    let folder = std::env::var_os("MNIST_DIR").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: MNIST is not at {} (set MNIST_DIR)",
        folder.display()
    );
    None
}

/// The largest difference of two lists of the same length.
pub fn furthest(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// That a message holds all of `parts`.
pub fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}
