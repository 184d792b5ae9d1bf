//! A data set of one folder per class: its listing, and the decoding of its files on all cores.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, DirEntry, FileType, Metadata},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::{
    BadImage, ClassIndex, DataError,
    decode::{Decoder, Failure},
    load::Progress,
    rows::Row,
};
use crate::config::{OnBadImage, Preprocessing};

/// Names that end in one of these (in any case) are samples; what the file really holds is found by
/// looking into it.
pub const EXTENSIONS: [&str; 9] = [
    "png", "jpg", "jpeg", "jfif", "bmp", "gif", "webp", "tif", "tiff",
];

/// What a data set of class folders holds.
#[derive(Debug)]
pub struct Folder {
    /// Sorted by name.
    pub classes: Vec<String>,
    /// Every sample: class by class, inside a class sorted by name.
    pub files: Vec<PathBuf>,
    /// `[files]`
    pub labels: Vec<ClassIndex>,
    /// Entries of class folders that are no samples.
    pub ignored: usize,
}

/// A sample without an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSample {
    pub sample: u32,
    pub image: BadImage,
    /// Whether it stays so while the file stays as it is: it could be read, but not decoded.
    pub is_lasting: bool,
}

impl Folder {
    /// Lists `root/<class>/<image>`.
    ///
    /// Folders are followed one level deep only, so a link that leads back up cannot loop. Hidden
    /// folders, and files beside the class folders, are no classes. Inside a class folder, whatever
    /// is hidden, a folder, a device or not named as an image is ignored and counted; a broken link
    /// that is named as an image is a sample that cannot be read.
    ///
    /// # Errors
    /// No class folder, only one, one without images, or one that cannot be read.
    pub fn list(root: &Path) -> Result<Folder, DataError> {
        let folders = folders(root, true)?;
        let mut folder = Folder {
            classes: vec![],
            files: vec![],
            labels: vec![],
            ignored: 0,
        };
        // Collected whole, so that of several errors the first in order is the one told.
        let listings: Vec<_> = folders.par_iter().map(|path| samples(path)).collect();
        for ((class, path), listing) in (0..).map(ClassIndex).zip(&folders).zip(listings) {
            let (samples, ignored) = listing?;
            if samples.is_empty() {
                return Err(DataError::EmptyClass {
                    path: path.clone(),
                    ignored,
                    extensions: EXTENSIONS.join(", "),
                });
            }
            folder.classes.push(name(path));
            folder
                .labels
                .resize(folder.labels.len() + samples.len(), class);
            folder.files.extend(samples);
            folder.ignored += ignored;
        }
        match folder.classes.as_slice() {
            [] => Err(DataError::NoClassFolder(root.into())),
            [class] => Err(DataError::OneClass {
                path: root.into(),
                class: class.clone(),
            }),
            _ => Ok(folder),
        }
    }

    /// Decodes and preprocesses each sample into its row, on all cores, and returns what was
    /// skipped, in order.
    ///
    /// # Errors
    /// With [`OnBadImage::Fail`], the first bad image in the order of the files, whichever thread met one first.
    pub fn fill(
        &self,
        rows: Vec<Row<'_>>,
        stages: &Preprocessing,
        on_bad_image: OnBadImage,
        progress: Progress<'_>,
    ) -> Result<Vec<BadSample>, DataError> {
        let total = rows.len();
        let done = AtomicUsize::new(0);
        // Files after the first bad one need not be decoded any more; those before it do, one of
        // them may be bad.
        let first_bad = AtomicU32::new(u32::MAX);
        let decode_into = |decoder: &mut Decoder, row: Row<'_>| {
            let path = self.files.get(row.sample as usize)?;
            if row.sample > first_bad.load(Ordering::Relaxed) {
                return None;
            }
            let result = decoder.read_into(path, stages, row.values);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            let (reason, is_lasting) = match result {
                Ok(()) => return None,
                Err(Failure::Unreadable(reason)) => (reason, false),
                Err(Failure::NoImage(reason)) => (reason, true),
            };
            if on_bad_image == OnBadImage::Fail {
                first_bad.fetch_min(row.sample, Ordering::Relaxed);
            }
            Some(BadSample {
                sample: row.sample,
                image: BadImage {
                    path: path.clone(),
                    reason,
                },
                is_lasting,
            })
        };
        let mut bad: Vec<_> = rows
            .into_par_iter()
            .map_init(Decoder::default, decode_into)
            .flatten_iter()
            .collect();
        bad.sort_unstable_by_key(|bad| bad.sample);
        match on_bad_image {
            OnBadImage::Fail if !bad.is_empty() => {
                let BadImage { path, reason } = bad.swap_remove(0).image;
                Err(DataError::BadImage { path, reason })
            }
            _ => Ok(bad),
        }
    }
}

/// What the listing of a folder tells of one entry; for most it saves asking for the metadata of
/// each file.
struct Entry {
    name: OsString,
    kind: FileType,
}

impl Entry {
    fn is_sample(&self, folder: &Path) -> bool {
        let extension = Path::new(&self.name).extension().unwrap_or_default();
        let named_so = EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known));
        // A link to nowhere counts, so that reading it tells what is wrong.
        let is_file = || {
            let linked = || fs::metadata(folder.join(&self.name));
            self.kind.is_file()
                || self.kind.is_symlink() && linked().as_ref().map_or(true, Metadata::is_file)
        };
        named_so && !is_hidden(&self.name) && is_file()
    }
}

/// The folders in a folder, sorted by name; hidden ones are none, and links to folders only if they are
/// followed.
pub fn folders(root: &Path, follow_links: bool) -> Result<Vec<PathBuf>, DataError> {
    let mut folders = Vec::new();
    for entry in entries(root)? {
        let path = root.join(&entry.name);
        let is_folder = || match follow_links {
            true => Ok(fs::metadata(&path).map_err(unreadable(&path))?.is_dir()),
            false => Ok(entry.kind.is_dir()),
        };
        if !is_hidden(&entry.name) && is_folder()? {
            folders.push(path);
        }
    }
    Ok(folders)
}

/// The paths of the samples in a class folder, sorted by name, and how many other entries there
/// are.
pub fn samples(folder: &Path) -> Result<(Vec<PathBuf>, usize), DataError> {
    let entries = entries(folder)?;
    let listed = entries.len();
    let is_sample = |entry: &Entry| entry.is_sample(folder);
    let samples: Vec<_> = entries
        .into_iter()
        .filter(is_sample)
        .map(|entry| folder.join(entry.name))
        .collect();
    let ignored = listed - samples.len();
    Ok((samples, ignored))
}

/// What is in a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let entry = |entry: DirEntry| {
        Ok(Entry {
            kind: entry.file_type()?,
            name: entry.file_name(),
        })
    };
    let list = || {
        fs::read_dir(folder)?
            .map(|found| entry(found?))
            .collect::<io::Result<Vec<_>>>()
    };
    let mut entries = list().map_err(unreadable(folder))?;
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

pub fn unreadable(path: &Path) -> impl Fn(io::Error) -> DataError {
    move |reason| DataError::Read {
        path: path.into(),
        reason,
    }
}

pub fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
