//! A cache entry: one file, read and written whole, trusted in nothing.
//!
//! ```text
//! header | rows, f32 | checksum of each block of rows | what was skipped, JSON
//! ```
//!
//! Numbers are in the machine's own byte order; a file of the other order has another magic number.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::{CacheError, Key, folder};
use crate::data::rows::Row;

/// `shdrdata`, as a number that tells the byte order.
const MAGIC: u64 = u64::from_be_bytes(*b"shdrdata");

/// Rows are read, and their checksums taken, about this much at a time, which a core's own cache
/// holds.
const BLOCK_BYTES: usize = 256 << 10;

/// The sample number and the reason of each file that was skipped.
pub type Skipped = Vec<(u32, String)>;

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Header {
    magic: u64,
    key: [u8; 16],
    rows: u64,
    features: u64,
    skipped_bytes: u64,
    /// Of the header up to here, the checksums of the blocks and what was skipped.
    checksum: u64,
}

/// The place of a data set in the cache, whether it is there or not.
#[derive(Debug)]
pub struct Entry {
    key: Key,
    folder: PathBuf,
    path: PathBuf,
}

impl Entry {
    pub fn new(folder: PathBuf, key: Key) -> Self {
        let path = folder.join(folder::file_name(key));
        Entry { key, folder, path }
    }

    /// Reads the samples into `rows`, which are in the order of the files, and returns what was
    /// skipped when they were decoded. `None` if the entry is not there, or not whole; the rows may hold anything
    /// then.
    pub fn read(&self, rows: &mut [Row<'_>]) -> Option<Skipped> {
        let features = rows.first()?.values.len();
        let mut file = File::open(&self.path).ok()?;
        let mut header = Header::zeroed();
        file.read_exact(bytemuck::bytes_of_mut(&mut header)).ok()?;
        let expected = Header {
            skipped_bytes: header.skipped_bytes,
            checksum: header.checksum,
            ..self.header(rows.len(), features)
        };
        let per_block = rows_per_block(features);
        let mut sums = vec![0_u64; rows.len().div_ceil(per_block)];
        let rows_end = size_of::<Header>() as u64 + size_of_rows(rows.len(), features)?;
        let skipped_at = rows_end + size_of_val(sums.as_slice()) as u64;
        let length = skipped_at.checked_add(header.skipped_bytes)?;
        if header != expected || file.metadata().ok()?.len() != length {
            return None;
        }
        file.seek(SeekFrom::Start(rows_end)).ok()?;
        file.read_exact(bytemuck::cast_slice_mut(&mut sums)).ok()?;
        let mut skipped = Vec::new();
        file.read_to_end(&mut skipped).ok()?;
        if header.checksum != checksum(&header, &sums, &skipped) {
            return None;
        }
        let is_whole = rows
            .par_chunks_mut(per_block)
            .zip(&sums)
            .enumerate()
            .map_init(
                || reader(&self.path, features),
                |reader, (block, (rows, sum))| {
                    let reader = reader.as_mut().ok()?;
                    let first = size_of_rows(block * per_block, features)?;
                    let from = SeekFrom::Start(size_of::<Header>() as u64 + first);
                    reader.seek(from).ok()?;
                    (read_block(reader, rows).ok()? == *sum).then_some(())
                },
            )
            .all(|block| block.is_some());
        let skipped = serde_json::from_slice(&skipped).ok().filter(|_| is_whole)?;
        // What was used last is evicted last. A folder that is read-only evicts nothing.
        let file = OpenOptions::new().write(true).open(&self.path);
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
        Some(skipped)
    }

    /// Writes the samples of `rows`, which are in the order of the files, then evicts others if the
    /// folder holds more than `limit` bytes.
    ///
    /// The file appears whole or not at all, also where several processes write it. It is not synced
    /// to the disk: what a power failure leaves of it does not match its checksums.
    ///
    /// # Errors
    /// The folder or the file cannot be written, or the file would take more than the limit.
    pub fn write(&self, rows: &[Row<'_>], skipped: &Skipped, limit: u64) -> Result<(), CacheError> {
        let features = rows.first().map_or(0, |row| row.values.len());
        let bytes = size_of_rows(rows.len(), features).unwrap_or(u64::MAX);
        if bytes > limit {
            return Err(CacheError::TooLarge { bytes, limit });
        }
        self.write_file(rows, features, skipped)
            .map_err(|reason| CacheError::Write {
                path: self.path.clone(),
                reason,
            })?;
        folder::evict(&self.folder, limit, &self.path);
        Ok(())
    }

    fn write_file(&self, rows: &[Row<'_>], features: usize, skipped: &Skipped) -> io::Result<()> {
        let skipped = serde_json::to_vec(skipped)?;
        let mut header = self.header(rows.len(), features);
        header.skipped_bytes = skipped.len() as u64;
        fs::create_dir_all(&self.folder)?;
        let temporary = tempfile::Builder::new()
            .prefix(folder::TEMPORARY)
            .tempfile_in(&self.folder)?;
        let mut file = BufWriter::with_capacity(BLOCK_BYTES, temporary);
        file.write_all(bytemuck::bytes_of(&header))?;
        let mut sums = Vec::new();
        for block in rows.chunks(rows_per_block(features)) {
            let mut hash = Xxh3::new();
            for row in block {
                let bytes = bytemuck::cast_slice(row.values);
                hash.update(bytes);
                file.write_all(bytes)?;
            }
            sums.push(hash.digest());
        }
        file.write_all(bytemuck::cast_slice(&sums))?;
        file.write_all(&skipped)?;
        header.checksum = checksum(&header, &sums, &skipped);
        file.rewind()?;
        file.write_all(bytemuck::bytes_of(&header))?;
        let temporary = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        temporary.persist(&self.path)?;
        Ok(())
    }

    fn header(&self, rows: usize, features: usize) -> Header {
        Header {
            magic: MAGIC,
            key: self.key.to_bytes(),
            rows: rows as u64,
            features: features as u64,
            ..Header::zeroed()
        }
    }
}

/// Bytes of that many rows; `None` if it is more than there can be.
fn size_of_rows(rows: usize, features: usize) -> Option<u64> {
    let bytes = rows.checked_mul(features)?.checked_mul(size_of::<f32>())?;
    u64::try_from(bytes).ok()
}

fn rows_per_block(features: usize) -> usize {
    (BLOCK_BYTES / size_of::<f32>() / features.max(1)).max(1)
}

/// Its buffer takes a block; rows larger than that go past it.
fn reader(path: &Path, features: usize) -> io::Result<BufReader<File>> {
    let block = rows_per_block(features).saturating_mul(features * size_of::<f32>());
    File::open(path).map(|file| BufReader::with_capacity(block.min(BLOCK_BYTES), file))
}

/// Fills rows that follow one another in the file; returns their checksum.
fn read_block(reader: &mut impl Read, rows: &mut [Row<'_>]) -> io::Result<u64> {
    let mut hash = Xxh3::new();
    for row in rows {
        let bytes = bytemuck::cast_slice_mut(row.values);
        reader.read_exact(bytes)?;
        hash.update(bytes);
    }
    Ok(hash.digest())
}

fn checksum(header: &Header, sums: &[u64], skipped: &[u8]) -> u64 {
    let header = Header {
        checksum: 0,
        ..*header
    };
    let mut hash = Xxh3::new();
    hash.update(bytemuck::bytes_of(&header));
    hash.update(bytemuck::cast_slice(sums));
    hash.update(skipped);
    hash.digest()
}
