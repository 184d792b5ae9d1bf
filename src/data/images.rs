//! Images that are no data set: files and folders as a person names them.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::decode::{Decoder, Failure};
use super::{DataError, folder};
use crate::config::Preprocessing;

/// An image, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub path: PathBuf,
    /// The names of the folders that it lies in: of a file that was named itself, the one; of others, from the
    /// named folder on down.
    pub folders: Vec<String>,
}

impl Listed {
    /// The class that the innermost folder with a class's name stands for.
    pub fn label(&self, classes: &[String]) -> Option<usize> {
        let mut innermost = self.folders.iter().rev();
        innermost.find_map(|folder| classes.iter().position(|class| class == folder))
    }
}

/// Lists images: files as they are given, whatever their names; of folders, all files that are named as
/// images, in the folders inside them too, in the order of their names. What is hidden is left out. Links to
/// folders are followed where the named folder holds them, as those of classes may be, and nowhere else: one that
/// leads back up cannot loop.
///
/// # Errors
/// A path that does not exist or cannot be read, or a folder without an image.
pub fn list(paths: &[PathBuf]) -> Result<Vec<Listed>, DataError> {
    let mut images = Vec::new();
    for path in paths {
        let about = fs::metadata(path).map_err(folder::unreadable(path))?;
        if !about.is_dir() {
            let parent = path.parent().map(folder::name);
            images.push(Listed {
                path: path.clone(),
                folders: parent.into_iter().collect(),
            });
            continue;
        }
        let before = images.len();
        // `.` and `..` have no names of their own.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        descend(path, &mut vec![folder::name(&real)], &mut images)?;
        if images.len() == before {
            return Err(DataError::NoImages {
                path: path.clone(),
                extensions: folder::EXTENSIONS.join(", "),
            });
        }
    }
    Ok(images)
}

fn descend(
    path: &Path,
    folders: &mut Vec<String>,
    images: &mut Vec<Listed>,
) -> Result<(), DataError> {
    let (samples, _) = folder::samples(path)?;
    images.extend(samples.into_iter().map(|path| Listed {
        path,
        folders: folders.clone(),
    }));
    let follow_links = folders.len() == 1;
    for inner in folder::folders(path, follow_links)? {
        folders.push(folder::name(&inner));
        descend(&inner, folders, images)?;
        folders.pop();
    }
    Ok(())
}

/// Decodes and preprocesses images into `samples`, `[images, features]`, on all cores. `stages` make
/// `features` of three channels.
///
/// # Errors
/// The first image, in order, that does not decode.
pub fn read_into(
    images: &[Listed],
    stages: &Preprocessing,
    samples: &mut [f32],
) -> Result<(), DataError> {
    let features = samples.len() / images.len().max(1);
    if features == 0 {
        return Ok(());
    }
    let rows = samples.par_chunks_exact_mut(features).zip(images);
    let failures = rows.map_init(Decoder::default, |decoder, (sample, image)| {
        decoder.read_into(&image.path, stages, sample).err()
    });
    let failures: Vec<_> = failures.collect();
    let failed = failures.into_iter().zip(images);
    let mut failed = failed.filter_map(|(failure, image)| Some((failure?, image.path.clone())));
    match failed.next() {
        None => Ok(()),
        Some((Failure::Unreadable(reason) | Failure::NoImage(reason), path)) => {
            Err(DataError::NotAnImage { path, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_folder_that_is_a_class_labels_an_image() {
        let classes = ["red", "dark"].map(str::to_owned);
        let label = |folders: &[&str]| {
            let folders = folders.iter().map(|name| (*name).to_owned()).collect();
            let path = PathBuf::new();
            Listed { path, folders }.label(&classes)
        };
        assert_eq!(label(&["test", "red"]), Some(0));
        assert_eq!(label(&["red", "dark"]), Some(1));
        assert_eq!(label(&["red", "others"]), Some(0));
        assert_eq!(label(&["Red"]), None);
    }

    #[test]
    fn folders_are_listed_down_to_the_last_and_links_that_lead_back_up_end() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("b/c");
        fs::create_dir_all(&inner).unwrap();
        for file in ["z.png", "a.txt", ".hidden.png", "b/y.jpg", "b/c/x.PNG"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        let listed = list(&[root.path().to_owned()]).unwrap();
        let names: Vec<_> = listed
            .iter()
            .map(|image| folder::name(&image.path))
            .collect();
        assert_eq!(names, ["z.png", "y.jpg", "x.PNG"]);
        assert_eq!(listed[2].folders[1..], ["b", "c"]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.path(), inner.join("up")).unwrap();
            assert_eq!(list(&[root.path().to_owned()]).unwrap().len(), 3);
            std::os::unix::fs::symlink(root.path(), root.path().join("up")).unwrap();
            assert_eq!(list(&[root.path().to_owned()]).unwrap().len(), 6);
        }
        fs::remove_file(root.path().join("z.png")).unwrap();
        let error = list(&[root.path().join("z.png")]).unwrap_err().to_string();
        assert!(error.contains("z.png"), "{error}");
    }

    #[test]
    fn a_folder_without_an_image_is_an_error_that_names_it() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("notes.txt"), "").unwrap();
        let error = list(&[root.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains(&*root.path().to_string_lossy()), "{error}");
        assert!(error.contains("no image"), "{error}");
    }
}
