//! Units of parameters as pictures.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Mesh, Rect, Role, ScrollArea, Sense, Shape, Stroke, Ui, vec2};

use super::look;
use super::picture::{Sheet, diverging, largest, weight_color};
use crate::config::TrackLayer;
use crate::gui::action::{Action, Actions};
use crate::gui::state::{RunKey, RunView, ViewState};
use crate::report::picture_shape;
use crate::session::link::{Command, ParameterInfo};
use crate::train::TrackedUnits;

/// The longer side of a picture on the screen.
const SIDE: f32 = 60.0;
/// Width of the number at the end of a scale of colours.
const END: f32 = 56.0;
/// Most units of a parameter that can be asked for here.
const MOST_UNITS: usize = 64;
/// Units of a parameter that are shown at first.
const FEW_UNITS: usize = 10;

/// Tracked parameters: each unit as a picture of the numbers that it weighs its inputs with.
#[derive(Default)]
pub struct UnitsPanel {
    sheets: BTreeMap<String, (Sheet<Drawn>, f32)>,
    picks: Option<(RunKey, BTreeMap<String, usize>)>,
}

/// What is on a sheet.
struct Drawn {
    run: RunKey,
    units: Arc<TrackedUnits>,
    dark: bool,
}

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        self.run == other.run && self.dark == other.dark && Arc::ptr_eq(&self.units, &other.units)
    }
}

impl UnitsPanel {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        let Some(run) = state.selected() else {
            look::nothing(ui, "Select a run to see its weights.");
            return;
        };
        self.follow(run);
        ui.horizontal(|ui| {
            ui.strong("Weights");
            if run.is_working() {
                self.picker(ui, run, actions);
            }
        });
        let picked = |name: &str| match &self.picks {
            Some((_, picks)) => !run.is_working() || picks.is_empty() || picks.contains_key(name),
            None => true,
        };
        let shown: Vec<_> = run.units.iter().filter(|(name, _)| picked(name)).collect();
        if shown.is_empty() {
            let text = match run.is_working() {
                true if run.anatomy.parameters.is_empty() => {
                    "Weights are shown once the run has begun."
                }
                true => "Pick parameters above; their units are shown after the next epoch.",
                false => "No weights of this run were seen in this session.",
            };
            look::nothing(ui, text);
            return;
        }
        self.sheets.retain(|name, _| run.units.contains_key(name));
        ScrollArea::vertical()
            .id_salt("units")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                for (name, (epoch, units)) in shown {
                    self.parameter(ui, run, name, *epoch, units);
                }
            });
    }

    /// Begins with what the run tracks already.
    fn follow(&mut self, run: &RunView) {
        if self.picks.as_ref().is_some_and(|(key, _)| *key == run.key) {
            return;
        }
        let told = run.units.values();
        let told = told.map(|(_, units)| (units.parameter.clone(), units.shape[0]));
        let asked = run.config.training.track_layers.iter();
        let asked = asked.map(|track| (track.parameter.clone(), track.units));
        self.picks = Some((run.key.clone(), asked.chain(told).collect()));
        self.sheets.clear();
    }

    fn picker(&mut self, ui: &mut Ui, run: &RunView, actions: &mut Actions) {
        let (Some((_, picks)), Some(number)) = (&mut self.picks, run.number()) else {
            return;
        };
        let mut has_changed = false;
        let button = ui.menu_button("Parameters…", |ui| {
            ui.set_min_width(280.0);
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                egui::Grid::new("parameters").num_columns(3).show(ui, |ui| {
                    for parameter in &run.anatomy.parameters {
                        has_changed |= pick(ui, picks, parameter);
                        ui.end_row();
                    }
                });
            });
        });
        button
            .response
            .on_hover_text("Which parameters are shown, and how many units of each");
        if has_changed {
            let track = picks.iter().map(|(parameter, units)| TrackLayer {
                parameter: parameter.clone(),
                units: *units,
            });
            actions.push(Action::Tell(Command::Track(number, track.collect())));
        }
    }

    fn parameter(
        &mut self,
        ui: &mut Ui,
        run: &RunView,
        name: &str,
        epoch: u32,
        units: &Arc<TrackedUnits>,
    ) {
        let [count, numbers] = units.shape;
        let dark = ui.visuals().dark_mode;
        let (sheet, range) = self.sheets.entry(name.to_owned()).or_default();
        let key = Drawn {
            run: run.key.clone(),
            units: Arc::clone(units),
            dark,
        };
        *range = largest(&units.values);
        let most = *range;
        let rows = || {
            units
                .values
                .chunks_exact(numbers.max(1))
                .take(count)
                .collect()
        };
        sheet.refresh(ui.ctx(), key, run.picture, rows, |numbers| {
            weight_color(numbers, most, dark)
        });

        let mut parameters = run.anatomy.parameters.iter();
        let of = parameters.find(|parameter| parameter.name == name);
        let of = of.map_or(String::new(), |parameter| {
            format!(" of {}", parameter.shape[0])
        });
        let units = if count == 1 { "unit" } else { "units" };
        let beside = format!("{count}{of} {units}, epoch {epoch}");
        look::heading(ui, name, &beside);
        let [_, _, channels] = picture_shape(numbers, run.picture);
        if channels == 1 {
            scale(ui, most, dark);
        } else {
            ui.weak(format!("gray is 0, full colour ±{}", short(most)));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            for unit in 0..sheet.count() {
                let (rect, response) = ui.allocate_exact_size(sheet.size(SIDE), Sense::hover());
                let text = format!("{name}, unit {unit}, {numbers} numbers");
                look::named(&response, Role::Image, &text);
                if ui.is_rect_visible(rect) {
                    sheet.paint(ui, unit, rect);
                    let stroke = ui.visuals().widgets.noninteractive.bg_stroke;
                    ui.painter()
                        .rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Outside);
                }
                response.on_hover_text(text);
            }
        });
        ui.add_space(10.0);
    }
}

