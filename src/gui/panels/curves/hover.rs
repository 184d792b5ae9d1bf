//! What the pointer is near to.

use eframe::egui::{self, Color32, Painter, Pos2, Stroke, Ui, vec2};
use egui_plot::{PlotPoint, PlotTransform};

use super::lines::{Metric, Part, x_of};
use super::{CurvesPanel, Hovered};
use crate::gui::panels::look;
use crate::gui::state::{RunView, ViewState};
use crate::runs::Figures;

impl CurvesPanel {
    /// Rings around the points of the epoch that the pointer is near to, in both plots.
    pub(super) fn paint_hovered(
        &self,
        ui: &Ui,
        painter: &Painter,
        state: &ViewState,
        metric: Metric,
        hovered: &Hovered,
        transform: &PlotTransform,
    ) {
        let Some(run) = state.run(&hovered.run) else {
            return;
        };
        let Some(point) = run.epochs.get(hovered.place) else {
            return;
        };
        let x = x_of(point, self.options);
        let line = Stroke::new(1.0, ui.visuals().weak_text_color().gamma_multiply(0.6));
        let across = transform.position_from_point(&PlotPoint::new(x, 0.0)).x;
        if across.is_finite() {
            painter.vline(across, transform.frame().y_range(), line);
        }
        let color = look::run_color(ui, run);
        for part in self.parts() {
            if let Some([x, y]) = self.lines.point(run, metric, part, hovered.place) {
                let at = transform.position_from_point(&PlotPoint::new(x, y));
                let radius = if part == hovered.part { 4.5 } else { 3.0 };
                painter.circle(
                    at,
                    radius,
                    ui.visuals().extreme_bg_color,
                    Stroke::new(2.0, color),
                );
            }
        }
    }

    /// What the pointer is near to.
    pub(super) fn find(
        &self,
        runs: &[&RunView],
        metric: Metric,
        transform: &PlotTransform,
        pointer: Pos2,
    ) -> Option<Hovered> {
        let mut nearest: Option<(f32, Hovered)> = None;
        for run in runs {
            for part in self.parts() {
                let found = self.lines.nearest(run, metric, part, transform, pointer);
                let Some((place, distance)) = found else {
                    continue;
                };
                if nearest.as_ref().is_none_or(|(least, _)| distance < *least) {
                    let hovered = Hovered {
                        run: run.key.clone(),
                        place,
                        part,
                        metric,
                    };
                    nearest = Some((distance, hovered));
                }
            }
        }
        nearest.map(|(_, hovered)| hovered)
    }
}

/// The numbers of the point that the pointer is near to.
pub fn tooltip(response: &egui::Response, run: &RunView, hovered: &Hovered) {
    let Some(point) = run.epochs.get(hovered.place) else {
        return;
    };
    let layer = response.layer_id;
    let anchor = egui::PopupAnchor::Pointer;
    let tooltip = egui::Tooltip::always_open(response.ctx.clone(), layer, response.id, anchor);
    tooltip.gap(14.0).show(|ui| {
        ui.horizontal(|ui| {
            swatch(ui, look::run_color(ui, run));
            ui.strong(&run.id);
        });
        ui.label(format!(
            "epoch {}, {}",
            point.epoch,
            look::duration(point.seconds)
        ));
        egui::Grid::new("figures").num_columns(3).show(ui, |ui| {
            for text in ["", "cost", "accuracy"] {
                ui.weak(text);
            }
            ui.end_row();
            for part in Part::ALL {
                let Some(Figures { cost, accuracy }) = part.of(point) else {
                    continue;
                };
                let is_near = part == hovered.part;
                let text = |text: String| match is_near {
                    true => egui::RichText::new(text).strong(),
                    false => egui::RichText::new(text),
                };
                ui.label(text(part.name().to_owned()));
                ui.label(text(look::cost(cost)));
                ui.label(text(look::percent(accuracy)));
                ui.end_row();
            }
        });
        if run.early_stops.contains(&point.epoch) {
            ui.label("The patience of early stopping ended here.");
        }
    });
}

fn swatch(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 2.0, color);
}
