//! Preprocessed data sets on disk, so that the second start need not decode anything (`--cache`).
//!
//! An [`Entry`] is one file of all samples that the filter keeps, in the order of the files of the data
//! set. Which row each of them has is no part of it: partitions and their seed are planned anew at
//! each start and may change without a miss. What was decoded, and how, is the [`Key`].
//!
//! Rows are read by all cores straight into the matrix instead of being mapped. It costs one copy, and
//! in return no `unsafe`, no fault when another process cuts a file short, and checksums on the way.

mod file;
mod folder;
mod key;

use std::{io, path::PathBuf};

pub use file::{Entry, Skipped};
pub use folder::{LIMIT, folder};
pub use key::Key;

/// What the cache did for a load.
#[derive(Debug)]
pub enum CacheUse {
    /// It was not asked for.
    Off,
    /// The samples came from it; no image was decoded.
    Read,
    /// The samples are in it now.
    Written,
    /// The samples were decoded, and could not be kept.
    NotWritten(CacheError),
}

/// Why a data set was not kept. No load fails of it.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("cannot write the cache file {}: {reason}", .path.display())]
    Write { path: PathBuf, reason: io::Error },

    #[error(
        "{} could not be read, which may be different the next time; only loads that read all files are kept", .0.display()
    )]
    Unreadable(PathBuf),

    #[error("its samples take {bytes} bytes, and a cache folder is kept to {limit}")]
    TooLarge { bytes: u64, limit: u64 },
}
