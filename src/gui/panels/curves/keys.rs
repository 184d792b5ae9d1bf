//! The keys of a plot that has the focus.

use eframe::egui::{Event, EventFilter, Key};
use egui_plot::PlotUi;

/// For people.
pub const HELP: &str =
    "arrow keys move, + and - zoom, Home or 0 shows everything, Escape leaves the plot";

/// Share of what is shown that an arrow key moves it by.
const STEP: f64 = 0.1;
/// How much larger a curve is after a zoom.
const ZOOM: f64 = 1.25;
/// What may be shown, from one end of an axis to the other: below, the pixels have no digits; above, nothing is seen.
const RANGES: std::ops::Range<f64> = 1e-6..1e9;

/// What a key does to a plot.
enum Turn {
    /// Moves it, by shares of what it shows to the right and up.
    By(f64, f64),
    Zoom(f64),
    /// Everything is shown.
    Fit,
}

/// Takes the keys of a plot, if it has the focus, which a click gives it; whether it is to show everything.
pub fn turn(plot: &mut PlotUi) -> bool {
    let response = plot.response();
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if !response.has_focus() {
        return false;
    }
    let (ctx, id) = (response.ctx.clone(), response.id);
    // Else they would give the focus to a neighbour.
    let arrows = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ctx.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let turns: Vec<Turn> = ctx.input(|input| input.events.iter().filter_map(turn_of).collect());
    if turns.is_empty() {
        return false;
    }
    let bounds = plot.plot_bounds();
    let before = [0, 1].map(|axis| [bounds.min()[axis], bounds.max()[axis]]);
    let [x, y] = turns.iter().fold(before, turned);
    if x != before[0] {
        plot.set_plot_bounds_x(x[0]..=x[1]);
    }
    if y != before[1] {
        plot.set_plot_bounds_y(y[0]..=y[1]);
    }
    // The other plot has the same x axis, and may be drawn already.
    ctx.request_repaint();
    turns.iter().any(|turn| matches!(turn, Turn::Fit))
}

/// What the axes show afterwards, each from one number to another.
fn turned(axes: [[f64; 2]; 2], turn: &Turn) -> [[f64; 2]; 2] {
    let ranges = axes.map(|[from, to]| to - from);
    match *turn {
        Turn::By(right, up) => {
            let by = [right * ranges[0], up * ranges[1]];
            [0, 1].map(|axis| axes[axis].map(|end| end + by[axis]))
        }
        Turn::Zoom(factor)
            if ranges
                .iter()
                .all(|range| RANGES.contains(&(range / factor))) =>
        {
            axes.map(|[from, to]| {
                let (middle, range) = ((from + to) / 2.0, (to - from) / factor);
                [middle - range / 2.0, middle + range / 2.0]
            })
        }
        Turn::Zoom(_) | Turn::Fit => axes,
    }
}

fn turn_of(event: &Event) -> Option<Turn> {
    let Event::Key {
        key,
        pressed: true,
        modifiers,
        ..
    } = event
    else {
        return None;
    };
    // Shift is needed for a plus on many keyboards; with Ctrl it is the window that zooms.
    if modifiers.ctrl || modifiers.alt || modifiers.command {
        return None;
    }
    match key {
        Key::ArrowLeft => Some(Turn::By(-STEP, 0.0)),
        Key::ArrowRight => Some(Turn::By(STEP, 0.0)),
        Key::ArrowDown => Some(Turn::By(0.0, -STEP)),
        Key::ArrowUp => Some(Turn::By(0.0, STEP)),
        Key::Plus | Key::Equals => Some(Turn::Zoom(ZOOM)),
        Key::Minus => Some(Turn::Zoom(1.0 / ZOOM)),
        Key::Home | Key::Num0 => Some(Turn::Fit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_zoomed_about_their_middle_and_not_without_end() {
        let axes = [[0.0, 10.0], [-1.0, 1.0]];
        assert_eq!(turned(axes, &Turn::Zoom(2.0)), [[2.5, 7.5], [-0.5, 0.5]]);
        assert_eq!(
            turned(axes, &Turn::By(0.1, -0.5)),
            [[1.0, 11.0], [-2.0, 0.0]]
        );
        for factor in [2.0, 0.5] {
            let far = (0..500).fold(axes, |axes, _| turned(axes, &Turn::Zoom(factor)));
            assert!(far.iter().all(|[from, to]| RANGES.contains(&(to - from))));
        }
        let strange = [[f64::NAN, 1.0], [0.0, f64::INFINITY]];
        turned(strange, &Turn::Zoom(2.0));
    }
}
