//! Where everything is.

use eframe::egui::{self, CentralPanel, Panel, Ui};

use super::App;
use crate::gui::action::{Action, Actions, View};

/// Width of the list of runs.
const RUNS: f32 = 250.0;
/// Share of the view's height that the curves take.
const CURVES: f32 = 0.56;

impl App {
    /// Draws the whole window.
    pub(super) fn views(&mut self, ui: &mut Ui, actions: &mut Actions) {
        Panel::top("views").show(ui, |ui| {
            ui.horizontal(|ui| {
                for (view, name) in View::ALL {
                    if ui.selectable_label(self.view == view, name).clicked() {
                        actions.push(Action::Show(view));
                    }
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    egui::widgets::global_theme_preference_buttons(ui);
                });
            });
        });
        Panel::bottom("status").show(ui, |ui| self.panels.status.ui(ui, &self.state, actions));
        let shows_runs = matches!(
            self.view,
            View::Watch | View::Model | View::Compare | View::Try
        );
        if shows_runs {
            Panel::top("steering").show(ui, |ui| self.toolbar.ui(ui, &self.state, actions));
            Panel::left("runs")
                .default_size(RUNS)
                .show(ui, |ui| self.panels.runs.ui(ui, &self.state, actions));
        }
        CentralPanel::default().show(ui, |ui| match self.view {
            View::Start => self.panels.start.ui(ui, &self.state, actions),
            View::Watch => self.watch(ui, actions),
            View::Model => self.panels.model.ui(ui, &self.state, actions),
            View::Compare => self.panels.compare.ui(ui, &self.state, actions),
            View::Setup => self.panels.setup.ui(ui, &self.state, actions),
            View::Try => self.panels.try_it.ui(ui, &self.state, actions),
        });
    }

    /// Curves above; matrix, weights and samples side by side below.
    fn watch(&mut self, ui: &mut Ui, actions: &mut Actions) {
        let height = (ui.available_height() * CURVES).max(1.0);
        let state = &self.state;
        Panel::top("curves")
            .frame(egui::Frame::NONE)
            .resizable(true)
            .default_size(height)
            .show(ui, |ui| self.panels.curves.ui(ui, state, actions));
        ui.columns(3, |columns| {
            let [matrix, weights, samples] = columns else {
                return;
            };
            self.panels.confusion.ui(matrix, state, actions);
            self.panels.units.ui(weights, state, actions);
            self.panels.samples.ui(samples, state, actions);
        });
    }
}
