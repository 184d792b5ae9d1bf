//! Dashed curves. Only what is in sight is cut into dashes: a curve is as long as a plot is zoomed into.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, Pos2, Rect, Shape, Stroke, Ui};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform};

/// Of a dash, and of the gap after it, in points.
const DASH: f64 = 5.0;
const GAP: f64 = 3.1;
/// Dashes of the piece of a line that is in sight; a screen has no room for more.
const MOST: usize = 10_000;

/// A curve of dashes.
pub struct Dashed<'a> {
    base: PlotItemBase,
    points: &'a [PlotPoint],
    stroke: Stroke,
}

impl<'a> Dashed<'a> {
    pub fn new(points: &'a [PlotPoint], stroke: Stroke) -> Self {
        Self {
            base: PlotItemBase::new(String::new()),
            points,
            stroke,
        }
    }
}

impl PlotItem for Dashed<'_> {
    fn shapes(&self, _: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let points = self.points.iter();
        let path: Vec<Pos2> = points.map(|p| transform.position_from_point(p)).collect();
        if let [only] = path[..] {
            let radius = self.stroke.width / 2.0;
            shapes.push(Shape::circle_filled(only, radius, self.stroke.color));
        }
        let frame = transform.frame().expand(self.stroke.width);
        let dashes = dashes(&path, frame).into_iter();
        shapes.extend(dashes.map(|ends| Shape::line_segment(ends, self.stroke)));
    }

    fn initialize(&mut self, _: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.stroke.color
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        let mut bounds = PlotBounds::NOTHING;
        self.points.iter().for_each(|p| bounds.extend_with(p));
        bounds
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

/// The dashes of a path that are within a frame.
pub fn dashes(path: &[Pos2], frame: Rect) -> Vec<[Pos2; 2]> {
    let period = DASH + GAP;
    let mut dashes = Vec::new();
    // Of the path up to here, beyond whole periods.
    let mut before = 0.0;
    for &[a, b] in path.array_windows() {
        let vector = [a, b].map(|pos| [f64::from(pos.x), f64::from(pos.y)]);
        let vector = [0, 1].map(|axis| vector[1][axis] - vector[0][axis]);
        let length = vector[0].hypot(vector[1]);
        if !length.is_finite() || length == 0.0 {
            continue;
        }
        if let Some([from, to]) = within(a, vector, frame) {
            let [from, to] = [from * length, to * length];
            let first = ((before + from) / period).floor() * period - before;
            let count = ((to - first) / period).ceil().clamp(0.0, MOST as f64);
            let place = |along: f64| {
                let share = along / length;
                let x = f64::from(a.x) + share * vector[0];
                let y = f64::from(a.y) + share * vector[1];
                Pos2::new(x as f32, y as f32)
            };
            for dash in 0..count as usize {
                let start = first + dash as f64 * period;
                let (start, end) = (start.max(from), (start + DASH).min(to));
                if start < end {
                    dashes.push([place(start), place(end)]);
                }
            }
        }
        before = (before + length) % period;
    }
    dashes
}

/// Which part of a line from `a` is in the frame, as shares of its length.
///
/// Source: Liang and Barsky, "A New Concept and Method for Line Clipping", 1984.
fn within(a: Pos2, vector: [f64; 2], frame: Rect) -> Option<[f64; 2]> {
    let (mut from, mut to) = (0.0f64, 1.0f64);
    for (axis, at) in [a.x, a.y].into_iter().enumerate() {
        let ends = [frame.min[axis], frame.max[axis]].map(|end| f64::from(end) - f64::from(at));
        if vector[axis] == 0.0 {
            if ends[0] > 0.0 || ends[1] < 0.0 {
                return None;
            }
            continue;
        }
        let shares = ends.map(|end| end / vector[axis]);
        from = from.max(shares[0].min(shares[1]));
        to = to.min(shares[0].max(shares[1]));
    }
    (from < to).then_some([from, to])
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    const FRAME: Rect = Rect {
        min: Pos2::ZERO,
        max: Pos2::new(100.0, 50.0),
    };

    fn length(dashes: &[[Pos2; 2]]) -> f32 {
        dashes.iter().map(|[a, b]| a.distance(*b)).sum()
    }

    #[test]
    fn dashes_go_on_round_corners() {
        let straight = dashes(&[pos2(0.0, 10.0), pos2(81.0, 10.0)], FRAME);
        assert_eq!(straight.len(), 10);
        assert!((length(&straight) - 50.0).abs() < 1e-3);
        // The corner is in the middle of a dash.
        let corner = [pos2(0.0, 0.0), pos2(18.7, 0.0), pos2(18.7, 21.8)];
        let bent = dashes(&corner, FRAME);
        assert_eq!(bent.len(), 6);
        assert!((length(&bent) - 25.0).abs() < 1e-3);
    }

    #[test]
    fn a_path_that_is_far_longer_than_the_frame_has_as_many_dashes_as_are_seen() {
        for far in [1e6, 1e12, 1e30, f32::MAX, f32::INFINITY, f32::NAN] {
            let across = [pos2(-far, 25.0), pos2(far, 25.0)];
            let steep = [pos2(50.0, -far), pos2(51.0, far), pos2(52.0, -far)];
            let outside = [pos2(-far, 60.0), pos2(far, 61.0)];
            assert!(dashes(&across, FRAME).len() <= 15, "{far}");
            assert!(dashes(&steep, FRAME).len() <= 20, "{far}");
            assert_eq!(dashes(&outside, FRAME).len(), 0, "{far}");
        }
        assert_eq!(
            dashes(&[pos2(-1e6, 25.0), pos2(1e6, 25.0)], FRAME).len(),
            13
        );
        assert!(dashes(&[pos2(1.0, 1.0)], FRAME).is_empty());
    }
}
