//! What a cache entry is known by.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::config::DataConfig;

/// Of the format of the files, and of what preprocessing makes of an image: to be raised with
/// either.
const VERSION: u64 = 1;

/// A hash of all that decides the content of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u128);

impl Key {
    /// The key of the samples `kept` out of `files`, which lie below `root`, as `config` prepares
    /// them.
    ///
    /// Of the files it takes their names below `root`, their sizes, and the times of their last
    /// change, to the nanosecond; it does not read them. On Unix that includes the time of the last
    /// change of status, which no program can set back, so that a file replaced by one of the same
    /// size and age is noticed.
    pub fn new(root: &Path, files: &[PathBuf], kept: &[u32], config: &DataConfig) -> Self {
        let mut hash = Hash(Xxh3::new());
        hash.number(VERSION);
        hash.bytes(env!("CARGO_PKG_VERSION").as_bytes());
        hash.bytes(config.loader.name().as_bytes());
        hash.bytes(config.on_bad_image.name().as_bytes());
        // All stages, those to come as well.
        hash.bytes(format!("{:?}", config.preprocessing).as_bytes());
        hash.bytes(bytemuck::cast_slice(kept));
        // The questions take longer than the rest, so all cores ask.
        let states: Vec<_> = files.par_iter().map(|path| state(path)).collect();
        for (path, state) in files.iter().zip(states) {
            let name = path.strip_prefix(root).unwrap_or(path);
            hash.bytes(name.as_os_str().as_encoded_bytes());
            hash.bytes(bytemuck::cast_slice(&state));
        }
        Key(hash.0.digest128())
    }

    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

/// As a part of a file name.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Every part with its length, so that no two lists of parts look alike.
struct Hash(Xxh3);

impl Hash {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }
}

/// What is known of a file without reading it; all ones if nothing is.
fn state(path: &Path) -> [u64; 5] {
    fs::metadata(path).map_or([u64::MAX; 5], |metadata| of(&metadata))
}

#[cfg(unix)]
fn of(metadata: &fs::Metadata) -> [u64; 5] {
    use std::os::unix::fs::MetadataExt;
    [
        metadata.size(),
        metadata.mtime() as u64,
        metadata.mtime_nsec() as u64,
        metadata.ctime() as u64,
        metadata.ctime_nsec() as u64,
    ]
}

#[cfg(not(unix))]
fn of(metadata: &fs::Metadata) -> [u64; 5] {
    let since_epoch = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .unwrap_or_default();
    let nanoseconds = u64::from(since_epoch.subsec_nanos());
    [metadata.len(), since_epoch.as_secs(), nanoseconds, 0, 0]
}
