//! All that defines a run: what is trained, on what, how, and where.
//!
//! Plain values without files, clocks or a command line: the command line fills them, every run
//! saves them, a browser may build them directly. [`ExperimentConfig::validate`] holds the ranges;
//! its messages name the option that a person would change.

mod cache;
mod checkpoints;
mod data;
mod model;
pub(crate) mod names;
mod optimizer;
mod places;
mod rates;
mod replicas;
mod session;
mod shard;
mod training;

pub use cache::CacheChoice;
pub use checkpoints::{CheckpointConfig, Keep};
pub use data::{
    Augmentation, DataConfig, DataLoader, OnBadImage, Preprocessing, SampleFilter, Shares, Size,
};
pub use model::{Activation, BatchNormEval, Initializer, ModelConfig, ModelKind};
pub use optimizer::{OptimizerConfig, OptimizerKind};
pub use places::{Replicas, RunsPath};
pub use rates::Rates;
pub use replicas::replicas;
pub use session::{DeviceChoice, KernelChoice, MOST_RUNS, SessionConfig};
pub use shard::Shard;
pub use training::{
    Accuracy, CheckAction, EarlyStopping, GradientChecks, Loss, TrackLayer, TrainingConfig,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest id of a run, in bytes.
const MOST_ID_BYTES: usize = 100;

/// One experiment: a model, the data it learns from, and the way it is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExperimentConfig {
    /// Names the experiment in every output; unique within a session.
    pub exp_id: String,
    pub data: DataConfig,
    pub model: ModelConfig,
    pub optimizer: OptimizerConfig,
    pub training: TrainingConfig,
    pub checkpoints: CheckpointConfig,
}

impl Default for ExperimentConfig {
    fn default() -> Self {
        Self {
            exp_id: "main".to_owned(),
            data: DataConfig::default(),
            model: ModelConfig::default(),
            optimizer: OptimizerConfig::default(),
            training: TrainingConfig::default(),
            checkpoints: CheckpointConfig::default(),
        }
    }
}

impl ExperimentConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        // The ids of runs become part of file names.
        let nameable = !self.exp_id.trim().is_empty()
            && self.longest_run_id() <= MOST_ID_BYTES
            && !matches!(self.exp_id.as_str(), "." | "..")
            && !self
                .exp_id
                .contains(|c: char| matches!(c, '/' | '\\' | ':') || c.is_control());
        require(
            nameable,
            "exp-id",
            &self.exp_id,
            &format!(
                "a name without slashes, colons and control characters, of 1 to {MOST_ID_BYTES} bytes \
                 with its _1, _2, ..."
            ),
        )?;
        self.data.validate()?;
        self.model.validate()?;
        self.optimizer.validate()?;
        self.training.validate()?;
        self.checkpoints.validate()
    }

    /// In bytes.
    fn longest_run_id(&self) -> usize {
        let last = self.training.training_times.saturating_sub(1);
        let suffix = last
            .checked_ilog10()
            .map_or(0, |log| "_".len() + 1 + log as usize);
        self.exp_id.len() + suffix
    }

    /// The ids of the experiment's runs, one per `--training-times`: `main`, `main_1`, `main_2`...
    /// Run k trains with the seed `model.seed + k`.
    pub fn run_ids(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.training.training_times).map(|run| match run {
            0 => self.exp_id.clone(),
            _ => format!("{}_{run}", self.exp_id),
        })
    }
}

/// A value out of its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("--{option}={found}: expected {expected}")]
pub struct ConfigError {
    /// The option to change, without dashes.
    pub option: &'static str,
    /// Its value, as text.
    pub found: String,
    /// What the value must be.
    pub expected: String,
}

/// A text that does not read as a value of its type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}")]
pub struct InvalidText {
    expected: String,
}

impl InvalidText {
    /// Of a text that should have been `expected`.
    pub fn new(expected: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
        }
    }

    /// What should have been there.
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

/// Fails, naming the option, unless its value is `fine`.
fn require(
    fine: bool,
    option: &'static str,
    found: impl ToString,
    expected: &str,
) -> Result<(), ConfigError> {
    if fine {
        return Ok(());
    }
    Err(ConfigError {
        option,
        found: found.to_string(),
        expected: expected.to_owned(),
    })
}
