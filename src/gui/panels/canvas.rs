//! A canvas to draw on, by mouse, pen or finger.

use eframe::egui::{self, Color32, Pos2, Rect, Response, Role, Sense, Stroke, Ui, pos2, vec2};

use super::look::named;
use crate::gui::lab::Picture;

/// Most points of all strokes: minutes of drawing.
const MOST_POINTS: usize = 20_000;
/// Points nearer to the last one than this share of the side say nothing.
const NEAREST: f32 = 0.003;

/// Strokes in the unit square, and how they are painted.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// Points of each, from the top left corner.
    strokes: Vec<Vec<[f32; 2]>>,
    /// Width of the pen, as a share of the side.
    pub pen: f32,
    pub ink: [u8; 3],
    pub ground: [u8; 3],
    draws: bool,
}

impl Default for Canvas {
    fn default() -> Self {
        Self {
            strokes: Vec::new(),
            pen: 0.08,
            ink: [0; 3],
            ground: [255; 3],
            draws: false,
        }
    }
}

impl Canvas {
    pub fn is_empty(&self) -> bool {
        self.strokes.is_empty()
    }

    pub fn clear(&mut self) {
        self.strokes.clear();
        self.draws = false;
    }

    /// Takes the last stroke away.
    pub fn undo(&mut self) {
        self.strokes.pop();
        self.draws = false;
    }

    /// Ink becomes ground, and ground becomes ink.
    pub fn swap(&mut self) {
        std::mem::swap(&mut self.ink, &mut self.ground);
    }

    /// Puts the pen down, in the unit square.
    pub fn begin(&mut self, point: [f32; 2]) {
        self.draws = true;
        self.strokes.push(vec![point]);
    }

    /// Moves the pen. Whether that drew something.
    pub fn go(&mut self, point: [f32; 2]) -> bool {
        let points: usize = self.strokes.iter().map(Vec::len).sum();
        let Some(stroke) = self.strokes.last_mut() else {
            return false;
        };
        let is_near = stroke.last().is_some_and(|[x, y]| {
            let (dx, dy) = (point[0] - x, point[1] - y);
            dx * dx + dy * dy < NEAREST * NEAREST
        });
        if is_near || points >= MOST_POINTS || !point.iter().all(|place| place.is_finite()) {
            return false;
        }
        stroke.push(point);
        true
    }

    /// What is drawn, `side` x `side` pixels.
    pub fn picture(&self, side: usize) -> Picture {
        let coverage = coverage(&self.strokes, self.pen, side);
        let mut picture = Picture::filled(side, side, self.ground);
        let pixels = picture.pixels.as_chunks_mut::<3>().0.iter_mut();
        for (pixel, share) in pixels.zip(coverage) {
            for ((value, ink), ground) in pixel.iter_mut().zip(self.ink).zip(self.ground) {
                let (ink, ground) = (f32::from(ink), f32::from(ground));
                *value = (ground + share * (ink - ground)).round() as u8;
            }
        }
        picture
    }

    /// Draws the canvas and what is drawn on it. Whether something was drawn in this frame.
    pub fn ui(&mut self, ui: &mut Ui, side: f32) -> (Response, bool) {
        let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click_and_drag());
        named(&response, Role::Canvas, "Drawing canvas");
        let mut drawn = false;
        let pointer = response.interact_pointer_pos();
        let down = response.is_pointer_button_down_on() || response.clicked();
        match pointer.filter(|_| down) {
            Some(pointer) => {
                let from = rect.min;
                let point = (pointer - from) / rect.width().max(1.0);
                let point = [point.x.clamp(0.0, 1.0), point.y.clamp(0.0, 1.0)];
                drawn = match self.draws {
                    true => self.go(point),
                    // The frame of a click's end has its place, too.
                    false if !response.clicked() => {
                        self.begin(point);
                        true
                    }
                    false => false,
                };
            }
            None => self.draws = false,
        }
        self.paint(ui, rect);
        (response, drawn)
    }

    fn paint(&self, ui: &Ui, rect: Rect) {
        let painter = ui.painter_at(rect);
        let color = |[red, green, blue]: [u8; 3]| Color32::from_rgb(red, green, blue);
        painter.rect_filled(rect, 4.0, color(self.ground));
        let place = |[x, y]: [f32; 2]| -> Pos2 {
            pos2(
                rect.min.x + x * rect.width(),
                rect.min.y + y * rect.height(),
            )
        };
        let width = self.pen * rect.width();
        let ink = color(self.ink);
        for stroke in &self.strokes {
            for point in stroke {
                painter.circle_filled(place(*point), width / 2.0, ink);
            }
            for pair in stroke.windows(2) {
                painter.line_segment([place(pair[0]), place(pair[1])], Stroke::new(width, ink));
            }
        }
        if self.is_empty() {
            let font = egui::TextStyle::Body.resolve(ui.style());
            let center = egui::Align2::CENTER_CENTER;
            let gray = color([0, 1, 2].map(|i| self.ink[i] / 2 + self.ground[i] / 2));
            painter.text(rect.center(), center, "Draw here", font, gray);
        }
        let frame = ui.visuals().widgets.noninteractive.bg_stroke;
        painter.rect_stroke(rect, 4.0, frame, egui::StrokeKind::Inside);
    }
}

