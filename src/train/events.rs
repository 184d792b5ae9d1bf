//! What a training tells its listeners.

use std::ops::AddAssign;
use std::sync::Arc;

use super::state::TrainingState;
use crate::config::Rates;
use crate::program::Values;

/// Cost and accuracy over some samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    loss: f64,
    penalty: f64,
    right: f64,
    samples: f64,
}

impl Score {
    /// From a row of the metrics tensor: sum of the losses, L2 term, samples predicted right, samples.
    pub fn from_figures(figures: &[f64]) -> Self {
        let [loss, penalty, right, samples] = figures.try_into().unwrap_or_default();
        Self {
            loss,
            penalty: penalty * samples,
            right,
            samples,
        }
    }

    /// Mean cross-entropy plus the L2 term.
    pub fn cost(&self) -> f64 {
        (self.loss + self.penalty) / self.samples
    }

    /// Share of the samples whose largest output is the target, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.right / self.samples
    }

    pub fn samples(&self) -> usize {
        self.samples as usize
    }

    /// All it consists of, to be [restored](Self::from_sums).
    pub fn sums(&self) -> [f64; 4] {
        [self.loss, self.penalty, self.right, self.samples]
    }

    /// From the [`sums`](Self::sums) of another.
    pub fn from_sums([loss, penalty, right, samples]: [f64; 4]) -> Self {
        Self {
            loss,
            penalty,
            right,
            samples,
        }
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
        self.penalty += other.penalty;
        self.right += other.right;
        self.samples += other.samples;
    }
}

/// Counts of samples by label (row) and prediction (column).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfusionMatrix {
    pub classes: usize,
    /// `[classes, classes]`, row-major.
    pub counts: Vec<u32>,
}

impl ConfusionMatrix {
    pub fn count(&self, label: usize, predicted: usize) -> u32 {
        self.counts[label * self.classes + predicted]
    }
}

/// An evaluated partition.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    pub score: Score,
    pub confusion: ConfusionMatrix,
}

/// A tensor as it was when something went wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub name: String,
    /// Rows in use, columns.
    pub shape: [usize; 2],
    pub values: Values,
}

/// Samples of a minibatch, as the model saw them.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenSamples {
    /// `[samples, features]`, after augmentation.
    pub values: Vec<f32>,
    /// The class of each.
    pub labels: Vec<u32>,
    /// What each was taken for.
    pub predicted: Vec<u32>,
}

/// Units of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedUnits {
    /// The parameter's name.
    pub parameter: String,
    /// Units, and the numbers of each.
    pub shape: [usize; 2],
    /// Row-major.
    pub values: Vec<f32>,
}

/// Mean, spread and range of a tensor's elements that are in use.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorStatistics {
    pub name: String,
    /// Rows in use, columns.
    pub shape: [usize; 2],
    pub mean: f64,
    /// Standard deviation of the elements.
    pub deviation: f64,
    pub least: f64,
    pub most: f64,
}

impl TensorStatistics {
    /// Of a tensor on the host; of no elements, NaN.
    pub fn of(snapshot: &Snapshot) -> Self {
        let values = snapshot.values.real();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            name: snapshot.name.clone(),
            shape: snapshot.shape,
            mean,
            deviation: (squares / count).sqrt(),
            least: values.iter().copied().fold(f64::NAN, f64::min),
            most: values.iter().copied().fold(f64::NAN, f64::max),
        }
    }
}

/// Why a state is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedWhen {
    /// An epoch has finished.
    Epoch {
        /// It is one of those that are always saved.
        due: bool,
        /// Its dev cost is the lowest so far.
        best: bool,
    },
    /// Training was interrupted.
    Interrupted,
    /// A person asked for it, somewhere between two steps.
    Asked,
    /// Training is over; with `restore_best`, as it was in the best epoch.
    End,
}

/// What the instability check found in the samples of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instability {
    /// Samples whose loss or probabilities are NaN or infinite.
    NotFinite(u32),
    /// Samples with a probability of exactly 0 or 1.
    Saturated(u32),
}

impl std::fmt::Display for Instability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFinite(samples) => {
                write!(
                    f,
                    "NaN or infinity in the loss or probabilities of {samples} samples"
                )
            }
            Self::Saturated(samples) => {
                write!(f, "a softmax output of exactly 0 or 1 in {samples} samples")
            }
        }
    }
}

/// The result of a gradient check.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientReport {
    /// Largest relative distance found, and in which parameter.
    pub distance: f64,
    pub parameter: String,
    pub limit: f64,
    /// Elements compared.
    pub compared: usize,
}

impl GradientReport {
    pub fn passed(&self) -> bool {
        self.distance <= self.limit
    }
}

/// What happened in a training. Epochs and minibatches count from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainingEvent {
    MinibatchTrained {
        epoch: u32,
        minibatch: usize,
        score: Score,
        learning_rate: f64,
    },
    /// A step that was taken singly, told again at the end of its epoch.
    Stepped {
        epoch: u32,
        minibatch: usize,
        score: Score,
    },
    EpochFinished {
        epoch: u32,
        minibatches: usize,
        training: Score,
        dev: Option<Evaluation>,
        learning_rate: f64,
        /// The patience of early stopping ended here.
        early_stop: bool,
    },
    /// A whole minibatch, after its step.
    MinibatchSeen {
        epoch: u32,
        minibatch: usize,
        samples: SeenSamples,
    },
    /// Before the epoch's [`EpochFinished`](Self::EpochFinished).
    SamplesSeen { epoch: u32, samples: SeenSamples },
    /// Before the epoch's [`EpochFinished`](Self::EpochFinished).
    UnitsTracked { epoch: u32, units: TrackedUnits },
    /// Of the epoch's last minibatch, before its [`EpochFinished`](Self::EpochFinished).
    TensorsMeasured {
        epoch: u32,
        tensors: Vec<TensorStatistics>,
    },
    /// All that is needed to go on from here.
    Saved {
        when: SavedWhen,
        state: Arc<TrainingState>,
    },
    /// The last one of a training that was asked to stop.
    Interrupted {
        /// The epoch that is not finished.
        epoch: u32,
    },
    /// A person has changed the rates: they hold from this minibatch on.
    RatesChanged {
        epoch: u32,
        minibatch: usize,
        rates: Rates,
    },
    /// The dev cost has not fallen for as many epochs as the patience says.
    EarlyStop { epoch: u32, stops: bool },
    GradientsChecked {
        epoch: u32,
        report: GradientReport,
        /// With the action `debug`, where the check failed: the gradients.
        tensors: Vec<Snapshot>,
    },
    Unstable {
        epoch: u32,
        found: Instability,
        /// With the action `debug`: the tensors that show it.
        tensors: Vec<Snapshot>,
    },
    /// The last one: with the final evaluations, where there are such partitions.
    Finished {
        training: Score,
        dev: Option<Evaluation>,
        test: Option<Evaluation>,
    },
}
