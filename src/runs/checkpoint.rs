//! Checkpoints: all that resuming, inference and export need of a run, in one safetensors file.
//!
//! The model's tensors have the names of its parameters and running statistics, those of the optimizer follow
//! under `optimizer.`, and the lines of `metrics.jsonl` and `confusion.jsonl` are the bytes of `history.metrics`
//! and `history.confusion`: they may grow beyond what readers of the format take as a header. Everything else is
//! JSON, under the key `shadernets` of the header's metadata.

mod float;
pub(crate) mod tensor_file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ConfusionLine, MetricsLine, RunError, replace_file_by};
use crate::config::ExperimentConfig;
use crate::train::{BegunEpoch, EarlyStoppingState, SavedTensor, Score, TrainingState};
use float::Float;
use tensor_file::{Entry, TensorFile};

/// Of the JSON record; raised whenever a reader of the one before would misunderstand it.
const FORMAT: u32 = 1;

const METADATA: &str = "shadernets";
const OPTIMIZER: &str = "optimizer.";
const HISTORY: &str = "history.metrics";
const CONFUSIONS: &str = "history.confusion";

/// No line of `metrics.jsonl` has as many bytes. Reading one may take 50 times as much memory: serde buffers
/// what has a tag.
const LONGEST_LINE: usize = 1 << 16;

/// How patient early stopping still is, as the record has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct EarlyStopping {
    #[serde(with = "float")]
    lowest: f64,
    best_epoch: Option<u32>,
    since: u32,
}

/// What the record says of an epoch that has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Begun {
    steps: usize,
    metrics: Vec<Float>,
    found: [u32; 2],
}

/// A run, between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub config: ExperimentConfig,
    pub run_id: String,
    pub classes: Vec<String>,
    /// Width, height and channels of a sample.
    pub picture: [u32; 3],
    /// The training. Its optimizer is empty in a model that only infers.
    pub state: Arc<TrainingState>,
    /// Of training and evaluation, over all sessions.
    pub seconds: f64,
    pub history: Vec<MetricsLine>,
    pub confusions: Vec<ConfusionLine>,
}

/// What the header's metadata holds.
#[derive(Serialize, Deserialize)]
struct Record {
    format: u32,
    run_id: String,
    classes: Vec<String>,
    picture: [u32; 3],
    epoch: Option<u32>,
    /// Sums of the figures of its training.
    training: [Float; 4],
    begun: Option<Begun>,
    /// The names of the tensors, in the order of the layers, as are the next two.
    parameters: Vec<String>,
    running: Vec<String>,
    optimizer: Vec<String>,
    early_stopping: EarlyStopping,
    told: [bool; 2],
    #[serde(with = "float")]
    seconds: f64,
    config: ExperimentConfig,
}

/// The part of the record that all versions have.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Checkpoint {
    /// Writes the file as a whole, streamed: whoever reads it meanwhile sees the one before.
    ///
    /// # Errors
    /// The folder cannot be written to, or the disk is full; the file before is still there then.
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        let bad_file = |error: serde_json::Error| bad_file(path, error.to_string());
        let record = serde_json::to_string(&self.record()).map_err(bad_file)?;
        let history = lines(&self.history).map_err(bad_file)?;
        let confusions = lines(&self.confusions).map_err(bad_file)?;
        let model = self.state.parameters.iter().chain(&self.state.running);
        let optimizer = self.state.optimizer.iter();
        let entries: Vec<_> = model
            .map(|tensor| (tensor.name.clone(), tensor))
            .chain(optimizer.map(|tensor| (format!("{OPTIMIZER}{}", tensor.name), tensor)))
            .map(|(name, tensor)| Entry::real(name, &tensor.shape, &tensor.values))
            .chain([
                Entry::text(HISTORY, &history),
                Entry::text(CONFUSIONS, &confusions),
            ])
            .collect();
        let metadata = BTreeMap::from([(METADATA, record)]);
        replace_file_by(path, |file| tensor_file::write(file, &metadata, &entries))
    }

    /// Reads a file, whoever wrote it: what it holds is checked, and takes memory in proportion to the
    /// file's size.
    ///
    /// # Errors
    /// It cannot be read, is no checkpoint, is damaged, or was written by a newer version.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        read(path).map_err(|message| bad_file(path, message))
    }

    fn record(&self) -> Record {
        let names = |tensors: &[SavedTensor]| tensors.iter().map(|t| t.name.clone()).collect();
        let state = &self.state;
        let EarlyStoppingState {
            lowest,
            best_epoch,
            since,
        } = state.early_stopping;
        Record {
            format: FORMAT,
            run_id: self.run_id.clone(),
            classes: self.classes.clone(),
            picture: self.picture,
            epoch: state.epoch,
            training: state.training.sums().map(Float),
            begun: state.begun.as_ref().map(|begun| Begun {
                steps: begun.steps,
                metrics: begun.metrics.iter().copied().map(Float).collect(),
                found: begun.found,
            }),
            parameters: names(&state.parameters),
            running: names(&state.running),
            optimizer: names(&state.optimizer),
            early_stopping: EarlyStopping {
                lowest,
                best_epoch,
                since,
            },
            told: state.told,
            seconds: self.seconds,
            config: self.config.clone(),
        }
    }
}

