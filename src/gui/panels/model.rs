//! Layers, parameters, and what flows through them.

mod flow;
mod spark;

use eframe::egui::{self, Grid, RichText, Ui};
use egui_extras::{Column, TableBuilder};

use super::look::{self, Mark};
use crate::gui::action::Actions;
use crate::gui::state::{RunView, ViewState};
use flow::{Flow, Health};

/// Width of the names of parameters.
const NAME: f32 = 196.0;
/// Height of a row with plots.
const ROW: f32 = 44.0;

/// The layers of the selected run's model, and mean and spread of parameters and gradients over its epochs.
#[derive(Default)]
pub struct ModelPanel;

impl ModelPanel {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, _actions: &mut Actions) {
        let Some(run) = state.selected() else {
            look::nothing(ui, "Select a run to see its model.");
            return;
        };
        let flows = flow::flows(run);
        if run.anatomy.layers.is_empty() && flows.is_empty() {
            let text = match run.is_live() {
                true => "The model is shown once the run has begun.",
                false => {
                    "The layers of this run are not known: what its files say of them does not add up."
                }
            };
            look::nothing(ui, text);
            return;
        }
        let wide = ui.available_width() >= 1000.0;
        if wide {
            let whole = ui.available_rect_before_wrap();
            let cut = whole.left() + (0.36 * whole.width()).clamp(360.0, 460.0);
            let left = whole.with_max_x(cut);
            let right = whole.with_min_x(cut + 16.0);
            ui.scope_builder(part(left), |ui| {
                egui::ScrollArea::both()
                    .id_salt("layers")
                    .auto_shrink([false, false])
                    .show(ui, |ui| layers(ui, run));
            });
            ui.scope_builder(part(right), |ui| flow_part(ui, run, &flows));
        } else {
            egui::CollapsingHeader::new("Layers")
                .default_open(true)
                .show(ui, |ui| {
                    let height = (0.4 * ui.available_height()).max(120.0);
                    egui::ScrollArea::vertical()
                        .id_salt("layers")
                        .max_height(height)
                        .show(ui, |ui| layers(ui, run));
                });
            flow_part(ui, run, &flows);
        }
    }
}

fn part(rect: egui::Rect) -> egui::UiBuilder {
    let layout = egui::Layout::top_down(egui::Align::Min);
    egui::UiBuilder::new().max_rect(rect).layout(layout)
}

fn layers(ui: &mut Ui, run: &RunView) {
    let count = look::grouped(run.parameter_count as u64);
    let [width, height, channels] = run.picture;
    let pictures = format!("pictures of {width} × {height} × {channels}");
    let beside = format!(
        "{count} parameters, {pictures}, {} classes",
        run.classes.len()
    );
    look::heading(ui, "Model", &beside);
    Grid::new("layer table")
        .num_columns(3)
        .striped(true)
        .spacing([18.0, 4.0])
        .show(ui, |ui| {
            head(ui, &["layer", "what it does", "parameters"]);
            for layer in &run.anatomy.layers {
                ui.label(&layer.name);
                ui.label(&layer.description);
                number(ui, layer.parameters as u64);
                ui.end_row();
            }
        });
    ui.add_space(10.0);
    look::heading(
        ui,
        "Parameters",
        "rows × columns; of weights: units × inputs",
    );
    Grid::new("parameter table")
        .num_columns(3)
        .striped(true)
        .spacing([18.0, 4.0])
        .show(ui, |ui| {
            head(ui, &["parameter", "shape", "numbers"]);
            for parameter in &run.anatomy.parameters {
                let [rows, cols] = parameter.shape;
                ui.label(&parameter.name);
                ui.label(format!("{rows} × {cols}"));
                number(ui, (rows * cols) as u64);
                ui.end_row();
            }
        });
}

fn head(ui: &mut Ui, titles: &[&str]) {
    for title in titles {
        ui.weak(*title);
    }
    ui.end_row();
}

fn number(ui: &mut Ui, number: u64) {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let size = egui::vec2(72.0, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        // Else the stripes end before it.
        ui.set_min_width(size.x);
        match number {
            0 => ui.weak("-"),
            _ => ui.label(look::grouped(number)),
        }
    });
}

/// What flows: a row a tensor.
fn flow_part(ui: &mut Ui, run: &RunView, flows: &[Flow]) {
    ui.push_id("flow", |ui| {
        look::heading(ui, "Mean and spread over the epochs", "");
        if flows.is_empty() {
            let text = match run.is_working() {
                true => "Measured after the next epoch.",
                false => "None: they are measured while a run trains in a window, and its files do not keep them.",
            };
            ui.add(egui::Label::new(RichText::new(text).weak()).wrap());
            return;
        }
        for warning in flow::warnings(flows) {
            let color = ui.visuals().warn_fg_color;
            ui.horizontal(|ui| {
                look::mark(ui, Mark::Warning, color);
                let text = RichText::new(warning).color(color);
                ui.add(egui::Label::new(text).wrap());
            });
        }
        let width = ((ui.available_width() - NAME - 10.0) / 2.0 - 16.0).max(120.0);
        TableBuilder::new(ui)
            .id_salt("flow table")
            .striped(true)
            .auto_shrink([false, false])
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .column(Column::exact(NAME).clip(true))
            .columns(Column::exact(width).clip(true), 2)
            .header(20.0, |mut row| {
                row.col(|ui| {
                    ui.weak("parameter");
                });
                row.col(|ui| {
                    ui.weak("values: mean ± deviation");
                });
                row.col(|ui| {
                    ui.weak("gradient: deviation, log scale");
                });
            })
            .body(|body| {
                body.rows(ROW, flows.len(), |mut row| {
                    let Some(flow) = flows.get(row.index()) else {
                        return;
                    };
                    let color = |ui: &Ui| look::run_color(ui, run);
                    row.col(|ui| {
                        let name = |ui: &mut Ui| {
                            let name = egui::Label::new(flow.name).truncate();
                            ui.add(name).on_hover_text(flow.name);
                        };
                        if flow.health == Health::Good {
                            return name(ui);
                        }
                        ui.vertical(|ui| {
                            name(ui);
                            let color = ui.visuals().warn_fg_color;
                            ui.colored_label(color, flow.health.word());
                        });
                    });
                    row.col(|ui| {
                        let color = color(ui);
                        if let Some(history) = flow.values {
                            spark::band(ui, flow.name, history, color);
                        }
                    });
                    row.col(|ui| {
                        let color = color(ui);
                        if let Some(history) = flow.gradient {
                            spark::logarithm(ui, flow.name, history, color);
                        }
                    });
                });
            });
    });
}
