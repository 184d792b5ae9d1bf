//! The comparison table, as the template fills it in.

use serde::Serialize;

use super::super::comparison::{COLUMNS, Comparison, RowKind};
use super::super::naming::Named;
use super::super::one_line;
use crate::runs::{RunRecord, Status};

#[derive(Debug, Serialize)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<TableRow>,
    /// Rows of more than one run: there is something to sort.
    is_sortable: bool,
}

#[derive(Debug, Serialize)]
struct TableRow {
    kind: &'static str,
    group: usize,
    label: String,
    /// Of the run's name, among all; nothing for a mean or deviation.
    run: Option<usize>,
    status: &'static str,
    is_done: bool,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    text: String,
    /// What to sort by; empty if there is nothing.
    value: String,
    /// Of all runs in this column.
    is_best: bool,
}

pub fn comparison(runs: &[RunRecord], named: &[Named]) -> Table {
    let comparison = Comparison::new(runs);
    let best = comparison.best();
    let rows = comparison.rows.iter().map(|row| {
        let is_run = row.kind == RowKind::Run;
        let cells = row.values.iter().zip(row.texts()).zip(&best);
        TableRow {
            kind: row.kind.name(),
            group: row.group,
            label: one_line(&row.label()),
            run: is_run
                .then(|| named.iter().position(|run| run.name == row.name))
                .flatten(),
            status: row.status.map_or("", |status| status.name()),
            is_done: row.status == Some(Status::Finished),
            cells: cells
                .map(|((value, text), best)| Cell {
                    text: text.unwrap_or_else(|| "–".to_owned()),
                    value: value.map_or(String::new(), |value| value.to_string()),
                    is_best: is_run && best.is_some() && value == best,
                })
                .collect(),
        }
    });
    let rows: Vec<TableRow> = rows.collect();
    Table {
        headings: COLUMNS.iter().map(|column| column.heading).collect(),
        is_sortable: named.len() > 1,
        rows,
    }
}
