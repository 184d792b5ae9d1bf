//! A run as it lies on the disk, read back.

use std::path::{Path, PathBuf};

use super::{
    Checkpoint, ConfusionLine, EpochLine, MetricsLine, MinibatchLine, PictureLine, RatesLine,
    RunError, Summary, checkpoints, read_lines,
};
use crate::cli::config_file;
use crate::config::{ExperimentConfig, SessionConfig};

pub const CONFIG: &str = "config.toml";
pub const SUMMARY: &str = "summary.json";
pub const METRICS: &str = "metrics.jsonl";
pub const CONFUSION: &str = "confusion.jsonl";
pub const PICTURES: &str = "pictures.jsonl";
pub const CHECKPOINTS: &str = "checkpoints";
pub const MODEL: &str = "model.safetensors";
pub const TENSORBOARD: &str = "tensorboard";
pub const REPORT: &str = "report.html";

/// The session of one experiment that a run's folder is from; with the rates that were in force at its newest
/// checkpoint, if a person has changed them.
///
/// # Errors
/// It is no run's folder, or its configuration or newest checkpoint is damaged.
pub fn config_of(folder: &Path) -> Result<SessionConfig, RunError> {
    let path = folder.join(CONFIG);
    if !path.is_file() {
        return Err(RunError::NotARun {
            path: folder.to_owned(),
            missing: CONFIG,
        });
    }
    let mut session = config_file::read_run_session(&path)?;
    if let Some(newest) = checkpoints::newest(folder) {
        let rates = Checkpoint::read(&newest)?.config.rates();
        for experiment in &mut session.experiments {
            if let Ok(changed) = experiment.with_rates(rates) {
                *experiment = changed;
            }
        }
    }
    Ok(session)
}

/// All that a run's folder tells, but for its checkpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    pub folder: PathBuf,
    pub config: ExperimentConfig,
    pub summary: Summary,
    pub epochs: Vec<EpochLine>,
    pub minibatches: Vec<MinibatchLine>,
    /// What a person has changed while it trained.
    pub rates: Vec<RatesLine>,
    pub confusions: Vec<ConfusionLine>,
    pub pictures: Vec<PictureLine>,
}

impl RunRecord {
    /// Reads a run's folder, also one that is still written to.
    ///
    /// # Errors
    /// It is no run's folder, or a file in it is damaged.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let (config, summary) = (folder.join(CONFIG), folder.join(SUMMARY));
        for (file, missing) in [(&config, CONFIG), (&summary, SUMMARY)] {
            if !file.is_file() {
                let path = folder.to_owned();
                return Err(RunError::NotARun { path, missing });
            }
        }
        let config = config_file::read_run(&config)?;
        let summary = Summary::read(folder)?;
        let (mut epochs, mut minibatches, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for line in read_lines(&folder.join(METRICS))? {
            match line {
                MetricsLine::Epoch(line) => epochs.push(line),
                MetricsLine::Minibatch(line) => minibatches.push(line),
                MetricsLine::Rates(line) => rates.push(line),
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            config,
            summary,
            epochs,
            minibatches,
            rates,
            confusions: read_lines(&folder.join(CONFUSION))?,
            pictures: read_lines(&folder.join(PICTURES))?,
        })
    }
}
