//! What listens to a run.

use crate::config::ExperimentConfig;
use crate::runs::{PartitionSizes, Status};
use crate::train::TrainingEvent;

/// Hears what happens in one run. No listener knows the trainer, or another listener.
pub trait Listener {
    /// Takes an event; `seconds` of training and evaluation have gone by since the run began, over all its
    /// sessions.
    ///
    /// # Errors
    /// It cannot do its work: a full disk, a closed pipe. The run ends then.
    fn hear(&mut self, event: &TrainingEvent, seconds: f64) -> anyhow::Result<()>;

    /// The run is over.
    ///
    /// # Errors
    /// As [`hear`](Self::hear).
    fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()>;
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub status: Status,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// What a listener may want to know of a run before its first event.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// Unique in the session.
    pub id: String,
    pub config: ExperimentConfig,
    /// What it trains on.
    pub device: String,
    pub classes: Vec<String>,
    /// Width, height and channels of a sample.
    pub picture: [u32; 3],
    pub samples: PartitionSizes,
    /// Numbers that the optimizer trains.
    pub parameters: usize,
}
