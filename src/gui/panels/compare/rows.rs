//! The order of the table's rows.

use std::cmp::Ordering;

use crate::gui::panels::look;
use crate::gui::state::{Phase, RunKey, RunView, ViewState};
use crate::report::{Better, COLUMNS, Compared, Comparison, Facts, Row, RowKind, natural_order};
use crate::runs::Status;

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The order in which runs began.
    Began,
    Name,
    Status,
    /// One of [`COLUMNS`].
    Column(usize),
}

impl By {
    /// Whether the best, or the first, is found with the larger ones.
    pub fn is_falling(self) -> bool {
        match self {
            Self::Column(column) => COLUMNS[column].better == Some(Better::Higher),
            _ => false,
        }
    }
}

/// A row of the table.
pub struct Line {
    pub row: Row,
    /// None of a mean or deviation.
    pub run: Option<RunKey>,
    /// Empty of a mean or deviation.
    pub status: &'static str,
}

/// Compares the runs of the window, in the order in which they began.
pub fn compare(state: &ViewState) -> (Comparison, Vec<Line>) {
    let names = state.names();
    let runs = state.runs.iter().zip(&names);
    let runs: Vec<Compared> = runs.map(|(run, name)| compared(run, name)).collect();
    let comparison = Comparison::of(&runs);
    let lines = comparison.rows.iter().map(|row| {
        let is_run = row.kind == RowKind::Run;
        let run = state.runs.get(row.place).filter(|_| is_run);
        Line {
            row: row.clone(),
            run: run.map(|run| run.key.clone()),
            status: run.map_or("", look::phase),
        }
    });
    let lines = lines.collect();
    (comparison, lines)
}

fn compared<'a>(run: &'a RunView, name: &'a str) -> Compared<'a> {
    let last = run.epochs.last();
    Compared {
        name,
        config: &run.config,
        status: match run.phase {
            Phase::Working => Status::Running,
            Phase::Over(status, _) => status,
        },
        facts: Facts {
            parameters: (run.parameter_count > 0).then_some(run.parameter_count),
            samples: run.samples.training,
            training: run.training.or(last.map(|last| last.training)),
            dev: run.dev.or(last.and_then(|last| last.dev)),
            test: run.test,
            early_stop_epoch: run.early_stops.first().copied(),
            seconds: last.map(|last| last.seconds),
        },
    }
}

/// Sorts the lines. Repetitions of an experiment stay together, their mean and deviation below them; where they stand
/// among the others, their mean says.
pub fn sort(lines: &mut Vec<Line>, by: By, falling: bool) {
    let mut groups: Vec<Vec<Line>> = Vec::new();
    lines.sort_by_key(|line| line.row.group);
    for line in lines.drain(..) {
        match groups.last_mut() {
            Some(group) if group[0].row.group == line.row.group => group.push(line),
            _ => groups.push(vec![line]),
        }
    }
    let of_several = |line: &Line| (line.row.kind != RowKind::Run).then_some(line.row.kind);
    for group in &mut groups {
        group.sort_by(|a, b| {
            let kinds = of_several(a).cmp(&of_several(b));
            kinds.then_with(|| order(a, b, by, falling))
        });
    }
    let key = |group: &[Line]| {
        let mean = group.iter().position(|line| line.row.kind == RowKind::Mean);
        mean.filter(|_| matches!(by, By::Column(_))).unwrap_or(0)
    };
    groups.sort_by(|a, b| order(&a[key(a)], &b[key(b)], by, falling));
    lines.extend(groups.into_iter().flatten());
}

fn order(a: &Line, b: &Line, by: By, falling: bool) -> Ordering {
    let turned = |order: Ordering| if falling { order.reverse() } else { order };
    let order = match by {
        By::Began => turned(a.row.place.cmp(&b.row.place)),
        By::Name => turned(natural_order(&a.row.name, &b.row.name)),
        By::Status => turned(a.status.cmp(b.status)),
        By::Column(column) => by_value(a.row.values[column], b.row.values[column], falling),
    };
    order.then(a.row.place.cmp(&b.row.place))
}

/// What is no number, and then what there is not, comes last in either direction.
fn by_value(a: Option<f64>, b: Option<f64>, falling: bool) -> Ordering {
    let rank = |value: Option<f64>| match value {
        Some(value) if !value.is_nan() => 0,
        Some(_) => 1,
        None => 2,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Some(a), Some(b)) if falling => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => Ordering::Equal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_comes_last_in_either_direction() {
        let values = [None, Some(2.0), Some(f64::NAN), Some(1.0), Some(3.0)];
        let sorted = |falling| {
            let mut values = values;
            values.sort_by(|a, b| by_value(*a, *b, falling));
            values.map(|value| value.map_or("-".to_owned(), |value| value.to_string()))
        };
        assert_eq!(sorted(false), ["1", "2", "3", "NaN", "-"]);
        assert_eq!(sorted(true), ["3", "2", "1", "NaN", "-"]);
    }
}
