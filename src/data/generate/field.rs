//! A smooth random field: value noise on a square lattice (Lewis, "Algorithms for Solid Noise
//! Synthesis", 1989), for elastic distortion, ink texture and paper.

use super::random::Draw;

/// A function of the plane over [0, 1]², smooth, with values in [-1, 1]; clamped outside.
pub(super) struct Field {
    /// Cells per side; the lattice has one point more.
    cells: usize,
    values: Vec<f32>,
}

impl Field {
    /// A field with `cells` x `cells` bumps.
    pub fn new(cells: usize, draw: &mut Draw) -> Self {
        let points = (cells + 1) * (cells + 1);
        Self {
            cells,
            values: (0..points).map(|_| draw.within(-1.0, 1.0)).collect(),
        }
    }

    /// The value at `(x, y)`.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (column, across) = self.cell(x);
        let (row, down) = self.cell(y);
        let side = self.cells + 1;
        let corner = |r: usize, c: usize| self.values[(row + r) * side + column + c];
        let top = mix(corner(0, 0), corner(0, 1), across);
        let bottom = mix(corner(1, 0), corner(1, 1), across);
        mix(top, bottom, down)
    }

    /// The cell that a coordinate falls in, and how far into it, eased.
    fn cell(&self, coordinate: f32) -> (usize, f32) {
        let scaled = coordinate.clamp(0.0, 1.0) * self.cells as f32;
        let cell = (scaled as usize).min(self.cells - 1);
        let t = scaled - cell as f32;
        (cell, t * t * (3.0 - 2.0 * t))
    }
}

/// Linear interpolation from `a` (t = 0) to `b` (t = 1).
pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}
