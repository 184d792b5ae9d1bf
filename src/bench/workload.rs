//! What is measured: a network, its training, and the sizes of the data set that it learns.

use std::fmt;
use std::str::FromStr;

use crate::config::{CheckAction, ExperimentConfig, InvalidText, ModelKind};

/// Classes of every workload.
pub const CLASSES: usize = 10;

/// NLayers with Adam on a synthetic data set of [`CLASSES`] classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// By which it is asked for: reads back as the same workload.
    pub name: String,
    /// Samples of training and dev.
    pub samples: [usize; 2],
    /// Width, height, channels.
    pub picture: [u32; 3],
    /// Units of each hidden layer.
    pub layers: Vec<usize>,
    pub minibatch: usize,
    pub learning_rate: f64,
    /// Epochs that an exported file tells the order and the costs of.
    pub exported_epochs: u32,
}

impl Workload {
    /// The names of those with a name of their own.
    pub const NAMES: [&str; 3] = ["w1", "w2", "w3"];

    const EXPECTED: &str = "w1, w2, w3, or SAMPLESxINPUTSxUNITS[xUNITS...][/MINIBATCH] \
                            with whole numbers of 1 or more, such as 60000x784x256x128/128";

    /// - `w1`: wide pictures, few samples: two large matrix products a step
    /// - `w2`: a small network, a step an epoch: fixed costs
    /// - `w3`: the size of MNIST, many small steps
    fn named(name: &str) -> Option<Self> {
        let workload =
            |samples, picture, layers: &[usize], minibatch, learning_rate, epochs| Self {
                name: name.to_owned(),
                samples,
                picture,
                layers: layers.to_vec(),
                minibatch,
                learning_rate,
                exported_epochs: epochs,
            };
        Some(match name {
            "w1" => workload([593, 127], [110, 110, 3], &[100], 593, 1e-3, 10),
            "w2" => workload([593, 127], [16, 16, 1], &[16], 593, 1e-2, 100),
            "w3" => workload([60_000, 10_000], [28, 28, 1], &[256, 128], 128, 1e-3, 3),
            _ => return None,
        })
    }

    /// Of these sizes: dev has a sixth as many samples as training, and without a minibatch size
    /// training takes all samples at once.
    fn of_sizes(name: &str) -> Option<Self> {
        let (sizes, minibatch) = match name.split_once('/') {
            Some((sizes, minibatch)) => (sizes, Some(minibatch)),
            None => (name, None),
        };
        let count = |text: &str| text.parse().ok().filter(|count: &u32| *count >= 1);
        let sizes: Option<Vec<u32>> = sizes.split('x').map(count).collect();
        let [samples, inputs, units @ ..] = sizes.as_deref()? else {
            return None;
        };
        let samples = *samples as usize;
        Some(Self {
            name: name.to_owned(),
            samples: [samples, samples.div_ceil(6)],
            picture: [*inputs, 1, 1],
            layers: units.iter().map(|units| *units as usize).collect(),
            minibatch: match minibatch {
                Some(minibatch) => count(minibatch)? as usize,
                None => samples,
            },
            learning_rate: 1e-3,
            exported_epochs: 3,
        })
        .filter(|workload| !workload.layers.is_empty())
    }

    /// Numbers of a sample.
    pub fn features(&self) -> usize {
        self.picture.iter().map(|side| *side as usize).product()
    }

    /// The experiment to measure.
    pub fn config(&self) -> ExperimentConfig {
        experiment(&self.layers, self.minibatch, self.learning_rate)
    }
}

/// NLayers with Adam, without gradient checks.
pub fn experiment(layers: &[usize], minibatch: usize, learning_rate: f64) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = layers.to_vec();
    config.optimizer.learning_rate = learning_rate;
    config.training.max_minibatch_size = minibatch;
    config.training.gradient_checks.action = CheckAction::Off;
    config
}

impl FromStr for Workload {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let name = text.trim().to_lowercase();
        Self::named(&name)
            .or_else(|| Self::of_sizes(&name))
            .ok_or_else(|| InvalidText::new(Self::EXPECTED))
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_a_workload_that_its_name_tells_again() {
        let workload: Workload = "600x20x8x4/50".parse().unwrap();
        assert_eq!(workload.samples, [600, 100]);
        assert_eq!(workload.features(), 20);
        assert_eq!(workload.layers, [8, 4]);
        assert_eq!(workload.minibatch, 50);
        assert_eq!(workload.name.parse(), Ok(workload));
        assert_eq!("30x2x1".parse::<Workload>().unwrap().minibatch, 30);
    }

    #[test]
    fn other_texts_are_told_what_was_expected() {
        for text in [
            "w4", "", "3x4", "3x4x", "0x4x5", "3x4x5/0", "3x4x5/", "-1x4x5",
        ] {
            let message = text.parse::<Workload>().unwrap_err().to_string();
            assert!(
                message.contains("w1, w2, w3, or SAMPLESx"),
                "{text}: {message}"
            );
        }
    }
}
