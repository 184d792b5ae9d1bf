//! Experiments that are trained with one click.

use crate::config::{ExperimentConfig, ModelKind, Size};

/// The digits: a network of a hidden layer, on pictures that are trimmed and small.
pub fn numbers() -> ExperimentConfig {
    let mut config = small("numbers", 32);
    let stages = &mut config.data.preprocessing;
    stages.trim = true;
    stages.grayscale = true;
    stages.minmax_normalize = true;
    stages.adaptive_invert = true;
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![100];
    config
}

/// The colours: a softmax regression, on tiny pictures.
pub fn colors() -> ExperimentConfig {
    small("colors", 8)
}

/// A data set that comes with the program, its pictures of so many pixels either way, and a rate that suits them.
fn small(dataset: &str, side: u32) -> ExperimentConfig {
    let mut config = ExperimentConfig {
        exp_id: dataset.to_owned(),
        ..ExperimentConfig::default()
    };
    config.data.dataset = dataset.to_owned();
    config.data.preprocessing.resize = Size {
        width: side,
        height: side,
    };
    config.optimizer.learning_rate = 1e-2;
    config
}