/// Reads the tensors of any safetensors file that holds real numbers in one or two dimensions; a vector has
/// one row. Optimizer state and history of a checkpoint are left out.
///
/// # Errors
/// It cannot be read, is damaged, or has tensors of another kind.
pub fn read_tensors(path: &Path) -> Result<Vec<SavedTensor>, RunError> {
    let read = || -> Result<Vec<_>, String> {
        let mut file = TensorFile::open(path)?;
        let names: Vec<_> = file.names().map(str::to_owned).collect();
        let of_model = |name: &String| {
            !name.starts_with(OPTIMIZER) && ![HISTORY, CONFUSIONS].contains(&name.as_str())
        };
        let names = names.into_iter().filter(of_model);
        names.map(|name| tensor(&mut file, "", name)).collect()
    };
    read().map_err(|message| bad_file(path, message))
}

/// Reads the model of a run's folder, or of a file.
///
/// # Errors
/// Those of [`model_file`](super::checkpoints::model_file) and [`Checkpoint::read`].
pub fn read_model(path: &Path) -> Result<Checkpoint, RunError> {
    Checkpoint::read(&super::checkpoints::model_file(path)?)
}

fn read(path: &Path) -> Result<Checkpoint, String> {
    let mut file = TensorFile::open(path)?;
    let record = file.metadata(METADATA).ok_or_else(|| {
        format!("it holds tensors, but no {METADATA} record; expected a checkpoint or a model that this program saved")
    })?;
    let damaged = |error: serde_json::Error| format!("damaged: its record: {error}");
    let Version { format } = serde_json::from_str(record).map_err(damaged)?;
    if format > FORMAT {
        return Err(format!(
            "a newer version of this program wrote it, in format {format}; this one reads format {FORMAT}"
        ));
    }
    let record: Record = serde_json::from_str(record).map_err(damaged)?;
    let validity = record.config.validate();
    validity.map_err(|error| format!("damaged: its configuration: {error}"))?;
    if record.classes.is_empty() || record.picture.contains(&0) {
        return Err("damaged: it has no classes, or samples of no pixels".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut tensors = |prefix: &str, names: Vec<String>| {
        let read = |name: String| {
            if !seen.insert(format!("{prefix}{name}")) {
                return Err(format!("damaged: its record has the tensor {name} twice"));
            }
            tensor(&mut file, prefix, name)
        };
        names.into_iter().map(read).collect::<Result<Vec<_>, _>>()
    };
    let EarlyStopping {
        lowest,
        best_epoch,
        since,
    } = record.early_stopping;
    let state = TrainingState {
        epoch: record.epoch,
        training: Score::from_sums(record.training.map(|sum| sum.0)),
        begun: record.begun.map(|begun| BegunEpoch {
            steps: begun.steps,
            metrics: begun.metrics.into_iter().map(|figure| figure.0).collect(),
            found: begun.found,
        }),
        parameters: tensors("", record.parameters)?,
        running: tensors("", record.running)?,
        optimizer: tensors(OPTIMIZER, record.optimizer)?,
        early_stopping: EarlyStoppingState {
            lowest,
            best_epoch,
            since,
        },
        told: record.told,
    };
    Ok(Checkpoint {
        state: Arc::new(state),
        history: parse_lines(&file.text(HISTORY)?, LONGEST_LINE)?,
        confusions: parse_lines(&file.text(CONFUSIONS)?, usize::MAX)?,
        config: record.config,
        run_id: record.run_id,
        classes: record.classes,
        picture: record.picture,
        seconds: record.seconds,
    })
}

/// A tensor of a file, whose name there has a prefix.
fn tensor(file: &mut TensorFile, prefix: &str, name: String) -> Result<SavedTensor, String> {
    let (shape, values) = file.real(&format!("{prefix}{name}"))?;
    let shape = match *shape.as_slice() {
        [columns] => [1, columns],
        [rows, columns] => [rows, columns],
        _ => {
            return Err(format!(
                "the tensor {prefix}{name} has the shape {shape:?}; expected one or two dimensions"
            ));
        }
    };
    Ok(SavedTensor {
        name,
        shape,
        values,
    })
}

fn lines<T: Serialize>(values: &[T]) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    for value in values {
        serde_json::to_writer(&mut text, value)?;
        text.push(b'\n');
    }
    Ok(text)
}

fn parse_lines<T: DeserializeOwned>(text: &[u8], longest: usize) -> Result<Vec<T>, String> {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    let parse = |line: &[u8]| {
        if line.len() > longest {
            let found = line.len();
            return Err(format!("damaged: a line of its history has {found} bytes"));
        }
        serde_json::from_slice(line).map_err(|error| format!("damaged: its history: {error}"))
    };
    lines.map(parse).collect()
}

fn bad_file(path: &Path, message: String) -> RunError {
    let path = path.to_owned();
    RunError::BadFile { path, message }
}
