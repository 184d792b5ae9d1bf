//! From `--dataset` to a folder that exists, or to an error that helps to find it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::DataError;

/// At most this many data sets are listed in an error.
const LISTED: usize = 20;

/// The folder of the data set: `<datasets_path>/<dataset>` if that exists, else `dataset` itself as
/// a path.
///
/// # Errors
/// If neither exists, with the data sets that do and the one most like it; if it is a file; if it is empty.
pub fn locate(dataset: &str, datasets_path: &Path) -> Result<PathBuf, DataError> {
    let named = datasets_path.join(dataset);
    let direct = PathBuf::from(dataset);
    if dataset.is_empty() {
        return Err(DataError::NoName {
            hint: hint(dataset, datasets_path),
        });
    }
    for path in [&named, &direct] {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Ok(path.clone()),
            Ok(_) => return Err(DataError::NotAFolder(path.clone())),
            Err(_) => {}
        }
    }
    Err(DataError::NotFound {
        hint: hint(dataset, datasets_path),
        dataset: dataset.into(),
        named,
        direct,
    })
}

/// The names of the data sets in a folder, sorted: all folders but hidden ones.
///
/// # Errors
/// The folder cannot be read.
pub fn names(datasets_path: &Path) -> io::Result<Vec<String>> {
    let folders = fs::read_dir(datasets_path)?
        .flatten()
        .filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    Ok(names)
}

/// What to try instead: a name close to it, and what there is.
fn hint(dataset: &str, datasets_path: &Path) -> String {
    let place = datasets_path.display();
    let mut names = match names(datasets_path) {
        Err(reason) => {
            return format!(
                "The folder of data sets, {place}, cannot be read ({reason}); name another by --datasets-path"
            );
        }
        Ok(names) => names,
    };
    let likeness =
        |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &dataset.to_lowercase());
    let nearest = names
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let suggestion = match nearest {
        Some(name) if likeness(name) > 0.8 => format!("Did you mean `{name}`? "),
        _ => String::new(),
    };
    let more = if names.len() > LISTED { ", ..." } else { "" };
    names.truncate(LISTED);
    if names.is_empty() {
        format!("{place} holds no data set; name another folder by --datasets-path")
    } else {
        format!("{suggestion}{place} holds: {}{more}", names.join(", "))
    }
}
