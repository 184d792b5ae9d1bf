//! The checkpoints of a run: written, and thrown away when better or newer ones are there.

use std::fs;
use std::path::{Path, PathBuf};

use super::{CHECKPOINTS, Checkpoint, MODEL, RunError, make_inside};
use crate::config::Keep;

/// The file that an interruption leaves.
const INTERRUPTED: &str = "interrupted.safetensors";

/// Why a checkpoint is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// It is one of those that `--checkpoint-every` asks for.
    pub due: bool,
    /// Its dev cost is the lowest so far.
    pub best: bool,
}

/// A run's folder of checkpoints.
#[derive(Debug)]
pub struct Checkpoints {
    run: PathBuf,
    folder: PathBuf,
    keep: Keep,
    /// The epochs of those that are there for being due, and for being the best.
    due: Vec<u32>,
    best: Vec<u32>,
}

impl Checkpoints {
    /// Those of a run; what is there already counts as due.
    pub fn new(run: &Path, keep: Keep) -> Self {
        let folder = run.join(CHECKPOINTS);
        let due = epochs(&folder);
        Self {
            run: run.to_owned(),
            folder,
            keep,
            due,
            best: Vec::new(),
        }
    }

    /// Writes a checkpoint after an epoch, then removes what is no longer kept.
    ///
    /// # Errors
    /// It cannot be written; all older ones are still there then.
    pub fn write(&mut self, checkpoint: &Checkpoint, kept: Kept) -> Result<(), RunError> {
        let Some(epoch) = checkpoint.state.epoch else {
            return Ok(());
        };
        if !(kept.due || kept.best && self.keep.best > 0) {
            return Ok(());
        }
        make_inside(&self.run, Path::new(CHECKPOINTS))?;
        checkpoint.write(&self.path(epoch))?;
        for (list, is_one) in [(&mut self.due, kept.due), (&mut self.best, kept.best)] {
            list.retain(|other| *other != epoch);
            if is_one {
                list.push(epoch);
            }
        }
        // Each new best is better than those before it.
        for (list, most) in [(true, self.keep.last), (false, self.keep.best)] {
            let list = if list { &mut self.due } else { &mut self.best };
            list.drain(..list.len().saturating_sub(most));
        }
        for old in epochs(&self.folder) {
            if !self.due.contains(&old) && !self.best.contains(&old) {
                remove(&self.path(old))?;
            }
        }
        remove(&self.folder.join(INTERRUPTED))
    }

    /// Writes what resuming needs after an interruption.
    ///
    /// # Errors
    /// It cannot be written; all older ones are still there then.
    pub fn write_interrupted(&self, checkpoint: &Checkpoint) -> Result<(), RunError> {
        make_inside(&self.run, Path::new(CHECKPOINTS))?;
        checkpoint.write(&self.folder.join(INTERRUPTED))
    }

    fn path(&self, epoch: u32) -> PathBuf {
        self.folder.join(format!("epoch-{epoch:05}.safetensors"))
    }
}

/// The checkpoint from which a run goes on: what an interruption left, or the newest.
pub fn newest(run: &Path) -> Option<PathBuf> {
    let folder = run.join(CHECKPOINTS);
    let interrupted = folder.join(INTERRUPTED);
    if interrupted.is_file() {
        return Some(interrupted);
    }
    let newest = epochs(&folder).into_iter().max()?;
    Some(folder.join(format!("epoch-{newest:05}.safetensors")))
}

/// The file of a model: the path itself, or, of a run's folder, the trained model, or else its newest checkpoint.
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
    newest(path).ok_or_else(|| RunError::NotARun {
        path: path.to_owned(),
        missing: "model.safetensors and no checkpoint",
    })
}

/// The checkpoint after an epoch, if it is still there.
pub fn of_epoch(run: &Path, epoch: u32) -> Option<PathBuf> {
    let path = run
        .join(CHECKPOINTS)
        .join(format!("epoch-{epoch:05}.safetensors"));
    path.is_file().then_some(path)
}

/// The epochs of the checkpoints of a folder, in order.
fn epochs(folder: &Path) -> Vec<u32> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let epoch = |name: &str| {
        let digits = name.strip_prefix("epoch-")?.strip_suffix(".safetensors")?;
        digits.parse().ok()
    };
    let mut epochs: Vec<u32> = files
        .filter_map(|file| epoch(file.file_name().to_str()?))
        .collect();
    epochs.sort_unstable();
    epochs
}

fn remove(path: &Path) -> Result<(), RunError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RunError::io(path, "remove it")(error))
        }
        _ => Ok(()),
    }
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
        let interrupted = folder.join(INTERRUPTED);
        fs::write(&interrupted, "").unwrap();
        assert_eq!(model_file(run.path()).unwrap(), interrupted);
        let model = run.path().join(MODEL);
        fs::write(&model, "").unwrap();
        assert_eq!(model_file(run.path()).unwrap(), model);
        assert_eq!(model_file(&newest).unwrap(), newest);
    }
}
