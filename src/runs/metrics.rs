//! The lines of a run's append-only files.

use serde::{Deserialize, Deserializer, Serialize};

use crate::config::Rates;
use crate::train::{ConfusionMatrix, Score};

/// Cost and accuracy over some samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean cross-entropy plus the L2 term; JSON has `null` for what is no number.
    #[serde(deserialize_with = "number")]
    pub cost: f64,
    /// Share of samples predicted right, 0 to 1.
    #[serde(deserialize_with = "number")]
    pub accuracy: f64,
}

/// JSON has no NaN and no infinity: they are written as `null`.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl From<&Score> for Figures {
    fn from(score: &Score) -> Self {
        Self {
            cost: score.cost(),
            accuracy: score.accuracy(),
        }
    }
}

/// A line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum MetricsLine {
    Epoch(EpochLine),
    Minibatch(MinibatchLine),
    Rates(RatesLine),
}

/// A finished epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochLine {
    /// From 0.
    pub epoch: u32,
    /// Over all minibatches, each as it was when the model trained on it.
    pub training: Figures,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<Figures>,
    pub learning_rate: f64,
    /// Of training and evaluation since the run began, over all its sessions.
    pub seconds: f64,
    /// Of this epoch, trained.
    pub samples_per_second: f64,
    /// The patience of early stopping ended here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early_stop: bool,
}

/// A trained minibatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MinibatchLine {
    pub epoch: u32,
    /// Within the epoch, from 0.
    pub minibatch: usize,
    #[serde(flatten)]
    pub figures: Figures,
    pub learning_rate: f64,
}

/// A person has changed the rates while it trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RatesLine {
    pub epoch: u32,
    /// The first that they hold for, within the epoch, from 0.
    pub minibatch: usize,
    #[serde(flatten)]
    pub rates: Rates,
}

/// A line of `confusion.jsonl`: what an evaluated partition was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionLine {
    pub epoch: u32,
    /// `dev` or `test`.
    pub partition: String,
    /// Label, prediction, count; cells without samples are left out.
    pub cells: Vec<[u32; 3]>,
}

impl ConfusionLine {
    pub fn new(epoch: u32, partition: &str, matrix: &ConfusionMatrix) -> Self {
        let cells = matrix
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let cells = cells.map(|(i, count)| {
            [
                (i / matrix.classes) as u32,
                (i % matrix.classes) as u32,
                *count,
            ]
        });
        Self {
            epoch,
            partition: partition.to_owned(),
            cells: cells.collect(),
        }
    }

    /// The matrix, for so many classes; cells outside of it are left out.
    pub fn matrix(&self, classes: usize) -> ConfusionMatrix {
        let mut counts = vec![0; classes * classes];
        for &[label, predicted, count] in &self.cells {
            if label.max(predicted) < classes as u32 {
                counts[label as usize * classes + predicted as usize] = count;
            }
        }
        ConfusionMatrix { classes, counts }
    }
}

/// A line of `pictures.jsonl`: a file with pictures side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureLine {
    pub epoch: u32,
    /// A parameter's name, or `samples`.
    pub what: String,
    /// A PNG file, relative to the run's folder.
    pub file: String,
    /// How many pictures there are, from left to right, a pixel between them.
    pub pictures: usize,
    /// What black and white stand for.
    pub range: [f64; 2],
    /// Of samples: the class of each picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<u32>,
    /// Of samples: what each was taken for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predicted: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_survives_json() {
        let line = MetricsLine::Minibatch(MinibatchLine {
            epoch: 1,
            minibatch: 2,
            figures: Figures {
                cost: f64::NAN,
                accuracy: 0.5,
            },
            learning_rate: 0.1,
        });
        let text = serde_json::to_string(&line).unwrap();
        assert!(
            text.starts_with(r#"{"kind":"minibatch","epoch":1"#),
            "{text}"
        );
        let MetricsLine::Minibatch(read) = serde_json::from_str(&text).unwrap() else {
            panic!("{text}");
        };
        assert!(read.figures.cost.is_nan());
        assert_eq!(read.figures.accuracy, 0.5);
    }

    #[test]
    fn a_confusion_matrix_survives_its_line() {
        let matrix = ConfusionMatrix {
            classes: 3,
            counts: vec![1, 0, 0, 0, 0, 7, 0, 2, 0],
        };
        let line = ConfusionLine::new(4, "dev", &matrix);
        assert_eq!(line.cells, [[0, 0, 1], [1, 2, 7], [2, 1, 2]]);
        assert_eq!(line.matrix(3), matrix);
    }
}
