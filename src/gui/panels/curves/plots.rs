//! The two plots.

use eframe::egui::{self, Color32, Id, Painter, Pos2, Rect, Role, Shape, Stroke, Ui, Vec2, vec2};
use egui_plot::{GridInput, GridMark, Line, LineStyle, Plot, PlotMemory, PlotPoint, PlotTransform};

use super::lines::{Metric, Part, Window, x_of};
use super::{CurvesPanel, Hovered};
use crate::gui::panels::look;
use crate::gui::state::{RunView, ViewState};
use crate::runs::Figures;

/// Dashes are told apart up to so many runs; of more, the curves of training are lighter.
const MOST_DASHED: usize = 8;
/// Width of the numbers at the y axis, the same for both plots so that their x axes agree.
const AXIS_WIDTH: f32 = 66.0;

impl CurvesPanel {
    /// Draws one of the plots, and says what the pointer is near to.
    pub(super) fn plot(
        &mut self,
        ui: &mut Ui,
        state: &ViewState,
        metric: Metric,
        size: Vec2,
        [fits, names_x]: [bool; 2],
        hovered: Option<&Hovered>,
    ) -> Option<Hovered> {
        let id = Self::plot_id(metric);
        let mut runs: Vec<&RunView> = state.runs.iter().filter(|run| run.shown).collect();
        // The run that is looked at lies on top.
        runs.sort_by_key(|run| state.selected.as_ref() == Some(&run.key));
        let parts = self.parts();
        let window = window(ui, id, size, runs.len() * parts.len());
        self.lines.thin(metric, window);

        let options = self.options;
        let is_log = options.log && metric == Metric::Cost;
        let (title, y_name) = match metric {
            Metric::Cost if is_log => ("Cost, logarithmic scale", "cost (log)"),
            Metric::Cost => ("Cost", "cost"),
            Metric::Accuracy => ("Accuracy", "accuracy"),
        };
        let mut plot = Plot::new(id)
            .id(id)
            .width(size.x)
            .height(size.y)
            .link_axis(Id::unique("curves"), [true, false])
            .y_axis_min_width(AXIS_WIDTH)
            .y_axis_label(y_name)
            .set_margin_fraction(vec2(0.02, 0.06))
            .show_x(false)
            .show_y(false)
            .show_crosshair(false)
            .grid_color(ui.visuals().text_color().gamma_multiply(0.3))
            .include_x(0.0)
            .include_x(1.0)
            .x_grid_spacer(move |input| match options.by_time {
                true => time_marks(&input),
                false => epoch_marks(&input),
            })
            .x_axis_formatter(move |mark, _| match options.by_time {
                true => time_text(mark.value),
                false => format!("{}", mark.value),
            })
            .y_axis_formatter(move |mark, _| value_text(metric, is_log, mark));
        if names_x {
            plot = plot.x_axis_label(match options.by_time {
                true => "time",
                false => "epoch",
            });
        }
        plot = plot.y_grid_spacer(move |input| match is_log {
            true => log_marks(&input),
            false => value_marks(&input),
        });
        if fits {
            plot = plot.reset();
        }
        if let Some(value) = self.only_value(&runs, metric) {
            let room = (0.1 * value.abs()).max(0.01);
            plot = plot.include_y(value - room).include_y(value + room);
        }

        let lines = &self.lines;
        let many = runs.len() > MOST_DASHED;
        let colors: Vec<Color32> = runs.iter().map(|run| look::run_color(ui, run)).collect();
        let shown = plot.show(ui, |plot| {
            for (run, color) in runs.iter().zip(&colors) {
                let is_selected = state.selected.as_ref() == Some(&run.key);
                let width = if is_selected { 2.2 } else { 1.4 };
                for part in &parts {
                    let (color, style) = line_look(*part, *color, many);
                    for points in lines.drawn(run, metric, *part) {
                        let line = Line::new("", points.as_slice())
                            .color(color)
                            .width(width)
                            .style(style)
                            .allow_hover(false);
                        plot.line(line);
                    }
                }
            }
        });
        look::named(&shown.response, Role::Image, title);

        let frame = *shown.transform.frame();
        let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
        for (run, color) in runs.iter().zip(&colors) {
            self.paint_stops(ui, &painter, run, metric, *color, &shown.transform);
        }
        if let Some(hovered) = hovered {
            self.paint_hovered(ui, &painter, state, metric, hovered, &shown.transform);
        }
        let pointer = shown.response.hover_pos()?;
        if shown.response.dragged() {
            return None;
        }
        let found = self.find(&runs, metric, &shown.transform, pointer)?;
        let run = state.run(&found.run)?;
        tooltip(&shown.response, run, &found);
        if hovered != Some(&found) {
            // The other plot was drawn without it.
            ui.ctx().request_repaint();
        }
        Some(found)
    }

