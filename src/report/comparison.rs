//! The comparison table: a row a run, and mean and standard deviation of repeated runs.

mod columns;
mod render;

pub use columns::{Better, COLUMNS, Column, Kind};

use super::naming::{Named, named};
use crate::config::ExperimentConfig;
use crate::runs::{RunRecord, Status};

/// Runs beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub rows: Vec<Row>,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub kind: RowKind,
    /// Rows of one experiment's repetitions have the same number, and stand together.
    pub group: usize,
    /// Of the run; of a mean or deviation, the experiment's.
    pub name: String,
    /// How many runs it speaks of.
    pub runs: usize,
    /// Of a run.
    pub status: Option<Status>,
    /// In the order of [`COLUMNS`]; NaN and infinity are values.
    pub values: [Option<f64>; COLUMNS.len()],
}

/// What a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    Run,
    Mean,
    /// The sample standard deviation, with n - 1.
    Deviation,
}

impl RowKind {
    /// In CSV and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Mean => "mean",
            Self::Deviation => "standard-deviation",
        }
    }
}

impl Row {
    /// For people.
    pub fn label(&self) -> String {
        match self.kind {
            RowKind::Run => self.name.clone(),
            RowKind::Mean => format!("{}: mean of {}", self.name, self.runs),
            RowKind::Deviation => format!("{}: standard deviation", self.name),
        }
    }
}

impl Comparison {
    /// Compares runs, which may come in any order. Where two or more runs are repetitions of one experiment
    /// and came to their end, their mean and deviation follow.
    pub fn new(runs: &[RunRecord]) -> Self {
        let mut rows = Vec::new();
        for (group, runs) in repetitions(&named(runs)).iter().enumerate() {
            rows.extend(runs.iter().map(|run| row_of(run, group)));
            let done: Vec<&Named> = runs.iter().copied().filter(|run| run.is_done()).collect();
            if done.len() >= 2 {
                rows.extend(mean_and_deviation(&done, group));
            }
        }
        Self { rows }
    }
}

fn row_of(run: &Named, group: usize) -> Row {
    Row {
        kind: RowKind::Run,
        group,
        name: run.name.clone(),
        runs: 1,
        status: Some(run.run.summary.status),
        values: COLUMNS.map(|column| (column.of)(run)),
    }
}

/// Two rows; a column that not all runs have a value in stays empty.
fn mean_and_deviation(runs: &[&Named], group: usize) -> [Row; 2] {
    let values = COLUMNS.map(|column| {
        let values: Option<Vec<f64>> = runs.iter().map(|run| (column.of)(run)).collect();
        values.map(|values| (column.kind, values))
    });
    let row = |kind, values| Row {
        kind,
        group,
        name: experiment_name(runs),
        runs: runs.len(),
        status: None,
        values,
    };
    let means = values.each_ref().map(|column| {
        let (_, values) = column.as_ref()?;
        Some(mean(values))
    });
    let deviations = values.map(|column| match column {
        // The size of the model is the same in all.
        None | Some((Kind::Count | Kind::Ratio, _)) => None,
        Some((_, values)) => Some(deviation(&values)),
    });
    [
        row(RowKind::Mean, means),
        row(RowKind::Deviation, deviations),
    ]
}

/// The id of the experiment that runs repeat.
fn experiment_name(runs: &[&Named]) -> String {
    let id = |run: &Named| run.run.config.exp_id.clone();
    match runs {
        [first, others @ ..] if others.iter().all(|run| id(run) == id(first)) => id(first),
        // Experiments of different names that differ in nothing but their seeds.
        [first, ..] => first.name.clone(),
        [] => String::new(),
    }
}

/// Puts runs together that differ in nothing but their ids and model seeds; the order stays.
fn repetitions<'a, 'r>(runs: &'a [Named<'r>]) -> Vec<Vec<&'a Named<'r>>> {
    let mut groups: Vec<(ExperimentConfig, Vec<&Named>)> = Vec::new();
    for run in runs {
        let config = without_seed(&run.run.config);
        match groups.iter_mut().find(|(other, _)| *other == config) {
            Some((_, group)) => group.push(run),
            None => groups.push((config, vec![run])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// What repetitions of an experiment have in common.
fn without_seed(config: &ExperimentConfig) -> ExperimentConfig {
    let mut config = config.clone();
    config.exp_id = String::new();
    config.model.seed = 0;
    config.training.training_times = 1;
    config
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        assert_eq!(mean(&[2.0, 4.0, 6.0]), 4.0);
        assert_eq!(deviation(&[2.0, 4.0, 6.0]), 2.0);
    }
}