/// A row of the picker: says whether it was changed.
fn pick(ui: &mut Ui, picks: &mut BTreeMap<String, usize>, parameter: &ParameterInfo) -> bool {
    let [units, inputs] = parameter.shape;
    let most = units.clamp(1, MOST_UNITS);
    let mut is_picked = picks.contains_key(&parameter.name);
    let mut has_changed = false;
    if ui.checkbox(&mut is_picked, &parameter.name).changed() {
        has_changed = true;
        match is_picked {
            true => {
                picks.insert(parameter.name.clone(), most.min(FEW_UNITS));
            }
            false => {
                picks.remove(&parameter.name);
            }
        }
    }
    match picks.get_mut(&parameter.name) {
        Some(picked) => {
            let value = egui::DragValue::new(picked)
                .range(1..=most)
                .suffix(" units");
            let value = ui
                .add(value)
                .on_hover_text("How many of its units are shown");
            has_changed |= value.changed();
        }
        None => {
            ui.label("");
        }
    }
    ui.weak(format!("{units} × {inputs}"));
    has_changed
}

/// What the colours stand for.
fn scale(ui: &mut Ui, most: f32, dark: bool) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.weak(format!("−{}", short(most)));
        let room = ui.available_width() - END;
        let size = vec2(room.clamp(20.0, 90.0), 8.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let text = format!("Colours from −{0} to {0}", short(most));
        look::named(&response, Role::Image, &text);
        let mut mesh = Mesh::default();
        for step in 0..3u32 {
            let place = step as f32 - 1.0;
            let x = rect.left() + rect.width() * step as f32 / 2.0;
            let color = diverging(place, dark);
            mesh.colored_vertex(egui::pos2(x, rect.top()), color);
            mesh.colored_vertex(egui::pos2(x, rect.bottom()), color);
        }
        for corner in [0, 2] {
            mesh.add_triangle(corner, corner + 1, corner + 2);
            mesh.add_triangle(corner + 1, corner + 2, corner + 3);
        }
        ui.painter().add(Shape::mesh(mesh));
        outline(ui, rect);
        ui.weak(format!("+{}", short(most)));
    });
}

fn outline(ui: &Ui, rect: Rect) {
    let color = ui.visuals().widgets.noninteractive.bg_stroke.color;
    let stroke = Stroke::new(1.0, color);
    ui.painter()
        .rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Outside);
}

/// Three digits of a magnitude.
fn short(value: f32) -> String {
    match value {
        0.001..1000.0 => format!("{value:.3}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.1e}"),
    }
}
