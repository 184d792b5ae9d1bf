//! The comparison table as text for people and for programs.

use serde_json::{Map, Value, json};

use super::super::error::ReportError;
use super::super::tables::{one_line, table};
use super::{COLUMNS, Comparison, Row, RowKind};

impl Comparison {
    /// For a terminal.
    pub fn terminal(&self) -> String {
        table(&self.cells())
    }

    /// For a README or an issue.
    pub fn markdown(&self) -> String {
        let mut lines: Vec<String> = self
            .cells()
            .iter()
            .map(|row| {
                let cells: Vec<String> = row.iter().map(|cell| markdown_cell(cell)).collect();
                format!("| {} |", cells.join(" | "))
            })
            .collect();
        let rule = format!("|---|---|{}", "---:|".repeat(COLUMNS.len()));
        lines.insert(1, rule);
        lines.join("\n") + "\n"
    }

    /// For spreadsheets: numbers with all their digits, nothing where there is none.
    ///
    /// # Errors
    /// None that a table of this shape has.
    pub fn csv(&self) -> Result<String, ReportError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let head = ["kind", "run", "runs", "status"].into_iter();
        writer.write_record(head.chain(COLUMNS.iter().map(|column| column.name)))?;
        for row in &self.rows {
            let mut record = vec![
                row.kind.name().to_owned(),
                row.name.clone(),
                row.runs.to_string(),
                status(row).to_owned(),
            ];
            record.extend(row.values.iter().map(|value| match value {
                Some(value) => value.to_string(),
                None => String::new(),
            }));
            writer.write_record(record)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// For programs: a list of rows. As in the files of a run, `null` is what is no number, and what there
    /// is not is left out.
    ///
    /// # Errors
    /// None that a table of this shape has.
    pub fn json(&self) -> Result<String, ReportError> {
        let rows: Vec<Value> = self.rows.iter().map(json_row).collect();
        Ok(serde_json::to_string_pretty(&rows)? + "\n")
    }

    /// The head and the rows as text.
    fn cells(&self) -> Vec<Vec<String>> {
        let head = ["run", "status"].into_iter();
        let head = head.chain(COLUMNS.iter().map(|column| column.heading));
        let mut cells = vec![head.map(str::to_owned).collect::<Vec<_>>()];
        for row in &self.rows {
            let mut line = vec![one_line(&row.label()), status(row).to_owned()];
            line.extend(row.texts().map(|text| text.unwrap_or("-".to_owned())));
            cells.push(line);
        }
        cells
    }
}

impl Row {
    /// The values for people.
    pub fn texts(&self) -> impl Iterator<Item = Option<String>> {
        let columns = COLUMNS.iter().zip(self.values);
        columns.map(|(column, value)| value.map(|value| column.kind.text(value)))
    }
}

fn status(row: &Row) -> &'static str {
    row.status.map_or("", |status| status.name())
}

fn json_row(row: &Row) -> Value {
    let mut object = Map::new();
    object.insert("kind".to_owned(), json!(row.kind.name()));
    object.insert("run".to_owned(), json!(row.name));
    object.insert("runs".to_owned(), json!(row.runs));
    if let Some(status) = row.status {
        object.insert("status".to_owned(), json!(status));
    }
    for (column, value) in COLUMNS.iter().zip(row.values) {
        let Some(value) = value else { continue };
        let is_whole = row.kind == RowKind::Run && column.kind.is_whole();
        let value = match is_whole {
            true => json!(value as u64),
            false => json!(value),
        };
        object.insert(column.name.to_owned(), value);
    }
    Value::Object(object)
}

/// A name may hold what Markdown would read as the end of a cell, or as HTML.
fn markdown_cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '*' | '_' | '`' | '[' | ']' => cell.extend(['\\', c]),
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            _ => cell.push(c),
        }
    }
    cell
}
