//! Which file holds the model of a run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::runs::{CHECKPOINTS, MODEL, RunError};

/// The file of a model: the path itself, or, of a run's folder, `model.safetensors`, or else its newest
/// checkpoint.
///
/// # Errors
/// The folder has neither, or cannot be read.
pub fn model_file(path: &Path) -> Result<PathBuf, RunError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let model = path.join(MODEL);
    if model.is_file() {
        return Ok(model);
    }
    let newest = checkpoints(path)?.pop();
    newest.ok_or_else(|| RunError::NotARun {
        path: path.to_owned(),
        missing: "model.safetensors and no checkpoint",
    })
}

/// The checkpoints in a run's folder, the newest last.
///
/// # Errors
/// The folder cannot be read; one that is not there has none.
pub fn checkpoints(run: &Path) -> Result<Vec<PathBuf>, RunError> {
    let folder = run.join(CHECKPOINTS);
    let error = || RunError::io(&folder, "list it");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(failed) => return Err(error()(failed)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(error())?.path();
        if let Some(epoch) = epoch_of(&path) {
            found.push((epoch, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The epoch of `epoch-00012.safetensors`.
fn epoch_of(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    let epoch = name.strip_prefix("epoch-")?.strip_suffix(".safetensors")?;
    epoch.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_its_model_or_else_its_newest_checkpoint() {
        let run = tempfile::tempdir().unwrap();
        let error = model_file(run.path()).unwrap_err().to_string();
        assert!(error.contains("no checkpoint"), "{error}");
        let folder = run.path().join(CHECKPOINTS);
        fs::create_dir(&folder).unwrap();
        for name in ["epoch-99999", "epoch-100000", "epoch-00002", "best"] {
            fs::write(folder.join(format!("{name}.safetensors")), "").unwrap();
        }
        fs::write(folder.join(".unfinished-1"), "").unwrap();
        let newest = folder.join("epoch-100000.safetensors");
        assert_eq!(model_file(run.path()).unwrap(), newest);
        assert_eq!(checkpoints(run.path()).unwrap().len(), 3);
        let model = run.path().join(MODEL);
        fs::write(&model, "").unwrap();
        assert_eq!(model_file(run.path()).unwrap(), model);
        assert_eq!(model_file(&newest).unwrap(), newest);
    }
}
