//! From files to the numbers a model trains on.
//!
//! ```text
//! folder | idx ──> filter ──> partition ──> decode ──> preprocess ──> Dataset ──> batches
//!  (list)         (--filter-dataset)        (all cores, straight into their rows)   (per epoch)
//! ```
//!
//! [`load`](load::load) does all of it but the last step; with `--cache` it takes decoded and
//! preprocessed samples from the [`cache`] where they are there. The plan (which sample goes to which
//! partition, hence to which row) is made from the listing alone, before any image is decoded, so
//! that the matrix is allocated once and every image is decoded straight into its row. Everything
//! but `folder`, `decode`, `idx` and `load` is pure and builds without the `native` feature: a
//! browser fills a [`Dataset`] its own way.

pub mod batches;
pub mod bytes;
mod error;
pub mod filter;
pub mod partition;
pub mod preprocess;
mod statistics;

#[cfg(feature = "native")]
pub mod cache;
#[cfg(feature = "native")]
mod decode;
#[cfg(feature = "native")]
mod folder;
#[cfg(feature = "native")]
pub mod generate;
#[cfg(feature = "native")]
mod idx;
#[cfg(feature = "native")]
mod idx_file;
#[cfg(feature = "native")]
pub mod images;
#[cfg(feature = "native")]
pub mod load;
#[cfg(feature = "native")]
mod locate;
#[cfg(feature = "native")]
mod pick;
#[cfg(feature = "native")]
mod pixels;
#[cfg(feature = "native")]
mod rows;
#[cfg(feature = "native")]
mod tiff;

use std::{ops::Range, path::PathBuf, sync::Arc};

pub use error::DataError;
#[cfg(feature = "native")]
pub use load::{is_idx, load, load_cached};
#[cfg(feature = "native")]
pub use locate::names as dataset_names;
#[cfg(feature = "native")]
pub use pick::{Pick, Picked, pick};
pub use statistics::{ClassCounts, Statistics};

/// The index of a class in [`Dataset::classes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassIndex(pub u32);

impl ClassIndex {
    /// As an index of a slice.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The rows of each partition: they follow one another in this order and cover all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partitions {
    pub training: Range<usize>,
    pub dev: Range<usize>,
    pub test: Range<usize>,
}

impl Partitions {
    /// The three partitions of the given sizes, one after the other.
    pub fn from_sizes([training, dev, test]: [usize; 3]) -> Self {
        Partitions {
            training: 0..training,
            dev: training..training + dev,
            test: training + dev..training + dev + test,
        }
    }
}

/// A file that could not be decoded and was left out (`--on-bad-image=skip`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadImage {
    pub path: PathBuf,
    pub reason: String,
}

/// A data set in memory: preprocessed, partitioned, held once.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Names of the classes, sorted. [`ClassIndex`] points into it.
    pub classes: Vec<String>,
    /// Of a sample, in pixels.
    pub width: u32,
    /// Of a sample, in pixels.
    pub height: u32,
    /// Of a sample: 3 (red, green, blue) or 1 (gray).
    pub channels: u32,
    /// `[samples, features]` row-major: all training samples, then dev, then test. A row is an
    /// image in HWC order, values in `[0, 1]`. Inside a partition the samples keep the order of the
    /// files.
    pub samples: Arc<Vec<f32>>,
    /// `[samples]`: the class of each row.
    pub labels: Vec<ClassIndex>,
    pub partitions: Partitions,
    /// `[samples]`: the number that `--filter-dataset` knows each row by: its place among all files
    /// of the data set, classes sorted by name, files sorted by name; in IDX folders the training
    /// images, then the test images.
    pub sample_numbers: Vec<u32>,
    /// `[samples]`: the file of each row; empty for IDX folders.
    pub paths: Vec<PathBuf>,
    /// What `--on-bad-image=skip` left out, in the order of the files.
    pub skipped: Vec<BadImage>,
    /// How many files and folders inside the class folders were ignored: hidden, or not named as an
    /// image.
    pub ignored: usize,
}

impl Dataset {
    /// Numbers per sample: width x height x channels.
    pub fn features(&self) -> usize {
        self.width as usize * self.height as usize * self.channels as usize
    }

    /// How many samples there are, of all partitions.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample at all; `load` never returns such a data set.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The rows of a partition: `[range.len(), features]`. Empty if the range is not one of this
    /// data set's.
    pub fn rows(&self, range: Range<usize>) -> &[f32] {
        let features = self.features();
        self.samples
            .get(range.start * features..range.end * features)
            .unwrap_or_default()
    }

    /// How many samples of each class each partition has.
    pub fn statistics(&self) -> Statistics {
        Statistics::of(self)
    }
}
