//! Models: lists of layers that write their ops into a [`Program`].

mod initializer;
pub mod layers;

pub use initializer::{Initial, initial_values};

use crate::config::{ModelConfig, ModelKind};
use crate::program::{Role, TensorId, Tensors};
use layers::{Activation, BatchNormalization, Dense, Dropout, Layer, Softmax};

/// A trained tensor of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub value: TensorId,
    /// Of the cost with respect to it, of the same shape.
    pub gradient: TensorId,
    pub initial: Initial,
}

/// A model's layers, on their tensors.
pub struct Model {
    pub layers: Vec<Box<dyn Layer>>,
}

impl Model {
    /// Makes the layers for samples of `features` numbers and this many classes.
    ///
    /// `OneLayer` is Dense with bias, Softmax. `NLayers` is, per hidden layer, Dense, Dropout,
    /// BatchNormalization, activation; then Dense, Dropout, BatchNormalization, Softmax. Without batch
    /// normalization those layers are left out and Dense has a bias instead.
    pub fn new(
        config: &ModelConfig,
        tensors: &mut Tensors,
        features: usize,
        classes: usize,
    ) -> Self {
        let mut model = Self { layers: Vec::new() };
        match config.kind {
            ModelKind::OneLayer => {
                let sizes = [features, classes];
                let dense = Dense::new(tensors, "", sizes, true, true, config.initializer);
                model.layers.push(Box::new(dense));
            }
            ModelKind::NLayers => {
                let mut inputs = features;
                for &units in &config.layers {
                    model.block(config, tensors, inputs, units);
                    let activation = Activation::new(tensors, units, config.activation);
                    model.layers.push(Box::new(activation));
                    inputs = units;
                }
                model.block(config, tensors, inputs, classes);
            }
        }
        model.layers.push(Box::new(Softmax::new(tensors, classes)));
        model
    }

    /// Dense, Dropout, BatchNormalization.
    fn block(&mut self, config: &ModelConfig, tensors: &mut Tensors, inputs: usize, units: usize) {
        let prefix = |index: usize, layer: &str| format!("L{index}_{layer}_");
        let index = self.layers.len();
        let name = prefix(index, "Dense");
        let bias = !config.batch_norm;
        let sizes = [inputs, units];
        let dense = Dense::new(tensors, &name, sizes, bias, index == 0, config.initializer);
        self.layers.push(Box::new(dense));
        let dropout = Dropout::new(tensors, self.layers.len(), units, config.dropout_rate);
        self.layers.push(Box::new(dropout));
        if config.batch_norm {
            let name = prefix(self.layers.len(), "BatchNormalization");
            let layer = BatchNormalization::new(tensors, &name, units, config.batch_norm_eval);
            self.layers.push(Box::new(layer));
        }
    }

    /// All trained tensors, in the order of the layers.
    pub fn parameters(&self) -> Vec<Parameter> {
        self.layers
            .iter()
            .flat_map(|layer| layer.parameters())
            .collect()
    }
}

/// Adds a parameter `[rows, cols]` and its gradient.
fn parameter(
    tensors: &mut Tensors,
    name: String,
    [rows, cols]: [usize; 2],
    initial: Initial,
) -> Parameter {
    Parameter {
        value: tensors.matrix(name.clone(), rows, cols, Role::Parameter),
        gradient: tensors.matrix(name, rows, cols, Role::Gradient),
        initial,
    }
}
