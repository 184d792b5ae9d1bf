//! Where a case happens: a working directory of its own, with a data set in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;

/// A working directory that lives as long as the case. Names are relative to the data set
/// `datasets/set` in it, except where said otherwise.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// With the sound data set `set`: classes `a` and `b` of 8 PNG files each.
    pub fn with_two_classes() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        for (class, green) in [("a", 0), ("b", 255)] {
            for number in 1..=8 {
                let image = RgbImage::from_pixel(4, 4, Rgb([number * 10, green, 0]));
                place.write(&format!("{class}/{number}.png"), png(image));
            }
        }
        place
    }

    /// A path relative to the working directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn set(&self, name: &str) -> PathBuf {
        self.path("datasets/set").join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.set(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes eight plain images into a class.
    pub fn write_class(&self, class: &str) {
        for number in 1..=8 {
            let image = RgbImage::from_pixel(4, 4, Rgb([number, 0, 200]));
            self.write(&format!("{class}/{number}.png"), png(image));
        }
    }

    /// Copies an image of `tests/fixtures/images/formats` into the class `a`.
    pub fn add_fixture(&self, name: &str) {
        let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images/formats");
        fs::copy(formats.join(name), self.set("a").join(name)).unwrap();
    }

    /// Removes a file, or a folder with all that is in it.
    pub fn remove(&self, name: &str) {
        let path = self.set(name);
        match path.is_dir() {
            true => fs::remove_dir_all(path).unwrap(),
            false => fs::remove_file(path).unwrap(),
        }
    }

    #[cfg(unix)]
    pub fn link(&self, target: impl AsRef<Path>, name: &str) {
        std::os::unix::fs::symlink(target, self.set(name)).unwrap();
    }

    /// Puts 40 images of 2 x 2 in two classes in the place of the class folders, as IDX files that
    /// `change` was made to.
    pub fn make_idx(&self, change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) {
        self.remove("a");
        self.remove("b");
        let labels: Vec<u8> = (0..40).map(|number| number % 2).collect();
        let (mut images, mut labels) = (idx(&[40, 2, 2], &[7; 160]), idx(&[40], &labels));
        change(&mut images, &mut labels);
        self.write("train-images-idx3-ubyte", images);
        self.write("train-labels-idx1-ubyte", labels);
    }

    /// Everything below the working directory: when it was changed, and how long it is.
    pub fn listing(&self) -> BTreeMap<PathBuf, (u64, Option<SystemTime>)> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let metadata = entry.metadata().unwrap();
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
                found.insert(entry.path(), (metadata.len(), metadata.modified().ok()));
            }
        }
        found
    }
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    encode(image, ImageFormat::Png)
}

/// 40 x 40 pixels that no format compresses to nothing.
pub fn busy_image() -> RgbImage {
    let value = |x: u32, y: u32| [x * x + 7 * y, x * y * 3, x ^ (y * 5)].map(|value| value as u8);
    RgbImage::from_fn(40, 40, |x, y| Rgb(value(x, y)))
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
