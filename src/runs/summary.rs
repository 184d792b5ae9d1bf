//! A run in a few words.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Figures, RunError, SUMMARY};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// At work, or killed: `--resume` goes on from its last checkpoint.
    Running,
    /// All epochs are done.
    Finished,
    /// Early stopping ended it.
    StoppedEarly,
    /// A person ended it.
    Interrupted,
    /// An error ended it.
    Failed,
}

impl Status {
    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::StoppedEarly => "stopped early",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// Samples of each partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionSizes {
    pub training: usize,
    pub dev: usize,
    pub test: usize,
}

/// `summary.json`: what a table of runs shows of one. Written when the run begins and when it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The experiment's id, with `_<k>` for its k-th repetition.
    pub run_id: String,
    pub status: Status,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Of this program.
    pub version: String,
    pub device: String,
    /// When it began: UTC, RFC 3339.
    pub started: String,
    /// Of training and evaluation, over all sessions.
    pub seconds: f64,
    pub classes: Vec<String>,
    /// Width, height and channels of a sample.
    pub picture: [u32; 3],
    pub samples: PartitionSizes,
    /// Numbers that the optimizer trains.
    pub parameters: usize,
    pub epochs_done: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Figures>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<Figures>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Figures>,
    /// The epoch in which the patience of early stopping first ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stop_epoch: Option<u32>,
    /// The epoch of the lowest dev cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_epoch: Option<u32>,
}

impl Summary {
    /// Reads that of a run's folder.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn read(run: &Path) -> Result<Self, RunError> {
        let path = run.join(SUMMARY);
        let text = fs::read_to_string(&path).map_err(RunError::io(&path, "read it"))?;
        serde_json::from_str(&text).map_err(|error| RunError::BadFile {
            message: error.to_string(),
            path,
        })
    }

    /// 1 - training accuracy: what a larger model or longer training could gain.
    pub fn avoidable_bias(&self) -> Option<f64> {
        Some(1.0 - self.training?.accuracy)
    }

    /// Training accuracy - dev accuracy: what more data or regularisation could gain.
    pub fn variance(&self) -> Option<f64> {
        Some(self.training?.accuracy - self.dev?.accuracy)
    }
}