    fn parts(&self) -> Vec<Part> {
        let is_on = |part: &Part| match part {
            Part::Training => self.training,
            Part::Dev => self.dev,
        };
        Part::ALL.into_iter().filter(is_on).collect()
    }

    /// The value that all points have, if it is only one: the plot has no range then.
    fn only_value(&self, runs: &[&RunView], metric: Metric) -> Option<f64> {
        let parts = self.parts();
        let curves = runs.iter().flat_map(|run| {
            parts
                .iter()
                .map(|part| self.lines.drawn(run, metric, *part))
        });
        let mut values = curves.flatten().flatten().map(|point| point.y);
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    }

    /// Marks where the patience of early stopping ended.
    fn paint_stops(
        &self,
        ui: &Ui,
        painter: &Painter,
        run: &RunView,
        metric: Metric,
        color: Color32,
        transform: &PlotTransform,
    ) {
        let part = if self.dev { Part::Dev } else { Part::Training };
        for stop in &run.early_stops {
            let place = run.epochs.partition_point(|point| point.epoch < *stop);
            if let Some([x, y]) = self.lines.point(run, metric, part, place) {
                let at = transform.position_from_point(&PlotPoint::new(x, y));
                mark(painter, at, color, ui.visuals().extreme_bg_color);
            }
        }
    }

