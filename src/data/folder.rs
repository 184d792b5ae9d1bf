//! A data set of one folder per class: its listing, and the decoding of its files on all cores.

use std::{
    fs::{self, DirEntry, FileType, Metadata},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::{
    BadImage, ClassIndex, DataError, decode, load::Progress, preprocess::preprocess, rows::Row,
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
        let mut folders = Vec::new();
        for entry in entries(root)? {
            if !is_hidden(&entry.path) && entry.metadata_is(Metadata::is_dir)? {
                folders.push(entry.path);
            }
        }
        let mut folder = Folder {
            classes: vec![],
            files: vec![],
            labels: vec![],
            ignored: 0,
        };
        for (class, path) in (0..).map(ClassIndex).zip(&folders) {
            let (samples, others): (Vec<_>, Vec<_>) =
                entries(path)?.into_iter().partition(Entry::is_sample);
            if samples.is_empty() {
                let (ignored, extensions) = (others.len(), EXTENSIONS.join(", "));
                return Err(DataError::EmptyClass {
                    path: path.clone(),
                    ignored,
                    extensions,
                });
            }
            folder.classes.push(name(path));
            folder
                .labels
                .resize(folder.labels.len() + samples.len(), class);
            folder
                .files
                .extend(samples.into_iter().map(|entry| entry.path));
            folder.ignored += others.len();
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
    ) -> Result<Vec<(u32, BadImage)>, DataError> {
        let total = rows.len();
        let done = AtomicUsize::new(0);
        // Files after the first bad one need not be decoded any more; those before it do, one of
        // them may be bad.
        let first_bad = AtomicU32::new(u32::MAX);
        let decode_into = |row: Row<'_>| {
            let path = self.files.get(row.sample as usize)?;
            if row.sample > first_bad.load(Ordering::Relaxed) {
                return None;
            }
            let failure = match decode::picture_of(path) {
                Ok(picture) => {
                    let sample = preprocess(picture, stages);
                    row.values.copy_from_slice(sample.values());
                    None
                }
                Err(reason) => {
                    if on_bad_image == OnBadImage::Fail {
                        first_bad.fetch_min(row.sample, Ordering::Relaxed);
                    }
                    Some((
                        row.sample,
                        BadImage {
                            path: path.clone(),
                            reason,
                        },
                    ))
                }
            };
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            failure
        };
        let mut bad: Vec<_> = rows.into_par_iter().filter_map(decode_into).collect();
        bad.sort_unstable_by_key(|(sample, _)| *sample);
        match on_bad_image {
            OnBadImage::Fail if !bad.is_empty() => {
                let (_, BadImage { path, reason }) = bad.swap_remove(0);
                Err(DataError::BadImage { path, reason })
            }
            _ => Ok(bad),
        }
    }
}

/// What the listing of a folder tells of one entry; for most it saves asking for the metadata of
/// each file.
struct Entry {
    path: PathBuf,
    kind: FileType,
}

impl Entry {
    /// Whether it, or what it links to, is of a kind.
    fn metadata_is(&self, kind: impl Fn(&Metadata) -> bool) -> Result<bool, DataError> {
        fs::metadata(&self.path)
            .map(|metadata| kind(&metadata))
            .map_err(unreadable(&self.path))
    }

    fn is_sample(&self) -> bool {
        let extension = self
            .path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let named_so = EXTENSIONS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension));
        // A link to nowhere counts, so that reading it tells what is wrong.
        let is_file = || {
            self.kind.is_file()
                || self.kind.is_symlink() && self.metadata_is(Metadata::is_file).unwrap_or(true)
        };
        named_so && !is_hidden(&self.path) && is_file()
    }
}

/// What is in a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let entry = |entry: DirEntry| {
        Ok(Entry {
            kind: entry.file_type()?,
            path: entry.path(),
        })
    };
    let list = || {
        fs::read_dir(folder)?
            .map(|found| entry(found?))
            .collect::<io::Result<Vec<_>>>()
    };
    let mut entries = list().map_err(unreadable(folder))?;
    entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> DataError {
    move |reason| DataError::Read {
        path: path.into(),
        reason,
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
