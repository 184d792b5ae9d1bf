//! The comparison table: a row a run, and mean and standard deviation of repeated runs.

mod columns;
mod render;
mod repetitions;

pub use columns::{Better, COLUMNS, Column, Facts, Kind, Values};

use super::naming::{Named, named};
use crate::config::ExperimentConfig;
use crate::runs::{RunRecord, Status};
use repetitions::{mean_and_deviation, repetitions};

/// A run as the table takes it.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// Tells it from the other runs.
    pub name: &'a str,
    pub config: &'a ExperimentConfig,
    pub status: Status,
    pub facts: Facts,
}

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
    /// Of the run among those that are compared; of a mean or deviation, of the first it speaks of.
    pub place: usize,
    /// Of the run; of a mean or deviation, the experiment's.
    pub name: String,
    /// How many runs it speaks of.
    pub runs: usize,
    /// Of a run.
    pub status: Option<Status>,
    pub values: Values,
}

/// What a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Compares runs of the disk, which may come in any order.
    pub fn new(runs: &[RunRecord]) -> Self {
        let named = named(runs);
        let compared: Vec<Compared> = named.iter().map(Named::compared).collect();
        Self::of(&compared)
    }

    /// Compares runs, which keep their order. Where two or more are repetitions of one experiment and came to their
    /// end, their mean and deviation follow.
    pub fn of(runs: &[Compared]) -> Self {
        let mut rows = Vec::new();
        let groups = repetitions(runs.iter().map(|run| run.config));
        for (group, places) in groups.into_iter().enumerate() {
            rows.extend(places.iter().map(|place| run_row(runs, *place, group)));
            let done = places.into_iter().filter(|place| runs[*place].is_done());
            let done: Vec<usize> = done.collect();
            if done.len() >= 2 {
                rows.extend(rows_of_several(runs, &done, group));
            }
        }
        Self { rows }
    }

    /// The best number of each column, where it sets at most half of the runs apart.
    pub fn best(&self) -> Values {
        std::array::from_fn(|index| {
            let better = COLUMNS[index].better?;
            let runs = self.rows.iter().filter(|row| row.kind == RowKind::Run);
            let values = runs.filter_map(|row| row.values[index]);
            let mut values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
            values.sort_by(f64::total_cmp);
            let best = match better {
                Better::Lower => *values.first()?,
                Better::Higher => *values.last()?,
            };
            let as_good = values.iter().filter(|value| **value == best).count();
            (2 * as_good <= values.len()).then_some(best)
        })
    }
}

impl Compared<'_> {
    /// Whether it came to the end that it was meant to have.
    fn is_done(&self) -> bool {
        matches!(self.status, Status::Finished | Status::StoppedEarly)
    }
}

fn run_row(runs: &[Compared], place: usize, group: usize) -> Row {
    let run = &runs[place];
    Row {
        kind: RowKind::Run,
        group,
        place,
        name: run.name.to_owned(),
        runs: 1,
        status: Some(run.status),
        values: run.facts.values(),
    }
}

/// Mean and deviation of the runs in these places, of which there are at least two.
fn rows_of_several(runs: &[Compared], places: &[usize], group: usize) -> [Row; 2] {
    let values: Vec<Values> = places.iter().map(|p| runs[*p].facts.values()).collect();
    let [means, deviations] = mean_and_deviation(&values);
    let row = |kind, values| Row {
        kind,
        group,
        place: places[0],
        name: experiment_name(runs, places),
        runs: places.len(),
        status: None,
        values,
    };
    [
        row(RowKind::Mean, means),
        row(RowKind::Deviation, deviations),
    ]
}

/// The id of the experiment that runs repeat.
fn experiment_name(runs: &[Compared], places: &[usize]) -> String {
    let first = &runs[places[0]];
    let id = &first.config.exp_id;
    let is_shared = places.iter().all(|p| runs[*p].config.exp_id == *id);
    match is_shared {
        true => id.clone(),
        // Experiments of different names that differ in nothing but their seeds.
        false => first.name.to_owned(),
    }
}
