//! The table of all runs.

mod rows;
mod table;

use std::path::PathBuf;

use eframe::egui::{self, Align, Layout, Role, Sense, TextEdit, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use super::look;
use crate::gui::action::{Action, Actions};
use crate::gui::lab::Job;
use crate::gui::state::{RunKey, RunView, ViewState};
use crate::report::{COLUMNS, Values};
use rows::{By, Line};

/// The table of all runs, sortable by each column, and what is written of it.
pub struct ComparePanel {
    by: By,
    falling: bool,
    table: String,
    plot: String,
    lines: Vec<Line>,
    best: Values,
    /// What the lines were made of.
    made: Vec<(RunKey, u64)>,
}

impl Default for ComparePanel {
    fn default() -> Self {
        Self {
            by: By::Began,
            falling: false,
            table: "comparison.html".to_owned(),
            plot: "curves.svg".to_owned(),
            lines: Vec::new(),
            best: Values::default(),
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
        let height = ui.spacing().interact_size.y + 4.0;
        let mut wish = None;
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
                let table = table.header(height, |mut row| {
                    wish = table::head(&mut row, self.by, self.falling);
                });
                table.body(|body| {
                    body.rows(height, self.lines.len(), |mut row| {
                        let Some(of) = self.lines.get(row.index()) else {
                            return;
                        };
                        let is_selected = of.run.is_some() && state.selected == of.run;
                        row.set_selected(is_selected);
                        table::line(&mut row, of, state, &self.best, actions);
                    });
                });
            });
        if let Some(by) = wish {
            self.sort_by(by);
        }
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

    /// Brings the lines up to date, and sorts them.
    fn refresh(&mut self, state: &ViewState) {
        let is_same = |((key, version), run): (&(RunKey, u64), &RunView)| {
            *key == run.key && *version == run.version
        };
        let is_known =
            self.made.len() == state.runs.len() && self.made.iter().zip(&state.runs).all(is_same);
        if !is_known {
            let runs = state.runs.iter();
            self.made = runs.map(|run| (run.key.clone(), run.version)).collect();
            let (comparison, lines) = rows::compare(state);
            self.best = comparison.best();
            self.lines = lines;
            rows::sort(&mut self.lines, self.by, self.falling);
        }
    }

    /// Sorts by a column, the best first; by the same again, the other way round, then as the runs began.
    fn sort_by(&mut self, by: By) {
        (self.by, self.falling) = match self.by == by {
            false => (by, by.is_falling()),
            true if self.falling == by.is_falling() => (by, !by.is_falling()),
            true => (By::Began, false),
        };
        rows::sort(&mut self.lines, self.by, self.falling);
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
