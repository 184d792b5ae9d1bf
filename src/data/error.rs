//! What can be wrong with a data set or with the options that choose it.

use std::{io, path::PathBuf};

/// One sentence per cause: the file or option, what was found, what was expected, what to do.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("--dataset is empty; name a data set. {hint}")]
    NoName { hint: String },

    #[error("--dataset={dataset}: there is no such data set: neither {} nor {} is a folder. {hint}", .named.display(), .direct.display())]
    NotFound {
        dataset: String,
        named: PathBuf,
        direct: PathBuf,
        hint: String,
    },

    #[error("--dataset: {} is a file; expected a folder, of one folder per class or of IDX files", .0.display())]
    NotAFolder(PathBuf),

    #[error(
        "{} is no data set: it holds no class folder and no IDX file; expected one folder of images per class, \
         or MNIST's four files (train-images-idx3-ubyte, ...)", .0.display()
    )]
    NoClassFolder(PathBuf),

    #[error("{} has one class only, `{class}`; a classifier needs at least 2 (one folder, or one label, per class)", .path.display())]
    OneClass { path: PathBuf, class: String },

    #[error(
        "the class folder {} holds no image ({ignored} other entries were ignored); add images ({extensions}) \
         or remove the folder", .path.display()
    )]
    EmptyClass {
        path: PathBuf,
        ignored: usize,
        extensions: String,
    },

    #[error("cannot read {}: {reason}", .path.display())]
    Read { path: PathBuf, reason: io::Error },

    #[error("cannot decode {}: {reason}; repair or remove the file, or pass --on-bad-image=skip", .path.display())]
    BadImage { path: PathBuf, reason: String },

    #[error("no image of the class `{class}` could be decoded; the first failure is {}: {reason}", .path.display())]
    AllBad {
        class: String,
        path: PathBuf,
        reason: String,
    },

    #[error("{} holds no image, nor do the folders in it; name images ({extensions}) or folders of them", .path.display())]
    NoImages { path: PathBuf, extensions: String },

    #[error("cannot decode {}: {reason}; expected an image", .path.display())]
    NotAnImage { path: PathBuf, reason: String },

    #[error("{}: {reason}", .path.display())]
    Idx { path: PathBuf, reason: String },

    #[error("{} has {found} but no {missing}; an IDX folder holds its images and its labels", .path.display())]
    IdxIncomplete {
        path: PathBuf,
        found: String,
        missing: String,
    },

    #[error("--filter-dataset: index {index} is out of range: the data set has {samples} samples, so 0 to {}", .samples.saturating_sub(1))]
    FilterOutOfRange { index: usize, samples: usize },

    #[error("--filter-dataset: the range {first}-{last} is backwards; write {last}-{first}")]
    FilterBackwards { first: usize, last: usize },

    #[error("--filter-dataset keeps no sample; name at least one index, or `all`")]
    FilterKeepsNothing,

    #[error("--partitions: {0}")]
    Shares(String),

    #[error(
        "the class `{class}` has {samples} usable samples, too few for --partitions={shares}: {partition} would get none; \
         add images to the class, or give {partition} a larger share or 0"
    )]
    ClassTooSmall {
        class: String,
        samples: usize,
        partition: &'static str,
        shares: String,
    },

    #[error(
        "--data-loader={loader}: this build has no such loader, only `image`; use --data-loader=image, or a build \
         with the cargo feature `{loader}` (cargo build --release --features {loader})"
    )]
    LoaderNotBuilt { loader: &'static str },

    #[error("--resize={width},{height}: both must be at least 1")]
    EmptySize { width: u32, height: u32 },

    #[error(
        "{samples} samples of {width} x {height} x {channels} need {:.1} GiB, which cannot be allocated; choose a smaller \
         --resize, --grayscale, or fewer samples by --filter-dataset",
        [*.width as f64, *.height as f64, *.channels as f64, *.samples as f64].iter().product::<f64>() * 4.0 / f64::from(1 << 30)
    )]
    TooLarge {
        samples: usize,
        width: u32,
        height: u32,
        channels: u32,
    },

    #[error(
        "--cache={}: it lies inside the data set {}, where nothing is ever written; choose a folder elsewhere",
        .cache.display(), .dataset.display()
    )]
    CacheInDataSet { cache: PathBuf, dataset: PathBuf },

    #[error(
        "--cache: this system names no cache directory for this user (HOME is not set?); name a folder: --cache=./cache"
    )]
    NoCacheFolder,

    #[error("the data set has {0} files; at most 4294967295 are supported")]
    TooManySamples(usize),

    #[error(
        "--nbr-clones={clones}: {clones} x {training} training samples are more than 4294967295 per epoch; use fewer clones"
    )]
    TooManyClones { clones: u32, training: usize },
}
