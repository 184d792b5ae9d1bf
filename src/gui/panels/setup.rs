//! Sets up an experiment: every option with its help, samples of the data before and after, and experiments that
//! are to be trained together.

mod fields;
mod form;
mod preview;
mod session;

use std::path::{Path, PathBuf};

use eframe::egui::{self, Button, RichText, ScrollArea, TextEdit, Ui};

pub use form::{Field, Form};
pub(super) use preview::texture;

use crate::cli::{arguments, command_line};
use crate::config::{ExperimentConfig, SessionConfig};
use crate::gui::action::{Action, Actions};
use crate::gui::lab::{Answer, Job};
use crate::gui::state::ViewState;
use preview::Preview;

/// Of the form, in points.
const FORM_WIDTH: f32 = 500.0;

/// Sets up an experiment.
pub struct SetupPanel {
    form: Form,
    /// What the window knows to hold for a session.
    told: SessionConfig,
    search: String,
    /// Those that are trained together.
    together: Vec<ExperimentConfig>,
    preview: Preview,
    /// The folder whose data sets were asked for, and what it holds.
    listed: Option<PathBuf>,
    datasets: Vec<String>,
}

impl Default for SetupPanel {
    fn default() -> Self {
        let form = Form::default();
        Self {
            told: form.session().clone(),
            form,
            search: String::new(),
            together: Vec::new(),
            preview: Preview::default(),
            listed: None,
            datasets: Vec::new(),
        }
    }
}

impl SetupPanel {
    /// Takes an experiment to be changed.
    pub fn edit(&mut self, config: ExperimentConfig) {
        self.form.set_experiment(&config);
        self.search.clear();
    }

    /// Takes what holds for sessions, as the program was called.
    pub fn set_session(&mut self, session: &SessionConfig) {
        self.form = Form::of(self.form.config(), session);
        self.told = self.form.session().clone();
    }

    /// The experiments are in the file that was named for them: it is not for the next ones.
    pub fn config_is_saved(&mut self) {
        self.form.set("save-config", "");
    }

    /// Takes a folder as the data set.
    pub fn drop_folder(&mut self, folder: &Path) {
        self.form.set_dataset(folder);
    }

    /// What is spelled now; options with a wrong value have their defaults.
    pub fn config(&self) -> &ExperimentConfig {
        self.form.config()
    }

