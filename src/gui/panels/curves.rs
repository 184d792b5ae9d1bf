//! Cost and accuracy of all shown runs.

mod dashes;
mod grid;
mod hover;
mod keys;
mod lines;
mod plots;
mod series;

use eframe::egui::{self, Id, Role, Ui, vec2};

use super::look;
use crate::gui::action::Actions;
use crate::gui::state::{RunKey, ViewState};
use lines::{Lines, Metric, Options, Part};

pub(super) use series::{runs as finite_runs, thin};

/// The curves of all shown runs, in two plots with the same x axis.
pub struct CurvesPanel {
    options: Options,
    training: bool,
    dev: bool,
    lines: Lines,
    /// The axes show everything again in the next frame.
    fits: bool,
    hovered: Option<Hovered>,
    /// What names the plots to the keyboard, once they were drawn.
    plots: [Option<Id>; Metric::ALL.len()],
}

/// The point that the pointer is near to.
#[derive(Debug, Clone, PartialEq)]
struct Hovered {
    run: RunKey,
    /// Among the run's epochs.
    place: usize,
    part: Part,
    metric: Metric,
}

impl Default for CurvesPanel {
    fn default() -> Self {
        Self {
            options: Options {
                by_time: false,
                log: false,
                smoothing: 0.0,
            },
            training: true,
            dev: true,
            lines: Lines::default(),
            fits: false,
            hovered: None,
            plots: [None; Metric::ALL.len()],
        }
    }
}

impl CurvesPanel {
    /// Whether a plot takes the keys that move and zoom it.
    pub fn has_focus(&self, ctx: &egui::Context) -> bool {
        let focused = ctx.memory(|memory| memory.focused());
        focused.is_some() && self.plots.contains(&focused)
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, _actions: &mut Actions) {
        self.controls(ui);
        let has_curves = |run: &crate::gui::state::RunView| run.shown && !run.epochs.is_empty();
        let curves = state.runs.iter().filter(|run| has_curves(run)).count();
        if curves == 0 {
            let text = match state.runs.iter().any(|run| !run.epochs.is_empty()) {
                true => "All curves are hidden. Tick a run in the list to see its curves.",
                false => "Curves are drawn here from the first epoch on.",
            };
            look::nothing(ui, text);
            return;
        }
        self.lines.refresh(&state.runs, self.options);
        // The number at the right end of an axis stands half beside it.
        let space = ui.available_size() - vec2(12.0, 0.0);
        let gap = ui.spacing().item_spacing;
        // Two plots side by side where there is width for it.
        let is_wide = space.x > 2.2 * space.y && space.x >= 520.0;
        let size = match is_wide {
            true => vec2((space.x - gap.x) / 2.0, space.y),
            false => vec2(space.x, (space.y - gap.y) / 2.0),
        };
        if !size.is_finite() || size.x < 160.0 || size.y < 80.0 {
            ui.weak("The curves need more room.");
            return;
        }
        let hovered = self.hovered.take();
        let fits = std::mem::take(&mut self.fits);
        let layout = match is_wide {
            true => egui::Layout::left_to_right(egui::Align::Min),
            false => egui::Layout::top_down(egui::Align::Min),
        };
        ui.with_layout(layout, |ui| {
            for metric in Metric::ALL {
                // The lower of two plots tells what the x axis of both is.
                let names_x = is_wide || metric == Metric::Accuracy;
                let found = self.plot(ui, state, metric, size, [fits, names_x], hovered.as_ref());
                self.hovered = self.hovered.take().or(found);
            }
        });
    }

    fn controls(&mut self, ui: &mut Ui) {
        let before = self.options;
        ui.horizontal_wrapped(|ui| {
            let options = &mut self.options;
            ui.label("x axis");
            ui.selectable_value(&mut options.by_time, false, "Epochs");
            ui.selectable_value(&mut options.by_time, true, "Time")
                .on_hover_text("Seconds of training and evaluation since the run began");
            ui.separator();
            ui.checkbox(&mut options.log, "Log cost")
                .on_hover_text("A logarithmic scale of the cost; a cost of 0 is a gap");
            ui.separator();
            ui.spacing_mut().slider_width = 90.0;
            let slider = egui::Slider::new(&mut options.smoothing, 0.0..=0.99)
                .fixed_decimals(2)
                .text("Smoothing");
            ui.add(slider).on_hover_text(
                "The weight of what came before in an exponential moving average; 0 draws the values as they are",
            );
            ui.separator();
            self.key(ui);
            ui.separator();
            let fit = ui.button("Fit").on_hover_text(format!(
                "Shows everything again, as a double click on a plot does. Drag to move, scroll with Ctrl to zoom, \
                 drag with the right button to zoom into a part. In a plot that was clicked or reached with Tab, {}.",
                keys::HELP
            ));
            if fit.clicked() {
                self.fits = true;
            }
        });
        let after = self.options;
        // Another scale, another range.
        self.fits |= before.by_time != after.by_time || before.log != after.log;
    }

    /// What lines and marks stand for, and which are drawn.
    fn key(&mut self, ui: &mut Ui) {
        let color = ui.visuals().text_color();
        for (is_on, part) in [
            (&mut self.training, Part::Training),
            (&mut self.dev, Part::Dev),
        ] {
            let name = match part {
                Part::Training => "Training",
                Part::Dev => "Dev",
            };
            ui.checkbox(is_on, name);
            let (rect, _) = ui.allocate_exact_size(vec2(26.0, 12.0), egui::Sense::hover());
            plots::sample_of_line(ui, rect, part, color);
        }
        let (rect, response) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover());
        plots::mark(ui.painter(), rect.center(), color, ui.visuals().panel_fill);
        look::named(&response, Role::Image, "Mark of early stopping");
        ui.label("early stop").on_hover_text(
            "Where the dev cost had not fallen for as many epochs as the patience says",
        );
    }

    fn plot_id(metric: Metric) -> Id {
        Id::unique(("curves of", metric as usize))
    }
}
