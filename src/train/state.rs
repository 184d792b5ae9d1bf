//! All that a training needs to go on later as if it had never stopped.

use super::events::Score;

/// A tensor of a model or an optimizer, on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedTensor {
    /// Such as `L0_Dense_W`.
    pub name: String,
    /// Rows, columns.
    pub shape: [usize; 2],
    /// Row-major.
    pub values: Vec<f32>,
}

/// A training between two steps. Its random numbers follow from the seeds of the configuration and from how
/// far it is, so that they need no saving.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingState {
    /// The last finished epoch.
    pub epoch: Option<u32>,
    /// Of the last finished epoch.
    pub training: Score,
    /// What is done of the epoch after it, if it has begun.
    pub begun: Option<BegunEpoch>,
    pub parameters: Vec<SavedTensor>,
    /// Running statistics.
    pub running: Vec<SavedTensor>,
    /// What the optimizer remembers.
    pub optimizer: Vec<SavedTensor>,
    pub early_stopping: EarlyStoppingState,
    /// Kinds of instability that were told already.
    pub told: [bool; 2],
}

impl TrainingState {
    /// Of a model that has not been trained yet, or whose training nobody goes on with.
    pub fn of_model(parameters: Vec<SavedTensor>, running: Vec<SavedTensor>) -> Self {
        Self {
            epoch: None,
            training: Score::default(),
            begun: None,
            parameters,
            running,
            optimizer: Vec::new(),
            early_stopping: EarlyStoppingState::default(),
            told: [false; 2],
        }
    }
}

/// An epoch of which some steps are done.
#[derive(Debug, Clone, PartialEq)]
pub struct BegunEpoch {
    pub steps: usize,
    /// `[steps, 4]`: the figures of its minibatches.
    pub metrics: Vec<f64>,
    /// Samples that the instability checks have found.
    pub found: [u32; 2],
}

/// How patient early stopping still is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStoppingState {
    /// The lowest dev cost so far; infinite before the first.
    pub lowest: f64,
    /// Its epoch.
    pub best_epoch: Option<u32>,
    /// Epochs since then.
    pub since: u32,
}

impl Default for EarlyStoppingState {
    fn default() -> Self {
        Self {
            lowest: f64::INFINITY,
            best_epoch: None,
            since: 0,
        }
    }
}

/// A tensor that does not fit the model it is meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error(
        "{name} is {} x {} there, and {} x {} in this model: its options differ \
         (--model, --layers, --resize, --grayscale, the number of classes)",
        .found[0], .found[1], .expected[0], .expected[1]
    )]
    Shape {
        name: String,
        found: [usize; 2],
        expected: [usize; 2],
    },
    #[error(
        "it has no {name}, which this model has: its options differ (--model, --layers, --batch-norm, --optimizer)"
    )]
    Missing { name: String },
}
