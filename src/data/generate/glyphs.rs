//! The typefaces of the `numbers` data set: digits only, embedded. `fonts/FONTS.md` names their
//! authors and licences.

use ttf_parser::{Face, OutlineBuilder};

use super::outline::{Outline, Point};

/// A typeface that holds the digits 0-9.
pub(super) struct Typeface {
    /// The file's name without its extension, such as `hand-01`; tests name it.
    #[cfg(test)]
    name: &'static str,
    data: &'static [u8],
}

macro_rules! typefaces {
    ($($name:literal . $extension:ident),* $(,)?) => {
        /// All typefaces, in the order in which they are drawn from.
        pub(super) static TYPEFACES: &[Typeface] = &[$(Typeface {
            #[cfg(test)]
            name: $name,
            data: include_bytes!(concat!("fonts/", $name, ".", stringify!($extension))),
        }),*];
    };
}

typefaces! {
    "hand-01".ttf, "hand-02".otf, "hand-03".otf, "hand-04".otf, "hand-05".otf,
    "hand-06".ttf, "hand-07".ttf, "hand-08".ttf, "hand-09".ttf, "hand-10".ttf,
    "hand-11".ttf, "hand-12".ttf, "hand-13".otf, "hand-14".otf, "hand-15".otf,
    "hand-16".otf, "hand-17".ttf, "print-18".ttf, "print-19".ttf, "print-20".otf,
    "print-21".otf, "print-22".ttf, "print-23".ttf, "print-24".otf, "print-25".otf,
    "print-26".otf, "print-27".otf, "print-28".ttf, "print-29".otf, "print-30".otf,
    "print-31".ttf, "print-32".otf,
}

impl Typeface {
    /// The outline of a digit (0-9), of height 1, centred on the origin; none if the font lacks it.
    pub fn digit(&self, digit: u32) -> Option<Outline> {
        let face = Face::parse(self.data, 0).ok()?;
        let glyph = face.glyph_index(char::from_digit(digit, 10)?)?;
        let mut tracer = Tracer::default();
        face.outline_glyph(glyph, &mut tracer)?;
        tracer.outline.normalize();
        tracer.outline.subdivide();
        Some(tracer.outline)
    }
}

/// Straight pieces that a curve is drawn with; digits are drawn at 105 pixels at most.
const PIECES: u32 = 8;

/// Turns a font's curves into polygons.
#[derive(Default)]
struct Tracer {
    outline: Outline,
}

impl Tracer {
    /// Adds a point of font coordinates, whose y points up.
    fn push(&mut self, x: f32, y: f32) {
        if let Some(contour) = self.outline.contours.last_mut() {
            contour.push(Point { x, y: -y });
        }
    }

    /// The point where the pen is, in font coordinates.
    fn pen(&self) -> (f32, f32) {
        self.outline
            .contours
            .last()
            .and_then(|contour| contour.last())
            .map_or((0.0, 0.0), |p| (p.x, -p.y))
    }
}

impl OutlineBuilder for Tracer {
    fn move_to(&mut self, x: f32, y: f32) {
        self.outline.contours.push(Vec::new());
        self.push(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = self.pen();
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            self.push(a * x0 + b * x1 + c * x, a * y0 + b * y1 + c * y);
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (x0, y0) = self.pen();
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let s = 1.0 - t;
            let (a, b, c, d) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
            self.push(
                a * x0 + b * x1 + c * x2 + d * x,
                a * y0 + b * y1 + c * y2 + d * y,
            );
        }
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typeface_has_all_ten_digits() {
        for typeface in TYPEFACES {
            for digit in 0..10 {
                let outline = typeface
                    .digit(digit)
                    .unwrap_or_else(|| panic!("{} lacks {digit}", typeface.name));
                let bounds = outline.bounds();
                assert!(
                    (bounds.height - 1.0).abs() < 1e-4,
                    "{} {digit}: {bounds:?}",
                    typeface.name
                );
                assert!(bounds.width > 0.05, "{} {digit}: {bounds:?}", typeface.name);
            }
        }
    }

    #[test]
    fn at_least_eight_typefaces_look_handwritten() {
        assert!(
            TYPEFACES
                .iter()
                .filter(|typeface| typeface.name.starts_with("hand-"))
                .count()
                >= 8
        );
    }

    #[test]
    fn what_is_no_digit_has_no_outline() {
        assert!(TYPEFACES[0].digit(10).is_none());
    }
}
