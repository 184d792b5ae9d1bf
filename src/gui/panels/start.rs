//! The page that the program opens with: what can be done, and past runs.

mod examples;
mod past;
mod table;

use eframe::egui::{Button, Grid, RichText, ScrollArea, Ui, vec2};

pub use examples::{colors, numbers};

use crate::config::ExperimentConfig;
use crate::gui::action::{Action, Actions, View};
use crate::gui::lab::{Answer, Job};
use crate::gui::state::ViewState;
use past::PastRuns;

/// Of the page, in points.
const WIDTH: f32 = 860.0;

/// What can be done, and past runs.
#[derive(Default)]
pub struct StartPanel {
    past: PastRuns,
    /// The data sets that are here, once that is known; asked for once.
    datasets: Option<Vec<String>>,
    asked: bool,
}

impl StartPanel {
    /// Takes another folder of past runs.
    pub fn set_path(&mut self, path: impl Into<String>) {
        self.past.set_path(path.into());
    }

    /// Reads the list anew with the next frame: a run may have ended.
    pub fn refresh(&mut self) {
        self.past.refresh();
    }

    /// Takes what came of a job, if it is its own.
    pub fn answer(&mut self, answer: &Answer) {
        self.past.answer(answer);
        if let Answer::Datasets(folder, names) = answer
            && *folder == colors().data.datasets_path
        {
            self.datasets = Some(names.clone());
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, _: &ViewState, actions: &mut Actions) {
        self.past.want(actions);
        if !std::mem::replace(&mut self.asked, true) {
            let folder = colors().data.datasets_path;
            actions.push(Action::Do(Job::ListDatasets(folder)));
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = ui.available_width().min(WIDTH);
            let margin = (ui.available_width() - width) / 2.0;
            ui.horizontal_top(|ui| {
                ui.add_space(margin);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.add_space(24.0);
                    ui.label(RichText::new("shadernets").heading().size(28.0).strong());
                    ui.label("Train image classifiers on any GPU, and watch them learn.");
                    ui.add_space(20.0);
                    self.begin(ui, actions);
                    ui.add_space(24.0);
                    self.past.ui(ui, actions);
                    ui.add_space(24.0);
                });
            });
        });
    }

    /// What begins something new.
    fn begin(&self, ui: &mut Ui, actions: &mut Actions) {
        Grid::new("begin").spacing(vec2(16.0, 10.0)).show(ui, |ui| {
            for (title, text, experiment) in [
                (
                    "Train the digits",
                    "A network of one hidden layer learns to read digits of any typeface, size and colour.",
                    Some(numbers()),
                ),
                (
                    "Train the colours",
                    "A softmax regression tells red, green and blue apart.",
                    Some(colors()),
                ),
                (
                    "Set up an experiment",
                    "Your own pictures, any option of the command line, several experiments at once.",
                    None,
                ),
            ] {
                let missing = experiment.as_ref().and_then(|of| self.missing(of));
                let button = Button::new(RichText::new(title).strong()).min_size(vec2(200.0, 36.0));
                let button = ui.add_enabled(missing.is_none(), button).on_hover_text(text);
                if button.clicked() {
                    let view = match experiment {
                        Some(_) => View::Watch,
                        None => View::Setup,
                    };
                    actions.extend(experiment.map(|of| Action::Train(vec![of])));
                    actions.push(Action::Show(view));
                }
                ui.label(missing.unwrap_or_else(|| text.to_owned()));
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        ui.weak(
            "Or drop something on the window: a folder with a folder of pictures for each class, the folder of a \
             run, or a picture for a network to look at.",
        );
    }

    /// What to do where an experiment's data set is known not to be here.
    fn missing(&self, experiment: &ExperimentConfig) -> Option<String> {
        let name = &experiment.data.dataset;
        let folder = experiment.data.datasets_path.join(name);
        let is_missing = self
            .datasets
            .as_ref()
            .is_some_and(|names| !names.contains(name));
        is_missing.then(|| {
            format!(
                "There is no {} here; `shadernets dataset generate {name}` draws it.",
                folder.display()
            )
        })
    }
}
