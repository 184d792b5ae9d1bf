//! PyTorch: a state dict, and the module that it belongs to.

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::{Environment, context};

use super::{Input, describe_input};
use crate::config::Activation;
use crate::ops::activation::LEAK;
use crate::ops::batch_norm::{EPS, MOMENTUM};
use crate::runs::checkpoint::tensor_file::{self, Entry};
use crate::runs::{Checkpoint, Network, RunError, TrainedLayer, replace_file_by};
use crate::train::SavedTensor;

const MODULE: &str = include_str!("module.py.jinja");

/// Writes the tensors with the names and shapes that PyTorch has for them.
///
/// # Errors
/// The file cannot be written.
pub fn write_state_dict(
    path: &Path,
    model: &Checkpoint,
    network: &Network<'_>,
) -> Result<(), RunError> {
    let mut entries = Vec::new();
    let mut add = |name: &str, part: &str, tensor: &SavedTensor, shape: &[usize]| {
        let name = format!("{name}.{part}");
        entries.push((name, shape.to_vec(), tensor.values.clone()));
    };
    for layer in &network.layers {
        match layer {
            TrainedLayer::Dense {
                name,
                weights,
                bias,
            } => {
                add(name, "weight", weights, &weights.shape);
                if let Some(bias) = bias {
                    add(name, "bias", bias, &[bias.values.len()]);
                }
            }
            TrainedLayer::BatchNormalization {
                name,
                gamma,
                beta,
                mean,
                variance,
            } => {
                for (part, tensor) in [
                    ("weight", gamma),
                    ("bias", beta),
                    ("running_mean", mean),
                    ("running_var", variance),
                ] {
                    add(name, part, tensor, &[tensor.values.len()]);
                }
            }
            TrainedLayer::Dropout { .. } | TrainedLayer::Activation { .. } => {}
        }
    }
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, shape, values)| Entry::real(name.clone(), shape, values))
        .collect();
    let json = |failed: serde_json::Error| RunError::BadFile {
        path: path.to_owned(),
        message: failed.to_string(),
    };
    let metadata = BTreeMap::from([
        ("format", "pt".to_owned()),
        (
            "classes",
            serde_json::to_string(&model.classes).map_err(json)?,
        ),
        (
            "input",
            serde_json::to_string(&Input::of(model)).map_err(json)?,
        ),
    ]);
    replace_file_by(path, |file| tensor_file::write(file, &metadata, &entries))
}

/// The Python file that defines the module, and loads the state dict beside it.
///
/// # Errors
/// The template does not render, which no model makes it do.
pub fn module(tensors: &Path, model: &Checkpoint, network: &Network<'_>) -> anyhow::Result<String> {
    let layers: Vec<_> = network.layers.iter().map(layer).collect();
    let [width, height, channels] = model.picture;
    let name = tensors.file_stem().unwrap_or_default().to_string_lossy();
    // JSON's texts are Python's, too.
    let classes = serde_json::to_string(&model.classes)?;
    let environment = Environment::empty();
    let text = environment.render_str(
        MODULE,
        context! {
            input => describe_input(model),
            name => name.escape_default().to_string(),
            classes, height, width, channels, layers,
        },
    )?;
    Ok(format!("{text}\n"))
}

/// A layer's name, and what makes it, in Python.
fn layer(layer: &TrainedLayer<'_>) -> String {
    let (name, module) = match layer {
        TrainedLayer::Dense {
            name,
            weights,
            bias,
        } => {
            let [units, inputs] = weights.shape;
            let bias = if bias.is_some() { "" } else { ", bias=False" };
            (name, format!("Linear({inputs}, {units}{bias})"))
        }
        TrainedLayer::BatchNormalization { name, gamma, .. } => {
            let units = gamma.values.len();
            let module = format!("BatchNorm1d({units}, eps={EPS:e}, momentum={MOMENTUM})");
            (name, module)
        }
        TrainedLayer::Dropout { name, rate } => (name, format!("Dropout({rate})")),
        TrainedLayer::Activation { name, function } => {
            let module = match function {
                Activation::Relu => "ReLU()".to_owned(),
                Activation::LeakyRelu => format!("LeakyReLU({LEAK})"),
                Activation::Tanh => "Tanh()".to_owned(),
                Activation::Sigmoid => "Sigmoid()".to_owned(),
            };
            (name, module)
        }
    };
    format!("(\"{name}\", torch.nn.{module})")
}
