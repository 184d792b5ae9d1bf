//! The table of all runs.

use std::cmp::Ordering;
use std::path::PathBuf;

use eframe::egui::{self, Align, Label, Layout, RichText, Role, Sense, TextEdit, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder, TableRow};

use super::look::{self, Mark};
use crate::gui::action::{Action, Actions};
use crate::gui::lab::Job;
use crate::gui::state::{RunKey, RunView, ViewState};
use crate::report::{Better, COLUMNS, natural_order};

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The order in which runs began.
    Began,
    Name,
    Status,
    /// One of [`COLUMNS`].
    Column(usize),
}

/// The table of all runs, sortable by each column, and what is written of it.
pub struct ComparePanel {
    by: By,
    falling: bool,
    table: String,
    plot: String,
    rows: Vec<Row>,
    /// What the rows were made of.
    made: Vec<(RunKey, u64)>,
}

struct Row {
    run: RunKey,
    /// Among the runs.
    place: usize,
    name: String,
    status: &'static str,
    values: Values,
}

type Values = [Option<f64>; COLUMNS.len()];

impl Default for ComparePanel {
    fn default() -> Self {
        Self {
            by: By::Began,
            falling: false,
            table: "comparison.html".to_owned(),
            plot: "curves.svg".to_owned(),
            rows: Vec::new(),
            made: Vec::new(),
        }
    }
}

impl ComparePanel {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        if state.runs.is_empty() {
            look::nothing(ui, "Runs are compared here once there are some.");
            return;
        }
        self.exports(ui, state, actions);
        ui.add_space(6.0);
        self.refresh(state);
        let best = best(&self.rows);
        let height = ui.spacing().interact_size.y + 4.0;
        egui::ScrollArea::horizontal()
            .id_salt("columns")
            .show(ui, |ui| {
                let table = TableBuilder::new(ui)
                    .id_salt("comparison")
                    .striped(true)
                    .sense(Sense::click())
                    .auto_shrink([false, false])
                    .cell_layout(Layout::right_to_left(Align::Center))
                    .column(Column::exact(160.0).clip(true))
                    .column(Column::initial(100.0).at_least(60.0).clip(true))
                    .columns(Column::exact(70.0).clip(true), COLUMNS.len());
                let table = table.header(height, |mut row| self.head(&mut row));
                table.body(|body| {
                    body.rows(height, self.rows.len(), |mut row| {
                        let Some(of) = self.rows.get(row.index()) else {
                            return;
                        };
                        row.set_selected(state.selected.as_ref() == Some(&of.run));
                        line(&mut row, of, state, &best, actions);
                    });
                });
            });
    }

    fn exports(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        let folders = |shown: bool| -> Vec<PathBuf> {
            let runs = state.runs.iter().filter(|run| run.shown || !shown);
            runs.filter_map(|run| run.folder.clone()).collect()
        };
        ui.horizontal_wrapped(|ui| {
            let kinds =
                "CSV, Markdown, JSON or HTML by the file's ending; of all runs with a folder";
            if let Some(to) = export(
                ui,
                &mut self.table,
                "Export table",
                kinds,
                !folders(false).is_empty(),
            ) {
                let runs = folders(false);
                actions.push(Action::Do(Job::ExportTable { runs, to }));
            }
            ui.separator();
            let kinds = "PNG or SVG by the file's ending; of the runs whose curves are shown";
            if let Some(to) = export(
                ui,
                &mut self.plot,
                "Export plot",
                kinds,
                !folders(true).is_empty(),
            ) {
                let runs = folders(true);
                actions.push(Action::Do(Job::ExportPlot { runs, to }));
            }
        });
    }

    /// Brings the rows up to date, and sorts them.
    fn refresh(&mut self, state: &ViewState) {
        let is_same = |((key, version), run): (&(RunKey, u64), &RunView)| {
            *key == run.key && *version == run.version
        };
        let is_known =
            self.made.len() == state.runs.len() && self.made.iter().zip(&state.runs).all(is_same);
        if !is_known {
            let runs = state.runs.iter();
            self.made = runs.map(|run| (run.key.clone(), run.version)).collect();
            let rows = state.runs.iter().zip(state.names()).enumerate();
            self.rows = rows
                .map(|(place, (run, name))| row_of(place, run, name))
                .collect();
            self.sort();
        }
    }

    fn sort(&mut self) {
        let (by, falling) = (self.by, self.falling);
        self.rows.sort_by(|a, b| {
            let order = match by {
                By::Began => a.place.cmp(&b.place),
                By::Name => natural_order(&a.name, &b.name),
                By::Status => a.status.cmp(b.status),
                By::Column(column) => {
                    return by_value(a.values[column], b.values[column], falling)
                        .then(a.place.cmp(&b.place));
                }
            };
            let order = if falling { order.reverse() } else { order };
            order.then(a.place.cmp(&b.place))
        });
    }

    fn head(&mut self, row: &mut TableRow) {
        let mut wish = None;
        let mut cell = |row: &mut TableRow, by: By, text: &str, from_left: bool| {
            let (_, whole) = row.col(|ui| {
                let layout = match from_left {
                    true => Layout::left_to_right(Align::Center),
                    false => Layout::right_to_left(Align::Center),
                };
                ui.with_layout(layout, |ui| {
                    let sign = match self.falling {
                        true => Mark::Down,
                        false => Mark::Up,
                    };
                    if self.by == by && !from_left {
                        look::mark(ui, sign, ui.visuals().text_color());
                    }
                    let button = egui::Button::new(RichText::new(text).strong()).frame(false);
                    let button = ui.add(button).on_hover_text("Sorts by this column");
                    if button.clicked() {
                        wish = Some(by);
                    }
                    if self.by == by && from_left {
                        look::mark(ui, sign, ui.visuals().text_color());
                    }
                });
            });
            if whole.clicked() {
                wish = Some(by);
            }
        };
        cell(row, By::Name, "run", true);
        cell(row, By::Status, "status", true);
        for (place, column) in COLUMNS.iter().enumerate() {
            cell(row, By::Column(place), column.heading, false);
        }
        if let Some(by) = wish {
            self.sort_by(by);
        }
    }

    /// Sorts by a column, the best first; by the same again, the other way round, then as the runs began.
    fn sort_by(&mut self, by: By) {
        let first = match by {
            By::Column(column) => COLUMNS[column].better == Some(Better::Higher),
            _ => false,
        };
        (self.by, self.falling) = match self.by == by {
            false => (by, first),
            true if self.falling == first => (by, !first),
            true => (By::Began, false),
        };
        self.sort();
    }
}

