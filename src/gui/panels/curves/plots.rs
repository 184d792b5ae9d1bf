//! The two plots.

use eframe::egui::{
    Color32, Id, Painter, Pos2, Rect, Response, Role, Shape, Stroke, StrokeKind, Ui, Vec2, vec2,
};
use egui_plot::{Line, Plot, PlotMemory, PlotPoint, PlotTransform};

use super::dashes::{Dashed, dashes};
use super::grid::{epoch_marks, log_marks, time_marks, time_text, value_marks, value_text};
use super::hover::tooltip;
use super::keys;
use super::lines::{Metric, Part, Window};
use super::{CurvesPanel, Hovered};
use crate::gui::panels::look;
use crate::gui::state::{RunView, ViewState};

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
            let fits = keys::turn(plot);
            for (run, color) in runs.iter().zip(&colors) {
                let is_selected = state.selected.as_ref() == Some(&run.key);
                let width = if is_selected { 2.2 } else { 1.4 };
                for part in &parts {
                    let (color, is_dashed) = line_look(*part, *color, many);
                    for points in lines.drawn(run, metric, *part) {
                        if is_dashed {
                            plot.add(Dashed::new(points, Stroke::new(width, color)));
                            continue;
                        }
                        let line = Line::new("", points.as_slice()).color(color).width(width);
                        plot.line(line.allow_hover(false));
                    }
                }
            }
            fits
        });
        if shown.inner {
            self.fits = true;
            ui.ctx().request_repaint();
        }
        self.name(&shown.response, metric, title, &shown.transform);
        if shown.response.has_focus() {
            let stroke = Stroke::new(1.0, ui.visuals().selection.stroke.color);
            ui.painter()
                .rect_stroke(shown.response.rect, 2.0, stroke, StrokeKind::Outside);
        }

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

    /// Names a plot and what it shows of its axes, and notes that it takes keys.
    fn name(
        &mut self,
        response: &Response,
        metric: Metric,
        title: &str,
        transform: &PlotTransform,
    ) {
        self.plots[metric as usize] = Some(response.id);
        look::named(response, Role::Image, title);
        let bounds = transform.bounds();
        let [[left, bottom], [right, top]] = [bounds.min(), bounds.max()];
        let x = match self.options.by_time {
            true => format!("time {} to {}", time_text(left), time_text(right)),
            false => format!("epochs {left:.1} to {right:.1}"),
        };
        let [bottom, top] = [bottom, top].map(|y| match metric {
            Metric::Accuracy => look::percent(y),
            Metric::Cost if self.options.log => look::cost(10f64.powf(y)),
            Metric::Cost => look::cost(y),
        });
        let range = format!("{x}, {bottom} to {top}");
        let ctx = &response.ctx;
        ctx.accesskit_node_builder(response.id, |node| {
            node.set_value(range);
            node.set_description(keys::HELP);
        });
    }

    pub(super) fn parts(&self) -> Vec<Part> {
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

/// The colour of a curve, and whether it is dashed.
fn line_look(part: Part, color: Color32, many: bool) -> (Color32, bool) {
    match part {
        Part::Training if many => (color.gamma_multiply(0.45), false),
        Part::Dev => (color, !many),
        Part::Training => (color, false),
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
        Part::Dev => {
            let dashes = dashes(&line, rect).into_iter();
            ui.painter()
                .extend(dashes.map(|ends| Shape::line_segment(ends, stroke)));
        }
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