    /// Rings around the points of the epoch that the pointer is near to, in both plots.
    fn paint_hovered(
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
    fn find(
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

/// What a plot showed in the last frame.
fn window(ui: &Ui, id: Id, size: Vec2, curves: usize) -> Window {
    let pixels = size.x * ui.pixels_per_point();
    match PlotMemory::load(ui.ctx(), id) {
        Some(memory) => {
            let bounds = memory.bounds();
            let range = [bounds.min()[0], bounds.max()[0]];
            Window::new(range, pixels, curves)
        }
        // Nothing was drawn yet: all points, once.
        None => Window {
            range: [0.0, 1.0],
            columns: 1 << 20,
        },
    }
}

/// The numbers of the point that the pointer is near to.
fn tooltip(response: &egui::Response, run: &RunView, hovered: &Hovered) {
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

fn line_look(part: Part, color: Color32, many: bool) -> (Color32, LineStyle) {
    match part {
        Part::Training if many => (color.gamma_multiply(0.45), LineStyle::Solid),
        Part::Dev if !many => (color, LineStyle::dashed_dense()),
        _ => (color, LineStyle::Solid),
    }
}

/// A piece of a line as it is drawn of few runs.
pub(super) fn sample_of_line(ui: &Ui, rect: Rect, part: Part, color: Color32) {
    let stroke = Stroke::new(1.6, color);
    let line = [rect.left_center(), rect.right_center()];
    match part {
        Part::Training => {
            ui.painter().line_segment(line, stroke);
        }
        Part::Dev => ui
            .painter()
            .extend(Shape::dashed_line(&line, stroke, 6.0, 3.7)),
    }
}

/// The mark of early stopping: a diamond.
pub(super) fn mark(painter: &Painter, at: Pos2, color: Color32, ground: Color32) {
    if !at.x.is_finite() || !at.y.is_finite() {
        return;
    }
    let corners = [
        vec2(0.0, -5.5),
        vec2(5.5, 0.0),
        vec2(0.0, 5.5),
        vec2(-5.5, 0.0),
    ];
    let points = corners.map(|corner| at + corner).to_vec();
    painter.add(Shape::convex_polygon(
        points,
        color,
        Stroke::new(1.5, ground),
    ));
}

fn value_text(metric: Metric, is_log: bool, mark: GridMark) -> String {
    match metric {
        Metric::Accuracy => {
            let decimals = decimals(100.0 * mark.step_size);
            format!("{:.decimals$}%", 100.0 * mark.value)
        }
        Metric::Cost if is_log => {
            let value = 10f64.powf(mark.value);
            match value {
                0.001..10_000.0 => format!("{}", (value * 1e6).round() / 1e6),
                _ => format!("{value:.0e}"),
            }
        }
        Metric::Cost => match mark.value.abs() {
            10_000.0.. => format!("{:.1e}", mark.value),
            _ => format!("{:.*}", decimals(mark.step_size), mark.value),
        },
    }
}

/// Digits behind the point that numbers so far apart need.
fn decimals(step: f64) -> usize {
    (-step.abs().log10()).ceil().clamp(0.0, 8.0) as usize
}

/// Marks a step apart that leaves at least `room` times the least distance of two lines, which is 8 points.
fn marks(input: &GridInput, room: f64, mut steps: impl Iterator<Item = f64>) -> Vec<GridMark> {
    let Some(step_size) = steps.find(|step| *step >= room * input.base_step_size) else {
        return Vec::new();
    };
    let (from, to) = input.bounds;
    let [first, last] = [(from / step_size).ceil(), (to / step_size).floor()];
    let count = last - first;
    if count.is_nan() || count >= 1000.0 {
        return Vec::new();
    }
    let mark = |place| GridMark {
        value: place as f64 * step_size,
        step_size,
    };
    (first as i64..=last as i64).map(mark).collect()
}

/// 1, 2, 5, and what is powers of ten apart from them.
fn round_steps(powers: std::ops::Range<i32>) -> impl Iterator<Item = f64> {
    let powers = powers.map(|power| 10f64.powi(power));
    powers.flat_map(|power| [power, 2.0 * power, 5.0 * power])
}

/// Whole epochs only.
fn epoch_marks(input: &GridInput) -> Vec<GridMark> {
    marks(input, 9.0, round_steps(0..10))
}

fn value_marks(input: &GridInput) -> Vec<GridMark> {
    marks(input, 4.0, round_steps(-9..12))
}

/// Steps as clocks have them.
fn time_marks(input: &GridInput) -> Vec<GridMark> {
    let clock = [
        10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0,
        43_200.0, 86_400.0, 432_000.0, 864_000.0,
    ];
    marks(input, 9.0, round_steps(-4..1).chain(clock))
}

/// The powers of ten, and their multiples between them.
fn log_marks(input: &GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let span = to - from;
    if span.is_nan() || span >= 60.0 {
        return Vec::new();
    }
    let decades = from.floor() as i32..=to.ceil() as i32;
    let in_decade = |decade: i32| {
        (1..10).map(move |digit| GridMark {
            value: f64::from(decade) + f64::from(digit).log10(),
            step_size: if digit == 1 { 1.0 } else { 0.2 },
        })
    };
    let is_seen = |mark: &GridMark| (from..=to).contains(&mark.value);
    decades.flat_map(in_decade).filter(is_seen).collect()
}

fn time_text(seconds: f64) -> String {
    match seconds {
        ..0.0 => String::new(),
        0.0 => "0".to_owned(),
        ..60.0 => format!("{} s", (seconds * 1e4).round() / 1e4),
        ..3600.0 => format!(
            "{:.0}:{:02.0} min",
            (seconds / 60.0).floor(),
            seconds % 60.0
        ),
        _ => format!(
            "{:.0}:{:02.0} h",
            (seconds / 3600.0).floor(),
            seconds % 3600.0 / 60.0
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(marks: Vec<GridMark>) -> Vec<f64> {
        let mut values: Vec<f64> = marks.iter().map(|mark| mark.value).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn marks_stand_at_whole_epochs_and_at_what_clocks_show() {
        let input = |to, base_step_size| GridInput {
            bounds: (0.0, to),
            base_step_size,
        };
        let epochs = values(epoch_marks(&input(4.0, 0.01)));
        assert_eq!(epochs, [0.0, 1.0, 2.0, 3.0, 4.0]);
        let quarters = values(time_marks(&input(60.0, 1.5)));
        assert_eq!(quarters, [0.0, 15.0, 30.0, 45.0, 60.0]);
        let costs = values(value_marks(&input(1.1, 0.1)));
        assert_eq!(costs, [0.0, 0.5, 1.0]);
        assert_eq!(time_text(75.0), "1:15 min");
        assert_eq!(time_text(5400.0), "1:30 h");
    }

    #[test]
    fn bounds_that_are_none_have_no_marks() {
        for bounds in [(f64::NAN, 1.0), (f64::NEG_INFINITY, f64::INFINITY)] {
            let input = GridInput {
                bounds,
                base_step_size: 0.1,
            };
            assert!(epoch_marks(&input).is_empty() && log_marks(&input).is_empty());
        }
    }
}
