//! Text tables for the console.

use std::fmt::Write;

use crate::data::Statistics;
use crate::train::{Compiled, ConfusionMatrix};

/// Rows of cells as text: the first column to the left, the others to the right. The first row is the
/// head.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::from(" ");
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String does not fail.
            let _ = match column {
                0 => write!(line, " {cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
        if number == 0 {
            let all = widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1);
            let _ = writeln!(text, "  {}", "─".repeat(all));
        }
    }
    text
}

/// Classes by training, dev, test and total.
pub fn statistics_table(statistics: &Statistics) -> String {
    let head = ["class", "training", "dev", "test", "total"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    for counts in statistics.classes.iter().chain([&statistics.total]) {
        let numbers = [
            counts.training,
            counts.dev,
            counts.test,
            counts.training + counts.dev + counts.test,
        ];
        let mut row = vec![short(&counts.class)];
        row.extend(numbers.map(|number| number.to_string()));
        rows.push(row);
    }
    table(&rows)
}

/// The layers of a model.
pub fn layer_table(compiled: &Compiled) -> String {
    let mut rows = vec![["layer", ""].map(str::to_owned).to_vec()];
    for (index, (name, description, _)) in compiled.layers.iter().enumerate() {
        rows.push(vec![format!("L{index} {name}"), description.clone()]);
    }
    table(&rows)
}

/// The named parameters of a model with their shapes, and the total.
pub fn parameter_table(compiled: &Compiled) -> String {
    let tensors = &compiled.program.tensors;
    let mut rows = vec![
        ["parameter", "shape", "elements"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut total = 0;
    for parameter in &compiled.parameters {
        let id = parameter.value;
        let shape = match tensors.rows(id) {
            1 => format!("{}", tensors.cols(id)),
            rows => format!("{rows} x {}", tensors.cols(id)),
        };
        total += tensors.len(id);
        rows.push(vec![
            tensors[id].name.clone(),
            shape,
            tensors.len(id).to_string(),
        ]);
    }
    rows.push(vec!["total".to_owned(), String::new(), total.to_string()]);
    table(&rows)
}

/// A confusion matrix: a row a class, a column a prediction, and the class's accuracy.
pub fn confusion_table(confusion: &ConfusionMatrix, classes: &[String]) -> String {
    let mut head = vec!["true \\ predicted".to_owned()];
    head.extend(classes.iter().map(|class| short(class)));
    head.push("right".to_owned());
    let mut rows = vec![head];
    for (label, class) in classes.iter().enumerate() {
        let counts: Vec<u32> = (0..classes.len())
            .map(|p| confusion.count(label, p))
            .collect();
        let total: u32 = counts.iter().sum();
        let mut row = vec![short(class)];
        row.extend(counts.iter().map(|count| match count {
            0 => "·".to_owned(),
            count => count.to_string(),
        }));
        row.push(match total {
            0 => "-".to_owned(),
            total => percent(f64::from(counts[label]) / f64::from(total)),
        });
        rows.push(row);
    }
    table(&rows)
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A text on one line: file names may hold line feeds and a terminal's control codes.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}

/// A class's name, cut where it would spoil a table.
fn short(name: &str) -> String {
    const LONGEST: usize = 20;
    let name = one_line(name);
    if name.chars().count() <= LONGEST {
        return name;
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confusion_matrix_shows_each_class_with_its_share_of_right_predictions() {
        let confusion = ConfusionMatrix {
            classes: 2,
            counts: vec![3, 1, 0, 0],
        };
        let classes = ["cat".to_owned(), "a very long name of a class".to_owned()];
        let text = confusion_table(&confusion, &classes);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].contains("cat  a very long name of…  right"),
            "{text}"
        );
        assert!(lines[2].ends_with("75.0%"), "{text}");
        assert!(lines[3].ends_with("-"), "{text}");
    }
}
