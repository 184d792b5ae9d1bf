//! Runs on disk: the folder that each run writes, and what can be read of it at any moment.
//!
//! ```text
//! runs/<time>-<id>/
//!     config.toml          all options of the run: `--config` repeats it
//!     summary.json         who, where, how far, with which result; replaced as a whole
//!     metrics.jsonl        a line an epoch, one every some minibatches, and one whenever a person changes
//!                          the rates; append-only, as are
//!     confusion.jsonl      a line per evaluated partition
//!     pictures.jsonl       a line per file in pictures/: tracked units, samples
//!     checkpoints/         epoch-00012.safetensors: all that resuming needs
//!     model.safetensors    the trained model, when the run has ended
//!     tensorboard/         event files
//!     report.html          the run for people
//! ```
//!
//! A file is either replaced as a whole or grows by whole lines, so that whatever is there when the program
//! is killed can be read: a last line without its line feed is none.

pub mod checkpoint;
pub mod checkpoints;
mod lines;
mod metrics;
mod network;
mod record;
mod recorder;
mod summary;

pub use checkpoint::{Checkpoint, read_tensors};
pub use lines::{Lines, read_lines};
pub use metrics::{
    ConfusionLine, EpochLine, Figures, MetricsLine, MinibatchLine, PictureLine, RatesLine,
};
pub use network::{Network, TrainedLayer};
pub use record::{
    CHECKPOINTS, CONFIG, CONFUSION, METRICS, MODEL, PICTURES, REPORT, RunRecord, SUMMARY,
    TENSORBOARD, config_of,
};
pub use recorder::RunRecorder;
pub use summary::{PartitionSizes, Status, Summary};

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What can be wrong with a run's folder.
#[derive(Debug, Error)]
pub enum RunError {
    #[error("{}: cannot {doing}: {cause}", .path.display())]
    Io {
        path: PathBuf,
        /// As an infinitive: "read it".
        doing: &'static str,
        /// What the system said: told once, so not as the error's source as well.
        cause: io::Error,
    },
    #[error("{}: no folder of a run: it has no {missing}; runs lie below --runs-path", .path.display())]
    NotARun {
        path: PathBuf,
        missing: &'static str,
    },
    #[error("{}, line {line}: {message}; remove the line, or the run's folder", .path.display())]
    BadLine {
        path: PathBuf,
        /// From 1.
        line: usize,
        message: String,
    },
    #[error("{}: {message}", .path.display())]
    BadFile { path: PathBuf, message: String },
}

impl RunError {
    /// Makes the error of a failed access; `doing` is an infinitive.
    pub fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { path, doing, cause }
    }
}

/// Makes a folder inside that of a run, if it is not there yet, and returns its path. The run's own is not made: one
/// that somebody has removed is missed, not begun anew without its other files.
///
/// # Errors
/// The run's folder is gone, or cannot be written to.
pub fn make_inside(run: &Path, inner: &Path) -> Result<PathBuf, RunError> {
    let mut folder = run.to_owned();
    for part in inner.components() {
        folder.push(part);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(RunError::io(&folder, "make it")(error));
            }
            _ => {}
        }
    }
    Ok(folder)
}

/// Replaces a file as a whole: whoever reads it sees the old contents or the new ones, also after a power
/// failure.
///
/// # Errors
/// The folder cannot be written to, or the disk is full; the old file is still there then.
pub fn replace_file(path: &Path, contents: &[u8]) -> Result<(), RunError> {
    replace_file_by(path, |file| file.write_all(contents))
}

/// As [`replace_file`], for contents that are written piece by piece.
///
/// # Errors
/// Those of [`replace_file`].
pub fn replace_file_by(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), RunError> {
    let error = || RunError::io(path, "write it");
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut unfinished = tempfile::Builder::new();
    unfinished.prefix(".unfinished-");
    // As any new file is: only the umask takes from it.
    #[cfg(unix)]
    unfinished.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = unfinished.tempfile_in(folder).map_err(error())?;
    let mut buffered = BufWriter::new(file.as_file());
    write(&mut buffered)
        .and_then(|()| buffered.flush())
        .map_err(error())?;
    drop(buffered);
    file.as_file().sync_all().map_err(error())?;
    file.persist(path).map_err(|failed| error()(failed.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_inside_a_run_but_not_the_run_itself() {
        let runs = tempfile::tempdir().unwrap();
        let run = runs.path().join("run");
        let inner = Path::new("pictures/samples");
        let error = make_inside(&run, inner).unwrap_err().to_string();
        assert!(error.contains("run/pictures: cannot make it"), "{error}");
        assert!(!run.exists());
        fs::create_dir(&run).unwrap();
        for _ in 0..2 {
            assert_eq!(make_inside(&run, inner).unwrap(), run.join(inner));
            assert!(run.join(inner).is_dir());
        }
    }
}
