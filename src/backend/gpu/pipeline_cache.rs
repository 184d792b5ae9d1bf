//! What the driver has compiled, kept for the next start.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use xxhash_rust::xxh3::xxh3_64;

/// A larger file is not read, and the next replaces it: nothing else ever leaves a driver's cache.
const MOST_BYTES: u64 = 64 << 20;

/// A driver's cache of pipelines and the file that it is kept in: the checksum of the data as 8 bytes, the least
/// first, and the data as wgpu gives it, one file for each kind of GPU. All that fails here costs the time to compile
/// and nothing else, so that no failure is told.
#[derive(Debug)]
pub(super) struct PipelineCache {
    handle: wgpu::PipelineCache,
    path: PathBuf,
    /// Bytes of data in the file.
    kept: Mutex<usize>,
}

impl PipelineCache {
    /// The cache of a device that was opened with [`wgpu::Features::PIPELINE_CACHE`], filled from its file in `folder`
    /// if there is one.
    pub(super) fn open(
        device: &wgpu::Device,
        info: &wgpu::AdapterInfo,
        folder: &Path,
    ) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let path = folder.join(wgpu::util::pipeline_cache_key(info)?);
        let data = read(&path);
        let errors = device.push_error_scope(wgpu::ErrorFilter::Validation);
        // SAFETY: the data must be what wgpu gave out. It lies in the user's own cache folder under a name of ours, and
        // has the checksum with which `write` left it; wgpu and the driver validate their headers, which tell of another
        // device or version.
        let handle = unsafe {
            device.create_pipeline_cache(&wgpu::PipelineCacheDescriptor {
                label: Some("pipelines"),
                data: data.as_deref(),
                fallback: true,
            })
        };
        if pollster::block_on(errors.pop()).is_some() {
            return None;
        }
        Some(Self {
            handle,
            path,
            kept: Mutex::new(data.map_or(0, |data| data.len())),
        })
    }

    pub(super) fn handle(&self) -> &wgpu::PipelineCache {
        &self.handle
    }

    /// Writes the file if there is more than it holds.
    pub(super) fn store(&self) {
        let Some(data) = self.handle.get_data() else {
            return;
        };
        let mut kept = self
            .kept
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if data.len() > *kept && write(&self.path, &data).is_ok() {
            *kept = data.len();
        }
    }
}

/// The data in a file; none if it is not there, too large, or not as it was written.
fn read(path: &Path) -> Option<Vec<u8>> {
    if std::fs::metadata(path).ok()?.len() > MOST_BYTES {
        return None;
    }
    let file = std::fs::read(path).ok()?;
    let (checksum, data) = file.split_first_chunk()?;
    (u64::from_le_bytes(*checksum) == xxh3_64(data)).then(|| data.to_vec())
}

/// Replaces the file as a whole: another start that reads meanwhile sees the old or the new one.
fn write(path: &Path, data: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(&xxh3_64(data).to_le_bytes())?;
    new.write_all(data)?;
    new.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("pipelines");
        for data in [&b"more of it"[..], b"less"] {
            write(&path, data).unwrap();
            assert_eq!(read(&path).as_deref(), Some(data));
        }
    }

    #[test]
    fn a_damaged_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipelines");
        assert_eq!(read(&path), None);
        write(&path, b"compiled").unwrap();
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(read(&path), None, "cut to {length} bytes");
        }
        for position in 0..whole.len() {
            let mut file = whole.clone();
            file[position] ^= 1;
            std::fs::write(&path, &file).unwrap();
            assert_eq!(read(&path), None, "byte {position} changed");
        }
    }

    /// Software adapters have the feature too, if not much to keep.
    #[test]
    fn what_is_kept_is_written_once_and_a_file_of_another_device_not_used() {
        let adapters = pollster::block_on(crate::backend::gpu::adapters());
        let adapter = &adapters[0];
        if !adapter.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return;
        }
        let (device, _) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_features: wgpu::Features::PIPELINE_CACHE,
            ..Default::default()
        }))
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let open = || PipelineCache::open(&device, &adapter.get_info(), folder.path());
        let cache = open().unwrap();
        cache.store();
        let data = read(&cache.path).unwrap();
        assert_eq!(*cache.kept.lock().unwrap(), data.len());

        let again = open().unwrap();
        std::fs::remove_file(&cache.path).unwrap();
        again.store();
        assert!(!cache.path.exists(), "nothing new was written again");

        let mut other = data;
        other[21] ^= 1; // in the header, the device
        write(&cache.path, &other).unwrap();
        assert!(open().is_none());
    }
}
