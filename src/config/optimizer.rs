//! How gradients change parameters.

use serde::{Deserialize, Serialize};

use super::names::named_enum;
use super::{ConfigError, require};

/// The update rule and its rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    pub kind: OptimizerKind,
    pub learning_rate: f64,
    /// Of ExponentialDecay, per epoch.
    pub decay: f64,
    /// Factor of the L2 term.
    pub weight_decay: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::default(),
            learning_rate: 0.001,
            decay: 0.9,
            weight_decay: 0.0,
        }
    }
}

impl OptimizerConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        require(
            self.learning_rate.is_finite() && self.learning_rate > 0.0,
            "learning-rate",
            self.learning_rate,
            "a number above 0, usually 0.0001 to 0.1",
        )?;
        require(
            self.decay.is_finite() && self.decay >= 0.0,
            "decay",
            self.decay,
            "a number of 0 or more",
        )?;
        require(
            self.weight_decay.is_finite() && self.weight_decay >= 0.0,
            "weight-decay",
            self.weight_decay,
            "a number of 0 or more",
        )
    }
}

named_enum! {
    /// The update rule.
    OptimizerKind {
        /// Adam with betas 0.9 and 0.999, epsilon 1e-8 and bias correction.
        #[default]
        Adam = "Adam" | "AdamTorch",
        /// Plain gradient descent.
        Constant = "Constant",
        /// Gradient descent at `learning_rate * exp(-decay * epoch)`.
        ExponentialDecay = "ExponentialDecay",
    }
}
