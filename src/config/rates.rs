//! The rates that may change while a network learns.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ConfigError, ExperimentConfig};

/// What steers a training without changing what it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Above 0.
    pub learning_rate: f64,
    /// At least 0.
    pub weight_decay: f64,
    /// At least 0, below 1.
    pub dropout_rate: f64,
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, decay, dropout) = (self.learning_rate, self.weight_decay, self.dropout_rate);
        write!(
            f,
            "learning rate {rate}, weight decay {decay}, dropout rate {dropout}"
        )
    }
}

impl ExperimentConfig {
    pub fn rates(&self) -> Rates {
        Rates {
            learning_rate: self.optimizer.learning_rate,
            weight_decay: self.optimizer.weight_decay,
            dropout_rate: self.model.dropout_rate,
        }
    }

    /// The experiment with other rates.
    ///
    /// # Errors
    /// One is out of its range.
    pub fn with_rates(&self, rates: Rates) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        config.optimizer.learning_rate = rates.learning_rate;
        config.optimizer.weight_decay = rates.weight_decay;
        config.model.dropout_rate = rates.dropout_rate;
        config.optimizer.validate()?;
        config.model.validate()?;
        Ok(config)
    }
}
