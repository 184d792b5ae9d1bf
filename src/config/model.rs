//! What learns: the layers of a model and the values they start from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::names::named_enum;
use super::{ConfigError, require};

/// The most units of one hidden layer.
const MOST_UNITS: usize = 1 << 20;

/// The most hidden layers.
const MOST_LAYERS: usize = 1000;

/// A model's architecture and its initial parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    pub kind: ModelKind,
    /// Units of each hidden layer of NLayers, from the input on; empty = no hidden layer.
    pub layers: Vec<usize>,
    /// Of hidden layers.
    pub activation: Activation,
    /// Whether BatchNormalization follows each Dense layer; without it, Dense has a bias.
    pub batch_norm: bool,
    pub batch_norm_eval: BatchNormEval,
    pub initializer: Initializer,
    /// A file of parameters to start from instead.
    pub init_from: Option<PathBuf>,
    /// Share of units dropped while training, 0 <= rate < 1.
    pub dropout_rate: f64,
    /// Of initial parameters and dropout.
    pub seed: u64,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            kind: ModelKind::default(),
            layers: vec![100],
            activation: Activation::default(),
            batch_norm: true,
            batch_norm_eval: BatchNormEval::default(),
            initializer: Initializer::default(),
            init_from: None,
            dropout_rate: 0.0,
            seed: 0,
        }
    }
}

impl ModelConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let units: Vec<_> = self.layers.iter().map(ToString::to_string).collect();
        require(
            self.layers.len() <= MOST_LAYERS
                && self.layers.iter().all(|u| (1..=MOST_UNITS).contains(u)),
            "layers",
            units.join(","),
            &format!("up to {MOST_LAYERS} layers of 1 to {MOST_UNITS} units each"),
        )?;
        require(
            (0.0..1.0).contains(&self.dropout_rate),
            "dropout-rate",
            self.dropout_rate,
            "0 <= rate < 1 (a rate of 1 would drop every unit)",
        )
    }
}

named_enum! {
    /// The architecture.
    ModelKind {
        /// Dense with a bias, then softmax.
        #[default]
        OneLayer = "OneLayer",
        /// Hidden layers, then an output layer, each with batch normalization.
        NLayers = "NLayers" | "NLayersTorch",
    }
}

named_enum! {
    /// The nonlinearity of hidden layers.
    Activation {
        Relu = "relu",
        /// With a slope of 0.01 below zero.
        #[default]
        LeakyRelu = "leaky-relu",
        Tanh = "tanh",
        Sigmoid = "sigmoid",
    }
}

named_enum! {
    /// The statistics that batch normalization uses for evaluation.
    BatchNormEval {
        /// Those gathered over training.
        #[default]
        Running = "running",
        /// Those of the evaluated batch.
        Batch = "batch",
    }
}

named_enum! {
    /// How the weights of Dense layers start.
    Initializer {
        /// Normal, variance 2 / (inputs + units).
        #[default]
        GlorotNormal = "glorot-normal" | "glorot",
        /// Uniform, of the same variance.
        GlorotUniform = "glorot-uniform",
        /// Normal, variance 2 / inputs.
        Kaiming = "kaiming" | "he",
        /// Uniform in [0, 1).
        Rand = "rand",
        Zero = "zero",
        One = "one",
    }
}
