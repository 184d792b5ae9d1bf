//! `shadernets export`: a trained model in the formats of other programs.

pub mod onnx;
mod torch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde::Serialize;

use crate::config::Preprocessing;
use crate::config::names::named_enum;
use crate::report::say;
use crate::runs::checkpoints::model_file;
use crate::runs::{Checkpoint, Network, replace_file};
use crate::train::TrainingState;

named_enum! {
    /// A format of models.
    Format {
        /// A graph that onnxruntime and others run.
        #[default]
        Onnx = "onnx",
        /// This program's own file, without the state of training: `infer --model` and `--init-from` read it.
        Safetensors = "safetensors",
        /// A state dict in a safetensors file, and beside it the module that loads it.
        Torch = "torch" | "pytorch",
    }
}

/// What to export, how, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// A run's folder, or a file of a model or checkpoint.
    pub model: PathBuf,
    pub format: Format,
    /// Of ONNX: batch normalization becomes a part of the dense layer before it, and costs nothing in use. The
    /// other formats keep the layers as they were trained.
    pub fold_batch_norm: bool,
    /// The file to write; of Torch, its name with the ending `.safetensors` and with `.py`.
    pub to: PathBuf,
}

/// Exports a model, and prints the names of the written files.
///
/// # Errors
/// The model cannot be read, or a file cannot be written.
pub fn run(request: &Request) -> anyhow::Result<()> {
    let file = model_file(&request.model)?;
    let model = Checkpoint::read(&file)?;
    for path in export(&model, request).with_context(|| file.display().to_string())? {
        say!("{}", path.display());
    }
    Ok(())
}

/// Exports a model that was read; returns the written files.
///
/// # Errors
/// The model's tensors are not those that its configuration asks for, or a file cannot be written.
pub fn export(model: &Checkpoint, request: &Request) -> anyhow::Result<Vec<PathBuf>> {
    let network = Network::of(model).map_err(anyhow::Error::msg)?;
    let to = request.to.clone();
    match request.format {
        Format::Onnx => {
            let bytes = onnx::encode(model, &network, request.fold_batch_norm)?;
            replace_file(&to, &bytes)?;
            Ok(vec![to])
        }
        Format::Safetensors => {
            let mut state = TrainingState::clone(&model.state);
            state.optimizer.clear();
            state.begun = None;
            Checkpoint {
                state: Arc::new(state),
                history: Vec::new(),
                confusions: Vec::new(),
                ..model.clone()
            }
            .write(&to)?;
            Ok(vec![to])
        }
        Format::Torch => {
            let [tensors, module] = torch_files(&to);
            torch::write_state_dict(&tensors, model, &network)?;
            replace_file(
                &module,
                torch::module(&tensors, model, &network)?.as_bytes(),
            )?;
            Ok(vec![tensors, module])
        }
    }
}

/// The state dict and the module that loads it.
fn torch_files(to: &Path) -> [PathBuf; 2] {
    ["safetensors", "py"].map(|ending| to.with_extension(ending))
}

/// What a program must do to an image before the model sees it, as JSON in metadata.
#[derive(Serialize)]
struct Input<'a> {
    width: u32,
    height: u32,
    channels: u32,
    layout: &'static str,
    range: [f32; 2],
    /// In this order.
    preprocessing: &'a Preprocessing,
}

impl<'a> Input<'a> {
    fn of(model: &'a Checkpoint) -> Self {
        let [width, height, channels] = model.picture;
        Self {
            width,
            height,
            channels,
            layout: "height, width, channels",
            range: [0.0, 1.0],
            preprocessing: &model.config.data.preprocessing,
        }
    }
}

/// The same for people: the stages of the preprocessing, in their order.
fn describe_input(model: &Checkpoint) -> String {
    let [width, height, channels] = model.picture;
    let stages = &model.config.data.preprocessing;
    let colours = match channels {
        1 => "gray",
        _ => "red, green and blue",
    };
    let mut text = format!(
        "Float images of {height} rows, {width} columns and {channels} channels ({colours}), values in [0, 1] as the file encodes them (sRGB)"
    );
    let resized = format!("resize to {width} x {height}");
    let said = [
        (stages.trim, "trim the border"),
        (stages.grayscale, "grayscale"),
        (true, resized.as_str()),
        (stages.minmax_normalize, "stretch each channel to [0, 1]"),
        (
            stages.adaptive_invert,
            "invert if the top-left pixel is darker than 0.5",
        ),
    ];
    let said = said.iter().filter(|(is_on, _)| *is_on);
    let said: Vec<_> = said.map(|(_, stage)| *stage).collect();
    text.push_str(&format!(", after: {}", said.join(", ")));
    text
}

#[cfg(test)]
mod tests;
