//! A run that goes on from its last checkpoint.

use std::path::Path;

use anyhow::{Context, bail};

use crate::report::{RunInfo, say};
use crate::runs::{Checkpoint, RunRecord, RunRecorder, checkpoints};
use crate::train::Trainer;

/// Takes a run up where its last checkpoint left it.
///
/// # Errors
/// Its files cannot be read, or are of another data set or model.
pub fn resume(
    folder: &Path,
    trainer: &mut Trainer,
    info: &RunInfo,
) -> anyhow::Result<(RunRecorder, f64)> {
    let error = || format!("--resume={}", folder.display());
    let before = RunRecord::read(folder).with_context(error)?;
    let Some(path) = checkpoints::newest(folder) else {
        if before.summary.epochs_done > 0
            && !before.epochs.is_empty()
            && info.config.checkpoints.every == 0
        {
            bail!(
                "{}: the run has no checkpoints; runs with --checkpoint-every have some",
                error()
            );
        }
        say!("The run has no checkpoint yet: it begins anew.");
        return Ok((RunRecorder::resume(&before, None, info.clone())?, 0.0));
    };
    let checkpoint = Checkpoint::read(&path)?;
    let fits = checkpoint.classes == info.classes && checkpoint.picture == info.picture;
    if !fits {
        bail!(
            "{}: its data set has changed: it had {} classes and samples of {:?}, now {} and {:?}",
            error(),
            checkpoint.classes.len(),
            checkpoint.picture,
            info.classes.len(),
            info.picture
        );
    }
    if info.config.training.restore_best
        && let Some(best) = checkpoint.state.early_stopping.best_epoch
        && let Some(best) = checkpoints::of_epoch(folder, best)
    {
        trainer.remember_best(Checkpoint::read(&best)?.state);
    }
    let state = checkpoint.state.as_ref().clone();
    let resumed = trainer.resume(state);
    resumed.with_context(|| path.display().to_string())?;
    let at = match &checkpoint.state.begun {
        Some(begun) => format!(
            "after step {} of epoch {}",
            begun.steps,
            checkpoint.state.epoch.map_or(0, |epoch| epoch + 1)
        ),
        None => format!(
            "after epoch {}",
            checkpoint
                .state
                .epoch
                .map_or("0".to_owned(), |epoch| epoch.to_string())
        ),
    };
    say!("Resumed {at}, from {}", path.display());
    let recorder = RunRecorder::resume(&before, Some(&checkpoint), info.clone())?;
    Ok((recorder, checkpoint.seconds))
}
