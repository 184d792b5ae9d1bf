//! How long and under which watch a model trains.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::named_enum;
use super::{ConfigError, InvalidText, require};

/// The most repetitions of one experiment.
const MOST_TRAINING_TIMES: u32 = 1000;

/// The training loop, its checks and what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    pub epochs: u32,
    /// Samples per step; the last minibatch of an epoch may be smaller.
    pub max_minibatch_size: usize,
    pub loss: Loss,
    pub accuracy: Accuracy,
    /// Whether dev is evaluated each epoch.
    pub eval_dev: bool,
    pub early_stopping: EarlyStopping,
    /// Epochs without a lower dev cost before early stopping.
    pub early_stopping_patience: u32,
    /// Whether a run that early stopping ends takes the parameters of its best epoch.
    pub restore_best: bool,
    /// Minibatches from one that is noted to the next; 0 notes epochs only.
    pub metrics_every: u32,
    /// How many times the experiment is repeated, each time with the next model seed.
    pub training_times: u32,
    pub gradient_checks: GradientChecks,
    pub instability_checks: CheckAction,
    /// Parameters to draw as pictures.
    pub track_layers: Vec<TrackLayer>,
    /// Samples of the current minibatch to draw.
    pub display_samples: usize,
    /// Whether to write every minibatch's samples as PNG files.
    pub dump_minibatches: bool,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            max_minibatch_size: 5000,
            loss: Loss::default(),
            accuracy: Accuracy::default(),
            eval_dev: true,
            early_stopping: EarlyStopping::default(),
            early_stopping_patience: 10,
            restore_best: false,
            metrics_every: 100,
            training_times: 1,
            gradient_checks: GradientChecks::default(),
            instability_checks: CheckAction::Warning,
            track_layers: Vec::new(),
            display_samples: 0,
            dump_minibatches: false,
        }
    }
}

impl TrainingConfig {
    /// Checks every value against its range, and early stopping against what it watches.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let at_least_one = "a whole number of 1 or more";
        require(self.epochs >= 1, "nbr-epochs", self.epochs, at_least_one)?;
        require(
            self.max_minibatch_size >= 1,
            "max-minibatch-size",
            self.max_minibatch_size,
            at_least_one,
        )?;
        require(
            self.early_stopping_patience >= 1,
            "early-stopping-patience",
            self.early_stopping_patience,
            at_least_one,
        )?;
        require(
            self.early_stopping == EarlyStopping::Notify || self.eval_dev,
            "early-stopping",
            self.early_stopping,
            "notify where --eval-dev=false, since stopping watches the dev cost",
        )?;
        require(
            !self.restore_best || self.early_stopping == EarlyStopping::Stop,
            "early-stopping",
            self.early_stopping,
            "stop where --restore-best=true, since it is stopping that restores",
        )?;
        require(
            (1..=MOST_TRAINING_TIMES).contains(&self.training_times),
            "training-times",
            self.training_times,
            &format!("1 to {MOST_TRAINING_TIMES}"),
        )?;
        self.gradient_checks.validate()?;
        self.track_layers.iter().try_for_each(TrackLayer::validate)
    }
}

named_enum! {
    /// What training minimises.
    Loss {
        /// Mean cross-entropy of the softmax outputs, plus the L2 term.
        #[default]
        CrossEntropy = "CrossEntropy" | "CrossEntropyTorch",
    }
}

named_enum! {
    /// How well predictions fit.
    Accuracy {
        /// Share of samples whose largest output is the target.
        #[default]
        Classes = "Classes" | "ClassesNumo" | "ClassesTorch",
    }
}

named_enum! {
    /// What happens when the dev cost has not fallen for the patience.
    EarlyStopping {
        /// The epoch is notified and marked; training goes on.
        #[default]
        Notify = "notify",
        /// The run ends.
        Stop = "stop",
    }
}

named_enum! {
    /// What a failed check does.
    CheckAction {
        /// The check does not run.
        #[default]
        Off = "off",
        /// Prints a warning; training goes on.
        Warning = "warning",
        /// Ends the run with an error.
        Exception = "exception",
        /// Writes the tensors to files, prints their statistics and waits for a key.
        Debug = "debug" | "byebug",
    }
}

/// Comparison of computed gradients with numerical ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientChecks {
    pub action: CheckAction,
    /// Epochs from one check to the next.
    pub every: u32,
    /// Parameters checked per tensor.
    pub samples: u32,
}

impl Default for GradientChecks {
    fn default() -> Self {
        Self {
            action: CheckAction::Exception,
            every: 25,
            samples: 2,
        }
    }
}

impl GradientChecks {
    fn validate(&self) -> Result<(), ConfigError> {
        let expected = "a whole number of 1 or more; --gradient-checks=off turns the checks off";
        require(
            self.every >= 1,
            "gradient-checks-every",
            self.every,
            expected,
        )?;
        require(
            self.samples >= 1,
            "gradient-checks-samples",
            self.samples,
            expected,
        )
    }
}

/// A parameter to draw, one picture per unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackLayer {
    /// Its name, such as `L0_Dense_W`.
    pub parameter: String,
    /// How many of its units to draw.
    pub units: usize,
}

impl TrackLayer {
    const EXPECTED: &str = "a parameter's name and how many of its units to draw (1 or more), \
                            such as L0_Dense_W,10";

    fn validate(&self) -> Result<(), ConfigError> {
        require(
            !self.parameter.is_empty() && self.units >= 1,
            "track-layer",
            self,
            Self::EXPECTED,
        )
    }
}

impl fmt::Display for TrackLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.parameter, self.units)
    }
}

impl FromStr for TrackLayer {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.rsplit_once(',')
            .and_then(|(parameter, units)| {
                Some(Self {
                    parameter: parameter.trim().to_owned(),
                    units: units.trim().parse().ok()?,
                })
            })
            .ok_or_else(|| InvalidText::new(Self::EXPECTED))
    }
}