/// The share of each pixel of `side` x `side` that strokes with round ends cover, by the distance of its centre from
/// the nearest one.
fn coverage(strokes: &[Vec<[f32; 2]>], pen: f32, side: usize) -> Vec<f32> {
    let mut coverage = vec![0.0; side * side];
    let scale = side as f32;
    let radius = pen * scale / 2.0;
    let mut cover = |from: [f32; 2], to: [f32; 2]| {
        let [x0, y0, x1, y1] = [from[0], from[1], to[0], to[1]].map(|place| place * scale);
        let reach = radius + 1.0;
        let pixels = |a: f32, b: f32| {
            let first = (a.min(b) - reach).floor().max(0.0) as usize;
            let last = (a.max(b) + reach).ceil().clamp(0.0, scale) as usize;
            first.min(side)..last
        };
        for y in pixels(y0, y1) {
            for x in pixels(x0, x1) {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                let (dx, dy) = (x1 - x0, y1 - y0);
                let length = dx * dx + dy * dy;
                let along = match length > 0.0 {
                    true => (((px - x0) * dx + (py - y0) * dy) / length).clamp(0.0, 1.0),
                    false => 0.0,
                };
                let (ax, ay) = (px - (x0 + along * dx), py - (y0 + along * dy));
                let distance = (ax * ax + ay * ay).sqrt();
                let share = (radius + 0.5 - distance).clamp(0.0, 1.0);
                let pixel: &mut f32 = &mut coverage[y * side + x];
                *pixel = pixel.max(share);
            }
        }
    };
    for stroke in strokes {
        if let [only] = stroke[..] {
            cover(only, only);
        }
        for pair in stroke.windows(2) {
            cover(pair[0], pair[1]);
        }
    }
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: [f32; 2], to: [f32; 2]) -> Canvas {
        let mut canvas = Canvas::default();
        canvas.begin(from);
        assert!(canvas.go(to));
        canvas
    }

    fn at(picture: &Picture, x: usize, y: usize) -> u8 {
        picture.pixels[3 * (y * picture.width + x)]
    }

    #[test]
    fn a_stroke_covers_what_lies_within_half_the_pen() {
        let mut canvas = line([0.25, 0.5], [0.75, 0.5]);
        canvas.pen = 0.25;
        for side in [28, 110, 256] {
            let picture = canvas.picture(side);
            assert_eq!(picture.pixels.len(), 3 * side * side);
            assert_eq!(at(&picture, side / 2, side / 2), 0, "ink at {side}");
            assert_eq!(at(&picture, side / 2, side / 2 + side / 10), 0);
            assert_eq!(at(&picture, side / 2, side / 2 + side / 6), 255);
            assert_eq!(at(&picture, 1, side / 2), 255, "before it begins");
        }
    }

    #[test]
    fn edges_are_shaded_and_ink_adds_up_to_the_area() {
        let mut canvas = Canvas::default();
        canvas.begin([0.5, 0.5]);
        canvas.pen = 0.5;
        canvas.swap();
        let picture = canvas.picture(64);
        let reds: Vec<u8> = picture.pixels.chunks(3).map(|pixel| pixel[0]).collect();
        let between = reds
            .iter()
            .filter(|value| (1..255).contains(*value))
            .count();
        assert!((40..200).contains(&between), "{between} shaded pixels");
        let ink: f64 = reds.iter().map(|value| f64::from(*value) / 255.0).sum();
        let disk = std::f64::consts::PI * 16.0 * 16.0;
        assert!((ink / disk - 1.0).abs() < 0.02, "{ink} of {disk}");
    }

    #[test]
    fn strokes_over_the_border_and_no_pixels_are_fine() {
        let canvas = line([0.0, 0.0], [1.0, 1.0]);
        assert_eq!(at(&canvas.picture(28), 0, 0), 0);
        assert_eq!(at(&canvas.picture(28), 27, 27), 0);
        assert!(canvas.picture(0).pixels.is_empty());
        assert_eq!(canvas.picture(1).pixels.len(), 3);
    }

    #[test]
    fn points_that_say_nothing_are_let_go() {
        let mut canvas = line([0.1, 0.1], [0.2, 0.2]);
        assert!(!canvas.go([0.2, 0.2001]));
        assert!(!canvas.go([f32::NAN, 0.5]));
        let before = canvas.picture(28);
        canvas.begin([0.9, 0.9]);
        assert_ne!(canvas.picture(28), before);
        canvas.undo();
        assert_eq!(canvas.picture(28), before);
        canvas.clear();
        assert!(canvas.is_empty());
        assert_eq!(canvas.picture(28), Picture::filled(28, 28, [255; 3]));
    }
}