    /// Takes what came of a job, if it is its own.
    pub fn answer(&mut self, answer: &Answer) {
        self.preview.answer(answer);
        if let Answer::Datasets(folder, names) = answer
            && self.listed.as_ref() == Some(folder)
        {
            self.datasets.clone_from(names);
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        let data = &self.form.config().data;
        if self.listed.as_ref() != Some(&data.datasets_path) {
            self.listed = Some(data.datasets_path.clone());
            self.datasets.clear();
            actions.push(Action::Do(Job::ListDatasets(data.datasets_path.clone())));
        }
        self.preview.want(ui.ctx(), data, actions);
        self.head(ui, actions);
        ui.separator();
        self.body(ui, state, actions);
        if self.form.is_session_valid() && *self.form.session() != self.told {
            self.told = self.form.session().clone();
            actions.push(Action::Configure(Box::new(self.told.clone())));
        }
    }

    fn body(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        if ui.available_width() < 1.6 * FORM_WIDTH {
            ScrollArea::vertical().show(ui, |ui| {
                self.preview.ui(ui);
                self.together(ui, actions);
                ui.separator();
                self.search(ui);
                self.options(ui, state);
            });
            return;
        }
        ui.horizontal_top(|ui| {
            let height = ui.available_height();
            ui.vertical(|ui| {
                ui.set_width(FORM_WIDTH);
                ui.set_height(height);
                self.search(ui);
                ScrollArea::vertical()
                    .id_salt("options")
                    .auto_shrink(false)
                    .show(ui, |ui| self.options(ui, state));
            });
            ui.separator();
            ui.vertical(|ui| {
                self.together(ui, actions);
                self.preview.ui(ui);
            });
        });
    }

    /// What can be done with the experiment.
    fn head(&mut self, ui: &mut Ui, actions: &mut Actions) {
        let wrong = self.form.fields.iter().find(|field| field.error.is_some());
        let wrong = wrong.map(|field| format!("--{} has a wrong value", field.option.name));
        let valid = wrong.is_none();
        let why = wrong.unwrap_or_default();
        ui.horizontal_wrapped(|ui| {
            let selection = ui.visuals().selection;
            let train = RichText::new("Train")
                .strong()
                .color(selection.stroke.color);
            let train = ui.add_enabled(valid, Button::new(train).fill(selection.bg_fill));
            let train = train.on_hover_text("Trains this experiment, after those that are at work");
            if train.on_disabled_hover_text(&why).clicked() {
                actions.push(Action::Train(vec![self.form.config().clone()]));
            }
            let add = ui.add_enabled(valid, Button::new("Add to queue"));
            let add =
                add.on_hover_text("Keeps this experiment, to be trained together with others");
            if add.on_disabled_hover_text(&why).clicked() {
                self.together.push(self.form.config().clone());
            }
            let copy = ui.add_enabled(valid, Button::new("Copy as command line"));
            let copy = copy.on_disabled_hover_text(&why);
            let line = || command_line(self.form.config(), self.form.session());
            let copy = copy.on_hover_ui(|ui| {
                ui.label(line());
            });
            if copy.clicked() {
                actions.push(Action::Copy(line()));
                actions.push(Action::Note(
                    "The command line is on the clipboard.".to_owned(),
                ));
            }
            let mut of_experiment = self.form.fields.iter().filter(|f| !f.is_of_session());
            let changed = of_experiment.any(|field| field.changed);
            let reset = ui.add_enabled(changed, Button::new("Reset all"));
            if reset
                .on_hover_text("All options of the experiment back to their defaults")
                .clicked()
            {
                self.form.set_experiment(&ExperimentConfig::default());
            }
            if !valid {
                ui.colored_label(fields::error_color(ui), why);
            }
        });
    }

    fn search(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let label = ui.label("Search options");
            ui.add(
                TextEdit::singleline(&mut self.search)
                    .id_salt("search options")
                    .hint_text("a word of their names or help")
                    .desired_width(f32::INFINITY),
            )
            .labelled_by(label.id);
        });
        ui.add_space(4.0);
    }

    fn options(&mut self, ui: &mut Ui, state: &ViewState) {
        fields::form(ui, &mut self.form, &self.search, &self.datasets, state);
    }

    /// The experiments that are trained together.
    fn together(&mut self, ui: &mut Ui, actions: &mut Actions) {
        if self.together.is_empty() {
            return;
        }
        let count = self.together.len();
        ui.horizontal(|ui| {
            ui.strong("To be trained together");
            let text = match count {
                1 => "Train 1 experiment".to_owned(),
                count => format!("Train {count} experiments"),
            };
            if ui.button(text).clicked() {
                actions.push(Action::Train(std::mem::take(&mut self.together)));
            }
        });
        let mut removed = None;
        let mut edited = None;
        ScrollArea::vertical()
            .id_salt("together")
            .max_height(120.0)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (place, experiment) in self.together.iter().enumerate() {
                    ui.horizontal(|ui| {
                        let (number, id) = (place + 1, &experiment.exp_id);
                        if ui.small_button(format!("Remove {number}")).clicked() {
                            removed = Some(place);
                        }
                        if ui.small_button(format!("Edit {number}")).clicked() {
                            edited = Some(place);
                        }
                        ui.strong(id);
                        let differs = arguments(experiment).join(" ");
                        ui.add(egui::Label::new(RichText::new(&differs).weak()).truncate())
                            .on_hover_text(differs);
                    });
                }
            });
        if let Some(place) = removed {
            self.together.remove(place);
        }
        if let Some(place) = edited {
            let experiment = self.together.remove(place);
            self.edit(experiment);
        }
        ui.separator();
    }
}
