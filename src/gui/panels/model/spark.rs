//! Plots as small as a line of text or two.

use eframe::egui::{
    self, Align2, Color32, Mesh, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, TextStyle, Ui,
    pos2, vec2,
};

use crate::gui::panels::curves::{finite_runs, thin};
use crate::gui::panels::look;
use crate::gui::state::{History, Spread};

/// Width of the numbers beside a plot.
const NUMBERS: f32 = 118.0;

/// Mean, with a band of a standard deviation to both sides.
pub fn band(ui: &mut Ui, name: &str, history: &History<Spread>, color: Color32) {
    let Some((_, last)) = history.last() else {
        return;
    };
    let texts = [short(last.mean), format!("± {}", short(last.deviation))];
    let about = format!("{name}: mean {} {}", texts[0], texts[1]);
    let series = |of: fn(&Spread) -> f64| -> Vec<[f64; 2]> {
        let points = history.iter();
        points
            .map(|(epoch, spread)| [f64::from(*epoch), of(spread)])
            .collect()
    };
    let lines = [
        series(|spread| spread.mean),
        series(|spread| spread.mean - spread.deviation),
        series(|spread| spread.mean + spread.deviation),
    ];
    plot(ui, &about, texts, history, |painter, rect| {
        let bounds = bounds(&lines)?;
        if bounds[1] <= 0.0 && bounds[3] >= 0.0 {
            let zero = place([bounds[0], 0.0], bounds, rect).y;
            let faint = Stroke::new(1.0, color.gamma_multiply(0.35));
            painter.hline(rect.x_range(), zero, faint);
        }
        paint_band(
            painter,
            &lines[1],
            &lines[2],
            bounds,
            rect,
            color.gamma_multiply(0.25),
        );
        paint_line(painter, &lines[0], bounds, rect, Stroke::new(1.5, color));
        Some(bounds)
    });
}

/// The decimal logarithm of the deviation.
pub fn logarithm(ui: &mut Ui, name: &str, history: &History<Spread>, color: Color32) {
    let Some((_, last)) = history.last() else {
        return;
    };
    let texts = [short(last.deviation), format!("mean {}", short(last.mean))];
    let about = format!("gradient of {name}: deviation {}, {}", texts[0], texts[1]);
    let points = history.iter().map(|(epoch, spread)| {
        let log = spread.deviation.log10();
        [f64::from(*epoch), log]
    });
    let lines = [points.collect::<Vec<_>>()];
    plot(ui, &about, texts, history, |painter, rect| {
        let mut bounds = bounds(&lines)?;
        // A decade at least, so that small changes look small.
        let room = (1.0 - (bounds[3] - bounds[1])).max(0.0) / 2.0;
        bounds[1] -= room;
        bounds[3] += room;
        paint_line(painter, &lines[0], bounds, rect, Stroke::new(1.5, color));
        Some(bounds)
    });
}

/// The frame of a plot, the newest numbers beside it, and those of the epoch below the pointer.
fn plot(
    ui: &mut Ui,
    about: &str,
    [first, second]: [String; 2],
    history: &History<Spread>,
    paint: impl FnOnce(&Painter, Rect) -> Option<[f64; 4]>,
) {
    let size = vec2(ui.available_width(), ui.available_height().max(24.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    look::named(&response, Role::Image, about);
    if !ui.is_rect_visible(rect) || rect.width() < NUMBERS + 24.0 {
        return;
    }
    let mut frame = rect.shrink2(vec2(2.0, 4.0));
    frame.max.x -= NUMBERS;
    let visuals = ui.visuals();
    let outline = visuals.widgets.noninteractive.bg_stroke;
    ui.painter().rect(
        frame,
        2.0,
        visuals.extreme_bg_color,
        outline,
        egui::StrokeKind::Inside,
    );
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let bounds = paint(&painter, frame.shrink(3.0));
    let font = TextStyle::Small.resolve(ui.style());
    let at = pos2(frame.right() + 8.0, rect.center().y);
    for (text, align, color) in [
        (first, Align2::LEFT_BOTTOM, visuals.text_color()),
        (second, Align2::LEFT_TOP, visuals.weak_text_color()),
    ] {
        ui.painter().text(at, align, text, font.clone(), color);
    }
    let (Some(pointer), Some([from, _, to, _])) = (response.hover_pos(), bounds) else {
        return;
    };
    let inner = frame.shrink(3.0);
    let share = f64::from((pointer.x - inner.left()) / inner.width()).clamp(0.0, 1.0);
    let epoch = (from + share * (to - from)).round() as u32;
    if let Some((epoch, spread)) = history.at(epoch) {
        let text = format!(
            "epoch {epoch}\nmean {}\ndeviation {}",
            short(spread.mean),
            short(spread.deviation)
        );
        response.on_hover_text_at_pointer(text);
    }
}

/// Left, low, right, high of all finite points.
fn bounds(lines: &[Vec<[f64; 2]>]) -> Option<[f64; 4]> {
    let finite = lines.iter().flatten();
    let finite = finite.filter(|[x, y]| x.is_finite() && y.is_finite());
    finite.fold(None, |bounds, [x, y]| {
        let [left, low, right, high] = bounds.unwrap_or([*x, *y, *x, *y]);
        Some([left.min(*x), low.min(*y), right.max(*x), high.max(*y)])
    })
}

fn place([x, y]: [f64; 2], [left, low, right, high]: [f64; 4], rect: Rect) -> Pos2 {
    let share = |at: f64, from: f64, to: f64| match (at - from) / (to - from) {
        share if share.is_finite() => share as f32,
        _ => 0.5,
    };
    pos2(
        rect.left() + rect.width() * share(x, left, right),
        rect.bottom() - rect.height() * share(y, low, high),
    )
}

fn paint_line(painter: &Painter, line: &[[f64; 2]], bounds: [f64; 4], rect: Rect, stroke: Stroke) {
    let columns = (rect.width() / 2.0).max(1.0) as usize;
    let thinned = thin(line, [bounds[0], bounds[2]], columns);
    for run in finite_runs::<[f64; 2]>(&thinned) {
        let points: Vec<Pos2> = run
            .iter()
            .map(|point| place(*point, bounds, rect))
            .collect();
        match points.as_slice() {
            [point] => {
                painter.circle_filled(*point, 2.0, stroke.color);
            }
            _ => {
                painter.line(points, stroke);
            }
        }
    }
}

/// What lies between two lines with points at the same epochs.
fn paint_band(
    painter: &Painter,
    lower: &[[f64; 2]],
    upper: &[[f64; 2]],
    bounds: [f64; 4],
    rect: Rect,
    color: Color32,
) {
    let step = lower.len().div_ceil(rect.width().max(1.0) as usize).max(1);
    let mut mesh = Mesh::default();
    let mut is_open = false;
    for (low, high) in lower.iter().zip(upper).step_by(step) {
        if !low[1].is_finite() || !high[1].is_finite() {
            is_open = false;
            continue;
        }
        let first = mesh.vertices.len() as u32;
        mesh.colored_vertex(place(*low, bounds, rect), color);
        mesh.colored_vertex(place(*high, bounds, rect), color);
        if is_open {
            mesh.add_triangle(first - 2, first - 1, first);
            mesh.add_triangle(first - 1, first, first + 1);
        }
        is_open = true;
    }
    painter.add(Shape::mesh(mesh));
}

/// Three digits.
fn short(value: f64) -> String {
    match value.abs() {
        0.001..1000.0 => format!("{value:.4}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.1e}"),
    }
}
