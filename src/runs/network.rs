//! A trained network as a chain of layers with their numbers: what a saved model computes.

use super::checkpoint::Checkpoint;
use crate::config::{Activation, ModelKind};
use crate::train::SavedTensor;

/// The layers that a saved model has in use; dropout has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Network<'a> {
    pub layers: Vec<TrainedLayer<'a>>,
    /// Numbers of a sample.
    pub features: usize,
}

/// A layer in use. Names are those that begin its parameters, without the last part: `L0_Dense`.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainedLayer<'a> {
    /// `y = x · Wᵀ + b`.
    Dense {
        name: String,
        /// `[units, inputs]`.
        weights: &'a SavedTensor,
        /// `[1, units]`.
        bias: Option<&'a SavedTensor>,
    },
    /// `y = gamma * (x - mean) / sqrt(variance + eps) + beta`, each `[1, units]`.
    BatchNormalization {
        name: String,
        gamma: &'a SavedTensor,
        beta: &'a SavedTensor,
        mean: &'a SavedTensor,
        variance: &'a SavedTensor,
    },
    /// Of training only, and here to tell of it.
    Dropout {
        name: String,
        rate: f64,
    },
    Activation {
        name: String,
        function: Activation,
    },
}

impl<'a> Network<'a> {
    /// The network of a saved model; the tensors have the shapes that its configuration asks for.
    ///
    /// # Errors
    /// A tensor is missing, or has another shape; the message is about the file, without its name.
    pub fn of(model: &'a Checkpoint) -> Result<Self, String> {
        let product = model
            .picture
            .iter()
            .try_fold(1usize, |product, side| product.checked_mul(*side as usize));
        let [width, height, channels] = model.picture;
        let features = product
            .ok_or_else(|| format!("damaged: samples of {width} x {height} x {channels}"))?;
        let config = &model.config.model;
        let classes = model.classes.len();
        let mut network = Self {
            layers: Vec::new(),
            features,
        };
        match config.kind {
            ModelKind::OneLayer => network.dense(model, "", [classes, features], true)?,
            ModelKind::NLayers => {
                let mut inputs = features;
                for &units in &config.layers {
                    network.block(model, [units, inputs])?;
                    network.layers.push(TrainedLayer::Activation {
                        name: format!("L{}_Activation", network.index()),
                        function: config.activation,
                    });
                    inputs = units;
                }
                network.block(model, [classes, inputs])?;
            }
        }
        Ok(network)
    }

    /// As [`Model`](crate::model::Model) counts its layers.
    fn index(&self) -> usize {
        self.layers.len()
    }

    /// Dense, Dropout, BatchNormalization.
    fn block(&mut self, model: &'a Checkpoint, shape: [usize; 2]) -> Result<(), String> {
        let config = &model.config.model;
        let name = format!("L{}_Dense", self.index());
        self.dense(model, &name, shape, !config.batch_norm)?;
        self.layers.push(TrainedLayer::Dropout {
            name: format!("L{}_Dropout", self.index()),
            rate: config.dropout_rate,
        });
        if config.batch_norm {
            let name = format!("L{}_BatchNormalization", self.index());
            let units = [1, shape[0]];
            let tensor = |part: &str, among| find(among, format!("{name}_{part}"), units);
            self.layers.push(TrainedLayer::BatchNormalization {
                gamma: tensor("Gamma", &model.state.parameters)?,
                beta: tensor("Beta", &model.state.parameters)?,
                mean: tensor("Mean", &model.state.running)?,
                variance: tensor("Variance", &model.state.running)?,
                name,
            });
        }
        Ok(())
    }

    /// The only layer of a model has no name.
    fn dense(
        &mut self,
        model: &'a Checkpoint,
        name: &str,
        [units, inputs]: [usize; 2],
        bias: bool,
    ) -> Result<(), String> {
        let part = |part: &str| match name {
            "" => part.to_owned(),
            name => format!("{name}_{part}"),
        };
        let bias = bias.then(|| find(&model.state.parameters, part("B"), [1, units]));
        self.layers.push(TrainedLayer::Dense {
            weights: find(&model.state.parameters, part("W"), [units, inputs])?,
            bias: bias.transpose()?,
            name: if name.is_empty() { "Dense" } else { name }.to_owned(),
        });
        Ok(())
    }
}

fn find(tensors: &[SavedTensor], name: String, shape: [usize; 2]) -> Result<&SavedTensor, String> {
    let tensor = tensors.iter().find(|tensor| tensor.name == name);
    let tensor = tensor.ok_or_else(|| format!("damaged: it has no tensor {name}"))?;
    if tensor.shape != shape {
        return Err(format!(
            "damaged: the tensor {name} has the shape {:?}; its configuration asks for {shape:?}",
            tensor.shape
        ));
    }
    Ok(tensor)
}
