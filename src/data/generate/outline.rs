//! A glyph's outline as polygons, and what can be done to it before it is drawn.

use super::field::Field;
use super::random::Draw;

/// A point of the plane, y pointing down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f32,
    pub y: f32,
}

/// Closed polygons, filled by the nonzero winding rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pub contours: Vec<Vec<Point>>,
}

/// The smallest upright box around an outline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

/// The longest edge of an outline of height 1 that is ready to be bent, so that no straight stroke
/// stays stiff.
const LONGEST_EDGE: f32 = 0.03;

impl Outline {
    /// The box around all points; an empty outline has an empty box at the origin.
    pub fn bounds(&self) -> Bounds {
        let mut points = self.contours.iter().flatten();
        let Some(first) = points.next() else {
            return Bounds {
                left: 0.0,
                top: 0.0,
                width: 0.0,
                height: 0.0,
            };
        };
        let start = (first.x, first.y, first.x, first.y);
        let (left, top, right, bottom) = points.fold(start, |(left, top, right, bottom), p| {
            (left.min(p.x), top.min(p.y), right.max(p.x), bottom.max(p.y))
        });
        Bounds {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    }

    /// Moves every point.
    pub fn map(&mut self, place: impl Fn(Point) -> Point) {
        for point in self.contours.iter_mut().flatten() {
            *point = place(*point);
        }
    }

    /// Scales the outline to height 1, centred on the origin.
    pub fn normalize(&mut self) {
        let bounds = self.bounds();
        let scale = 1.0 / bounds.height.max(f32::MIN_POSITIVE);
        let (middle_x, middle_y) = (
            bounds.left + bounds.width / 2.0,
            bounds.top + bounds.height / 2.0,
        );
        self.map(|p| Point {
            x: (p.x - middle_x) * scale,
            y: (p.y - middle_y) * scale,
        });
    }

    /// Cuts long edges into short ones.
    pub fn subdivide(&mut self) {
        for contour in &mut self.contours {
            let mut fine = Vec::with_capacity(contour.len() * 2);
            for (index, &from) in contour.iter().enumerate() {
                let to = contour[(index + 1) % contour.len()];
                let length = (to.x - from.x).abs().max((to.y - from.y).abs());
                let pieces = (length / LONGEST_EDGE) as usize + 1;
                fine.extend((0..pieces).map(|piece| {
                    let t = piece as f32 / pieces as f32;
                    Point {
                        x: from.x + (to.x - from.x) * t,
                        y: from.y + (to.y - from.y) * t,
                    }
                }));
            }
            *contour = fine;
        }
    }

    /// Bends the strokes as an unsteady hand would: each point moves by up to `strength` (a share
    /// of the height) along a smooth random field (Simard et al., "Best practices for convolutional
    /// neural networks applied to visual document analysis", 2003).
    pub fn bend(&mut self, strength: f32, draw: &mut Draw) {
        let cells = 2 + draw.below(3) as usize;
        let (along_x, along_y) = (Field::new(cells, draw), Field::new(cells, draw));
        self.map(|p| {
            let (u, v) = (p.x + 0.5, p.y + 0.5);
            Point {
                x: p.x + strength * along_x.at(u, v),
                y: p.y + strength * along_y.at(u, v),
            }
        });
    }

    /// Stretches, slants, tapers and turns the outline.
    pub fn lean(&mut self, lean: Lean) {
        // Rational cosine and sine from t = tan(angle / 2): exact arithmetic on every platform.
        let square = lean.half_turn * lean.half_turn;
        let cosine = (1.0 - square) / (1.0 + square);
        let sine = 2.0 * lean.half_turn / (1.0 + square);
        self.map(|p| {
            let x = p.x * lean.stretch * (1.0 + lean.taper * p.y) - lean.slant * p.y;
            Point {
                x: x * cosine - p.y * sine,
                y: x * sine + p.y * cosine,
            }
        });
    }
}

/// How a digit deviates from upright.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lean {
    /// Factor on the width.
    pub stretch: f32,
    /// Rightward shift of the top, per unit of height.
    pub slant: f32,
    /// Growth of the width from the middle downwards, per unit of height: a plain perspective.
    pub taper: f32,
    /// Tangent of half the angle of rotation.
    pub half_turn: f32,
}
