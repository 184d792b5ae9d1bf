//! What the page draws, as JSON.

use serde::Serialize;

use super::super::naming::{Named, latest};
use super::super::one_line;
use super::super::thin::{evenly, most_within};
use super::pictures::{Series, pictures};
use crate::runs::{ConfusionLine, EpochLine, Figures};

/// Points of a curve.
const MOST_POINTS: usize = 1000;

/// Cells of all confusion matrices together: some 10 bytes each.
const MOST_CELLS: u64 = 500_000;

/// How many matrices of a run's partition the page keeps, if not all.
const MATRICES: [usize; 9] = [200, 100, 50, 25, 12, 6, 3, 2, 1];

#[derive(Debug, Serialize)]
pub struct Page {
    pub runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
pub struct Run {
    pub name: String,
    classes: Vec<String>,
    early_stop: Option<u32>,
    curves: Curves,
    pub confusions: Vec<Confusion>,
    pub pictures: Vec<Series>,
}

/// A value per kept epoch in each list. In f32, as they were computed: JSON then has no digits that mean
/// nothing. What is no number becomes `null`.
#[derive(Debug, Default, Serialize)]
struct Curves {
    epoch: Vec<u32>,
    seconds: Vec<f32>,
    training_cost: Vec<f32>,
    training_accuracy: Vec<f32>,
    /// Empty where dev was not evaluated.
    dev_cost: Vec<f32>,
    dev_accuracy: Vec<f32>,
}

#[derive(Debug, Serialize)]
pub struct Confusion {
    partition: String,
    epochs: Vec<u32>,
    /// Per epoch: label, prediction, count, label, prediction, count...
    cells: Vec<Vec<u32>>,
}

/// The data of the page, and in words what was left out of it.
pub fn page(runs: &[Named]) -> (Page, Vec<String>) {
    let mut notes = Vec::new();
    let (pictures, picture_notes) = pictures(runs);
    let confusions = confusions(runs, &mut notes);
    notes.extend(picture_notes);
    let mut is_thinned = false;
    let parts = runs.iter().zip(confusions).zip(pictures);
    let runs = parts.map(|((run, confusions), pictures)| {
        let epochs = run.epochs();
        let curves = curves(run, &epochs);
        is_thinned |= curves.epoch.len() < epochs.len();
        Run {
            name: one_line(&run.name),
            classes: class_names(run),
            early_stop: run.early_stop_epoch(),
            curves,
            confusions,
            pictures,
        }
    });
    let runs = runs.collect();
    if is_thinned {
        notes.push(format!(
            "Curves of more than {MOST_POINTS} epochs are drawn through {MOST_POINTS} of them, evenly apart. \
             The run's metrics.jsonl has all."
        ));
    }
    (Page { runs }, notes)
}

fn class_names(run: &Named) -> Vec<String> {
    let names = run.run.summary.classes.iter();
    names.map(|name| one_line(name)).collect()
}

fn curves(run: &Named, epochs: &[&EpochLine]) -> Curves {
    let mut kept = evenly(epochs.len(), MOST_POINTS);
    // Marks and minima stand where the curve has a point.
    for epoch in [run.early_stop_epoch(), run.run.summary.best_epoch] {
        let index = epoch.and_then(|epoch| epochs.binary_search_by_key(&epoch, |e| e.epoch).ok());
        kept.extend(index);
    }
    kept.sort_unstable();
    kept.dedup();
    let mut curves = Curves::default();
    let has_dev = epochs.iter().any(|line| line.dev.is_some());
    for line in kept.into_iter().map(|index| epochs[index]) {
        curves.epoch.push(line.epoch);
        curves.seconds.push(line.seconds as f32);
        curves.training_cost.push(line.training.cost as f32);
        curves.training_accuracy.push(line.training.accuracy as f32);
        if has_dev {
            let none = Figures {
                cost: f64::NAN,
                accuracy: f64::NAN,
            };
            let dev = line.dev.unwrap_or(none);
            curves.dev_cost.push(dev.cost as f32);
            curves.dev_accuracy.push(dev.accuracy as f32);
        }
    }
    curves
}

/// The matrices of each run, by partition.
fn confusions(runs: &[Named], notes: &mut Vec<String>) -> Vec<Vec<Confusion>> {
    let series: Vec<Vec<Vec<&ConfusionLine>>> = runs.iter().map(by_partition).collect();
    let kept_of = |lines: &[&ConfusionLine], most| {
        let kept = evenly(lines.len(), most).into_iter();
        kept.map(|index| lines[index].cells.len() as u64).sum()
    };
    let cells = |most| -> u64 {
        let all = series.iter().flatten();
        all.map(|lines| -> u64 { kept_of(lines, most) }).sum()
    };
    let most = most_within(MOST_CELLS, &MATRICES, cells);
    if series.iter().flatten().any(|lines| lines.len() > most) {
        notes.push(format!(
            "Of each run and partition this page keeps {most} confusion matrices, evenly apart, the last \
             among them. The run's confusion.jsonl has all."
        ));
    }
    let confusion = |lines: &Vec<&ConfusionLine>| {
        let kept = evenly(lines.len(), most);
        let kept: Vec<&ConfusionLine> = kept.into_iter().map(|index| lines[index]).collect();
        Confusion {
            partition: lines.first().map_or("", |line| &line.partition).to_owned(),
            epochs: kept.iter().map(|line| line.epoch).collect(),
            cells: kept.iter().map(|line| line.cells.concat()).collect(),
        }
    };
    series
        .iter()
        .map(|partitions| partitions.iter().map(confusion).collect())
        .collect()
}

/// A run's lines by partition, in the order of their epochs.
fn by_partition<'a>(run: &Named<'a>) -> Vec<Vec<&'a ConfusionLine>> {
    let lines = latest(&run.run.confusions, |line| {
        (line.partition.clone(), line.epoch)
    });
    lines
        .chunk_by(|a, b| a.partition == b.partition)
        .map(<[_]>::to_vec)
        .collect()
}