/// A path and a button: gives the path when it was pressed.
fn export(
    ui: &mut Ui,
    path: &mut String,
    title: &str,
    kinds: &str,
    is_possible: bool,
) -> Option<PathBuf> {
    let field = ui.add(TextEdit::singleline(path).desired_width(170.0));
    field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, format!("{title} to")));
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    field.on_hover_text(format!("Where it is written: {kinds}"));
    let is_possible = is_possible && !path.trim().is_empty();
    let button = ui.add_enabled(is_possible, egui::Button::new(title));
    let button = button
        .on_hover_text(kinds)
        .on_disabled_hover_text("Only runs with a folder can be written (--runs-path), to a path");
    let is_asked = button.clicked() || entered && is_possible;
    is_asked.then(|| PathBuf::from(path.trim()))
}

fn line(row: &mut TableRow, of: &Row, state: &ViewState, best: &Values, actions: &mut Actions) {
    let left = Layout::left_to_right(Align::Center);
    let mut is_clicked = false;
    row.col(|ui| {
        ui.with_layout(left, |ui| {
            if let Some(run) = state.run(&of.run) {
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), Sense::hover());
                ui.painter()
                    .rect_filled(rect, 2.0, look::run_color(ui, run));
            }
            let name = egui::Button::new(&of.name).frame(false).truncate();
            is_clicked = ui.add(name).on_hover_text(&of.name).clicked();
        });
    });
    row.col(|ui| {
        ui.with_layout(left, |ui| {
            ui.add(Label::new(of.status).selectable(false).truncate());
        });
    });
    for (place, column) in COLUMNS.iter().enumerate() {
        row.col(|ui| {
            let Some(value) = of.values[place] else {
                ui.add(Label::new(RichText::new("-").weak()).selectable(false));
                return;
            };
            let text = RichText::new(column.kind.text(value));
            let text = match best[place] == Some(value) {
                true => text.strong(),
                false => text,
            };
            let label = ui.add(Label::new(text).selectable(false));
            if best[place] == Some(value) {
                let at = label.rect;
                let stroke = ui.visuals().strong_text_color();
                ui.painter()
                    .hline(at.x_range(), at.bottom() + 1.0, (1.0, stroke));
            }
        });
    }
    if is_clicked || row.response().clicked() {
        actions.push(Action::Select(of.run.clone()));
    }
}

fn row_of(place: usize, run: &RunView, name: String) -> Row {
    Row {
        run: run.key.clone(),
        place,
        name,
        status: look::phase(run),
        values: COLUMNS.map(|column| value(run, column.name)),
    }
}

/// What a run has in a column of [`COLUMNS`], by the column's name.
fn value(run: &RunView, column: &str) -> Option<f64> {
    let last = run.epochs.last();
    let training = run.training.or(last.map(|last| last.training));
    let dev = run.dev.or(last.and_then(|last| last.dev));
    let parameters = (run.parameter_count > 0).then_some(run.parameter_count as f64);
    match column {
        "parameters" => parameters,
        "parameters_per_sample" => match run.samples.training {
            0 => None,
            samples => Some(parameters? / samples as f64),
        },
        "training_cost" => Some(training?.cost),
        "training_accuracy" => Some(training?.accuracy),
        "dev_cost" => Some(dev?.cost),
        "dev_accuracy" => Some(dev?.accuracy),
        "test_accuracy" => Some(run.test?.accuracy),
        "early_stop_epoch" => run.early_stops.first().map(|epoch| f64::from(*epoch)),
        "avoidable_bias" => Some(1.0 - training?.accuracy),
        "variance" => Some(training?.accuracy - dev?.accuracy),
        "seconds" => last.map(|last| last.seconds),
        _ => None,
    }
}

/// The best value of each column that knows better from worse, where runs differ.
fn best(rows: &[Row]) -> Values {
    let mut best = [None; COLUMNS.len()];
    for (place, column) in COLUMNS.iter().enumerate() {
        let values = rows.iter().filter_map(|row| row.values[place]);
        let finite = values.filter(|value| value.is_finite());
        best[place] = match column.better {
            Some(_) if rows.len() < 2 => None,
            Some(Better::Lower) => finite.reduce(f64::min),
            Some(Better::Higher) => finite.reduce(f64::max),
            None => None,
        };
    }
    best
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
