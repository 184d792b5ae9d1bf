//! ONNX: the network as a graph of the standard's operators.
//!
//! Input `image`, `[N, height, width, channels]` in `[0, 1]`; output `probabilities`, `[N, classes]`. The metadata
//! has the classes and the preprocessing, as JSON.

mod fold;
pub(super) mod messages;

use anyhow::bail;
use prost::Message;

use super::{Input, describe_input};
use crate::config::Activation;
use crate::ops::activation::LEAK;
use crate::ops::batch_norm::EPS;
use crate::runs::{Checkpoint, Network, TrainedLayer};
use crate::train::SavedTensor;
use fold::Affine;
use messages::{Attribute, Dim, Graph, Model, Node, OperatorSet, Property, Tensor, ValueInfo};

/// The newest set of operators that ONNX has released and onnxruntime runs. Those used here have not changed
/// since 25.
const OPSET: i64 = 28;

/// Of the file format.
const IR_VERSION: i64 = 14;

/// Protocol buffers are no longer than this.
const MOST_BYTES: usize = i32::MAX as usize;

/// Writes a network as a model of ONNX.
///
/// # Errors
/// It has more bytes than the format takes.
pub fn encode(
    model: &Checkpoint,
    network: &Network<'_>,
    fold_batch_norm: bool,
) -> anyhow::Result<Vec<u8>> {
    let model = self::model(model, network, fold_batch_norm)?;
    let bytes = model.encoded_len();
    if bytes > MOST_BYTES {
        bail!("its ONNX file would have {bytes} bytes; the format takes at most {MOST_BYTES}");
    }
    Ok(model.encode_to_vec())
}

fn model(
    saved: &Checkpoint,
    network: &Network<'_>,
    fold_batch_norm: bool,
) -> anyhow::Result<Model> {
    let graph = graph(saved, network, fold_batch_norm);
    let property = |key: &str, value: String| Property {
        key: format!("shadernets.{key}"),
        value,
    };
    Ok(Model {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: format!(
            "An image classifier. {}. Output: the probability of each class.",
            describe_input(saved)
        ),
        graph: Some(graph),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: vec![
            property("classes", serde_json::to_string(&saved.classes)?),
            property("input", serde_json::to_string(&Input::of(saved))?),
            property("run_id", saved.run_id.clone()),
        ],
    })
}

fn graph(saved: &Checkpoint, network: &Network<'_>, fold_batch_norm: bool) -> Graph {
    let mut graph = Graph {
        name: saved.run_id.clone(),
        ..Graph::default()
    };
    let [width, height, channels] = saved.picture.map(|side| Dim::value(side.into()));
    let image = [Dim::parameter("N"), height, width, channels];
    graph.input = vec![ValueInfo::floats("image", image, describe_input(saved))];
    let classes = Dim::value(saved.classes.len() as i64);
    let told = "The probability of each class, in the order of the metadata's classes";
    let output = [Dim::parameter("N"), classes];
    graph.output = vec![ValueInfo::floats("probabilities", output, told.to_owned())];

    let mut x = "image".to_owned();
    let axis = Attribute::integer("axis", 1);
    graph.push("Flatten", "flatten", &mut x, vec![], vec![axis]);
    let mut layers = network.layers.as_slice();
    while let Some((layer, rest)) = layers.split_first() {
        layers = rest;
        match layer {
            TrainedLayer::Dense {
                name,
                weights,
                bias,
            } => {
                let mut affine = Affine::of(weights, *bias);
                if fold_batch_norm && let Some((norm, rest)) = following_norm(layers) {
                    affine.fold(norm);
                    layers = rest;
                }
                graph.dense(name, &affine, weights.shape, &mut x);
            }
            TrainedLayer::BatchNormalization {
                name,
                gamma,
                beta,
                mean,
                variance,
            } => {
                let parts = [
                    ("gamma", gamma),
                    ("beta", beta),
                    ("mean", mean),
                    ("variance", variance),
                ];
                let inputs = parts.map(|(part, tensor)| {
                    let name = format!("{name}_{part}");
                    graph.initializer.push(Tensor::floats(
                        &name,
                        &[tensor.values.len()],
                        &tensor.values,
                    ));
                    name
                });
                let epsilon = Attribute::float("epsilon", EPS as f32);
                graph.push(
                    "BatchNormalization",
                    name,
                    &mut x,
                    inputs.to_vec(),
                    vec![epsilon],
                );
            }
            TrainedLayer::Dropout { .. } => {}
            TrainedLayer::Activation { name, function } => {
                let (op, attributes) = match function {
                    Activation::Relu => ("Relu", vec![]),
                    Activation::LeakyRelu => {
                        ("LeakyRelu", vec![Attribute::float("alpha", LEAK as f32)])
                    }
                    Activation::Tanh => ("Tanh", vec![]),
                    Activation::Sigmoid => ("Sigmoid", vec![]),
                };
                graph.push(op, name, &mut x, vec![], attributes);
            }
        }
    }
    let axis = Attribute::integer("axis", 1);
    graph.push("Softmax", "probabilities", &mut x, vec![], vec![axis]);
    graph
}

/// The batch normalization that comes next in use, as gamma, beta, mean and variance, and what follows it.
fn following_norm<'n, 'a>(
    layers: &'n [TrainedLayer<'a>],
) -> Option<([&'a SavedTensor; 4], &'n [TrainedLayer<'a>])> {
    let is_dropout = |layer: &&TrainedLayer<'_>| matches!(layer, TrainedLayer::Dropout { .. });
    let dropped = layers.iter().take_while(is_dropout).count();
    match layers.get(dropped)? {
        TrainedLayer::BatchNormalization {
            gamma,
            beta,
            mean,
            variance,
            ..
        } => Some(([*gamma, *beta, *mean, *variance], &layers[dropped + 1..])),
        _ => None,
    }
}

impl Graph {
    /// Appends a node from `x` to an output of its own name, which becomes `x`.
    fn push(
        &mut self,
        op: &str,
        name: &str,
        x: &mut String,
        more_inputs: Vec<String>,
        attribute: Vec<Attribute>,
    ) {
        let input = std::mem::replace(x, name.to_owned());
        self.node.push(Node {
            input: std::iter::once(input).chain(more_inputs).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: op.to_owned(),
            attribute,
        });
    }

    fn dense(&mut self, name: &str, affine: &Affine<'_>, shape: [usize; 2], x: &mut String) {
        let mut inputs = vec![format!("{name}_W")];
        let weights = Tensor::floats(&inputs[0], &shape, &affine.weights);
        self.initializer.push(weights);
        if let Some(bias) = &affine.bias {
            let name = format!("{name}_B");
            self.initializer
                .push(Tensor::floats(&name, &[bias.len()], bias));
            inputs.push(name);
        }
        let transposed = Attribute::integer("transB", 1);
        self.push("Gemm", name, x, inputs, vec![transposed]);
    }
}
