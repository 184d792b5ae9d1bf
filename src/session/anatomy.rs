//! What a model is made of, for a window.

use crate::config::ModelConfig;
use crate::model::Model;
use crate::program::{TensorId, Tensors};

/// The layers of a model, and what they learn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Anatomy {
    pub layers: Vec<LayerInfo>,
    pub parameters: Vec<ParameterInfo>,
}

/// A layer of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerInfo {
    /// Its kind, such as `Dense`.
    pub name: String,
    pub description: String,
    /// Numbers that the optimizer trains.
    pub parameters: usize,
}

/// A parameter of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterInfo {
    /// Such as `L0_Dense_W`.
    pub name: String,
    /// Rows, columns; of a layer's weights: units, inputs.
    pub shape: [usize; 2],
}

impl Anatomy {
    /// Of a model for samples of so many numbers and classes.
    pub fn of(config: &ModelConfig, features: usize, classes: usize) -> Self {
        let mut tensors = Tensors::new(1);
        let model = Model::new(config, &mut tensors, features, classes);
        let numbers = |id: TensorId| tensors.len(id);
        let layers = model.layers.iter().map(|layer| LayerInfo {
            name: layer.name().to_owned(),
            description: layer.describe(),
            parameters: layer.parameters().iter().map(|p| numbers(p.value)).sum(),
        });
        let parameters = model.parameters();
        let parameters = parameters.iter().map(|parameter| ParameterInfo {
            name: tensors[parameter.value].name.clone(),
            shape: [tensors.rows(parameter.value), tensors.cols(parameter.value)],
        });
        Self {
            layers: layers.collect(),
            parameters: parameters.collect(),
        }
    }

    /// Numbers that the optimizer trains.
    pub fn numbers(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters).sum()
    }
}
