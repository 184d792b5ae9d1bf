//! Where everything is.

use eframe::egui::{Align, CentralPanel, Layout, Panel, Rect, ThemePreference, Ui, UiBuilder};

use super::App;
use crate::gui::action::{Action, Actions, View};

/// Width of the list of runs.
const RUNS: f32 = 250.0;
/// Share of the view's height that the curves take.
const CURVES: f32 = 0.52;
/// Share of its width that the matrix takes.
const MATRIX: f32 = 0.4;
/// Between the parts of a view.
const GAP: f32 = 6.0;

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
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    themes(ui);
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
        let (state, panels) = (&self.state, &mut self.panels);
        let all = ui.available_rect_before_wrap();
        let (above, below) = all.split_top_bottom_at_fraction(CURVES);
        part(ui, "curves", above, |ui| {
            panels.curves.ui(ui, state, actions)
        });
        let (matrix, rest) = below.split_left_right_at_fraction(MATRIX);
        let (weights, samples) = rest.split_left_right_at_fraction(0.5);
        part(ui, "matrix", matrix, |ui| {
            panels.confusion.ui(ui, state, actions)
        });
        part(ui, "weights", weights, |ui| {
            panels.units.ui(ui, state, actions)
        });
        part(ui, "samples", samples, |ui| {
            panels.samples.ui(ui, state, actions)
        });
        ui.advance_cursor_after_rect(all);
    }
}

/// Light, dark, or as the desktop is.
fn themes(ui: &mut Ui) {
    let chosen = ui.options(|options| options.theme_preference);
    // From right to left.
    for (theme, name) in [
        (ThemePreference::Dark, "Dark"),
        (ThemePreference::Light, "Light"),
        (ThemePreference::System, "System"),
    ] {
        let button = ui.selectable_label(chosen == theme, name);
        if button.on_hover_text("Theme").clicked() {
            ui.set_theme(theme);
        }
    }
}

/// A part of a view, which stays within its rectangle.
fn part(ui: &mut Ui, name: &str, rect: Rect, add: impl FnOnce(&mut Ui)) {
    let rect = rect.shrink(GAP);
    let layout = Layout::top_down(Align::LEFT);
    let builder = UiBuilder::new().id_salt(name).max_rect(rect).layout(layout);
    let mut part = ui.new_child(builder);
    part.set_clip_rect(rect.expand(1.0).intersect(ui.clip_rect()));
    add(&mut part);
}
