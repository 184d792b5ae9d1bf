//! Which file holds the model of a run.

use std::path::{Path, PathBuf};

use crate::runs::{MODEL, RunError, checkpoints};

/// The file of a model: the path itself, or, of a run's folder, `model.safetensors`, or else its newest
/// checkpoint.
///
/// # Errors
/// The folder has neither.
pub fn model_file(path: &Path) -> Result<PathBuf, RunError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let model = path.join(MODEL);
    if model.is_file() {
        return Ok(model);
    }
    checkpoints::newest(path).ok_or_else(|| RunError::NotARun {
        path: path.to_owned(),
        missing: "model.safetensors and no checkpoint",
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::runs::CHECKPOINTS;

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
        let model = run.path().join(MODEL);
        fs::write(&model, "").unwrap();
        assert_eq!(model_file(run.path()).unwrap(), model);
        assert_eq!(model_file(&newest).unwrap(), newest);
    }
}
