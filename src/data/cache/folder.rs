//! The folder that cache entries lie in.

use std::{
    fs,
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime},
};

use directories::ProjectDirs;

use super::Key;
use crate::{config::CacheChoice, data::DataError};

/// Entries that were used least recently go when a folder holds more than this many bytes: 8 GiB.
pub const LIMIT: u64 = 8 << 30;

/// How the names of files begin that are being written.
pub const TEMPORARY: &str = ".shadernets-";

/// Of the names of entries, after the key.
const EXTENSION: &str = ".samples";

/// Temporary files of this age were left behind by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// The folder that `choice` names; `None` for no cache. Nothing is made yet.
///
/// # Errors
/// No cache directory is known, or the folder lies inside the data set, where nothing is ever written.
pub fn folder(choice: &CacheChoice, data_set: &Path) -> Result<Option<PathBuf>, DataError> {
    let folder = match choice {
        CacheChoice::Off => return Ok(None),
        CacheChoice::Folder(folder) => folder.clone(),
        CacheChoice::Auto => ProjectDirs::from("", "", "shadernets")
            .ok_or(DataError::NoCacheFolder)?
            .cache_dir()
            .join("datasets"),
    };
    if resolved(&folder).starts_with(resolved(data_set)) {
        return Err(DataError::CacheInDataSet {
            cache: folder,
            dataset: data_set.into(),
        });
    }
    Ok(Some(folder))
}

/// The path without links and detours, whether it exists or only folders above it.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            part => real.push(part),
        }
        if let Ok(canonical) = real.canonicalize() {
            real = canonical;
        }
    }
    real
}

pub fn file_name(key: Key) -> String {
    format!("{key}{EXTENSION}")
}

/// Removes the entries that were used least recently until all of them take at most `limit` bytes, and
/// what killed processes left behind. `newest` stays, and so does every file that is not ours. A file
/// that cannot be removed stays too: the next run tries again.
pub fn evict(folder: &Path, limit: u64, newest: &Path) {
    let Ok(listing) = fs::read_dir(folder) else {
        return;
    };
    let mut entries = Vec::new();
    for file in listing.flatten() {
        let name = file.file_name();
        let name = name.to_string_lossy();
        let Ok(metadata) = file.metadata() else {
            continue;
        };
        let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        if name.starts_with(TEMPORARY) {
            if used.elapsed().is_ok_and(|age| age > ABANDONED) {
                let _ = fs::remove_file(file.path());
            }
        } else if is_entry(&name) && metadata.is_file() {
            entries.push((used, metadata.len(), file.path()));
        }
    }
    entries.sort();
    let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in entries {
        if total <= limit {
            break;
        }
        if path != newest && fs::remove_file(&path).is_ok() {
            total -= bytes;
        }
    }
}

fn is_entry(name: &str) -> bool {
    name.strip_suffix(EXTENSION)
        .is_some_and(|key| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_least_recently_goes_first_and_foreign_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, age: u64| {
            let path = folder.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            let used = SystemTime::now() - Duration::from_secs(age);
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(used).unwrap();
            path
        };
        let entry = |digit: &str| format!("{}{EXTENSION}", digit.repeat(32));
        let oldest_but_new = write(&entry("a"), 900);
        let old = write(&entry("b"), 800);
        let used_lately = write(&entry("c"), 10);
        let foreign = [
            write("notes.samples", 9_000_000),
            write("photo.png", 9_000_000),
        ];
        let abandoned = write(".shadernets-abandoned", 9_000_000);
        let in_work = write(".shadernets-in-work", 10);
        evict(folder.path(), 250, &oldest_but_new);
        for path in [&oldest_but_new, &used_lately, &in_work]
            .into_iter()
            .chain(&foreign)
        {
            assert!(path.exists(), "{}", path.display());
        }
        assert!(!old.exists() && !abandoned.exists());
    }

    #[test]
    fn a_folder_inside_the_data_set_is_refused_however_it_is_written() {
        let place = tempfile::tempdir().unwrap();
        let set = place.path().join("set");
        fs::create_dir(&set).unwrap();
        for inside in ["set", "set/a/b", "set/../set/cache", "new/../set/cache"] {
            let choice = CacheChoice::Folder(place.path().join(inside));
            let refused = matches!(folder(&choice, &set), Err(DataError::CacheInDataSet { .. }));
            assert!(refused, "{inside}");
        }
        for outside in ["", "settled", "set/../cache"] {
            let choice = CacheChoice::Folder(place.path().join(outside));
            assert!(folder(&choice, &set).unwrap().is_some(), "{outside}");
        }
    }
}
