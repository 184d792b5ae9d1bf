//! Past runs of a folder, and what opens them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use eframe::egui::{self, Button, Label, RichText, TextEdit, Ui};

use super::table::table;
use crate::gui::action::{Action, Actions, View};
use crate::gui::lab::{Answer, Job, JobKind, ListedRun};

/// The runs of a folder.
pub struct PastRuns {
    /// The folder, as it is typed.
    path: String,
    /// The folder that was asked for last.
    listed: Option<PathBuf>,
    /// Its runs, once they are there.
    runs: Option<Vec<ListedRun>>,
    /// Those that are to be opened.
    chosen: BTreeSet<PathBuf>,
    error: Option<String>,
}

impl Default for PastRuns {
    fn default() -> Self {
        Self {
            path: "runs".to_owned(),
            listed: None,
            runs: None,
            chosen: BTreeSet::new(),
            error: None,
        }
    }
}

impl PastRuns {
    /// Takes another folder.
    pub fn set_path(&mut self, path: String) {
        self.path = path;
        self.listed = None;
    }

    /// Reads the list anew with the next frame.
    pub fn refresh(&mut self) {
        self.listed = None;
    }

    /// Takes what came of a job, if it is its own.
    pub fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Runs(folder, runs) if self.listed.as_ref() == Some(folder) => {
                let there: BTreeSet<_> = runs.iter().map(|run| &run.folder).collect();
                self.chosen.retain(|folder| there.contains(folder));
                self.runs = Some(runs.clone());
                self.error = None;
            }
            Answer::Failed {
                kind: JobKind::ListRuns,
                error,
                ..
            } => {
                self.runs = Some(Vec::new());
                self.error = Some(error.clone());
            }
            _ => {}
        }
    }

    /// Asks for the list, if it is not there.
    pub fn want(&mut self, actions: &mut Actions) {
        if self.listed.is_none() {
            self.list(actions);
        }
    }

    fn list(&mut self, actions: &mut Actions) {
        let folder = PathBuf::from(self.path.trim());
        self.runs = None;
        self.error = None;
        self.listed = Some(folder.clone());
        actions.push(Action::Do(Job::ListRuns(folder)));
    }

    pub fn ui(&mut self, ui: &mut Ui, actions: &mut Actions) {
        ui.heading("Past runs");
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let label = ui.label("Folder");
            let edit = TextEdit::singleline(&mut self.path)
                .id_salt("folder of runs")
                .hint_text("folder of runs")
                .desired_width(320.0);
            let edit = ui.add(edit).labelled_by(label.id);
            let enter = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if ui.button("List runs").clicked() || enter {
                self.list(actions);
            }
            let chosen = ui.add_enabled(
                !self.chosen.is_empty(),
                Button::new(format!("Open selected ({})", self.chosen.len())),
            );
            if chosen.clicked() {
                let folders = std::mem::take(&mut self.chosen);
                actions.push(Action::Open(folders.into_iter().collect()));
                actions.push(Action::Show(View::Watch));
            }
            let some = self.runs.as_ref().is_some_and(|runs| !runs.is_empty());
            if ui.add_enabled(some, Button::new("Open all")).clicked() {
                let folders = self.listed.iter().cloned().collect();
                actions.push(Action::Open(folders));
                actions.push(Action::Show(View::Compare));
            }
        });
        ui.add_space(4.0);
        if let Some(error) = &self.error {
            let text = RichText::new(error).color(ui.visuals().error_fg_color);
            ui.add(Label::new(text).wrap());
        }
        match &self.runs {
            None => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.weak("Reading the folder ...");
                });
            }
            Some(runs) if runs.is_empty() && self.error.is_none() => {
                let folder = self.listed.as_deref().unwrap_or("".as_ref());
                let folder = folder.display();
                ui.weak(format!(
                    "No runs in {folder} yet. Each run that you train leaves a folder."
                ));
            }
            Some(runs) => {
                for folder in table(ui, runs, &mut self.chosen) {
                    actions.push(Action::Open(vec![folder]));
                    actions.push(Action::Show(View::Watch));
                }
            }
        }
    }
}
