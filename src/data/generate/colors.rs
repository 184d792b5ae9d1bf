//! The `colors` data set: red, green and blue pictures of many shades, the simplest thing to learn.

use image::RgbImage;

use super::SIDE;
use super::field::Field;
use super::paint::{Colour, picture};
use super::random::Draw;

/// The classes, in order; the hue of class k is k/3 of a turn.
pub(super) const CLASSES: &[&str] = &["red", "green", "blue"];

/// Farthest hue from the class's own, in turns (20 degrees).
const HUE_SPREAD: f32 = 20.0 / 360.0;

/// Draws picture `index` of the class numbered `class`.
pub(super) fn draw_color(seed: u64, class: u32, index: u32) -> RgbImage {
    let mut draw = Draw::new(seed, class, index);
    let (base, second) = (shade(class, &mut draw), shade(class, &mut draw));
    let blend = Blend::choose(&mut draw);
    let grain = if draw.chance(0.2) {
        draw.within(0.01, 0.05)
    } else {
        0.0
    };
    let side = SIDE as f32;
    picture(|column, row, _| {
        let share = blend.at((column as f32 + 0.5) / side, (row as f32 + 0.5) / side);
        let noise = if grain > 0.0 {
            grain * draw.bell()
        } else {
            0.0
        };
        base.mixed(second, share).brightened(noise)
    })
}

/// A shade of a class: light or dark, full or pale.
fn shade(class: u32, draw: &mut Draw) -> Colour {
    let hue = class as f32 / CLASSES.len() as f32 + draw.within(-HUE_SPREAD, HUE_SPREAD);
    Colour::from_hsv(hue, draw.within(0.5, 1.0), draw.within(0.4, 1.0))
}

/// How two shades share the picture.
enum Blend {
    /// One shade only.
    Flat,
    /// From one side to the other, along the direction `(x, y)`.
    Gradient { x: f32, y: f32 },
    /// A disc of the second shade.
    Disc { x: f32, y: f32, radius: f32 },
    /// A rectangle of the second shade.
    Rectangle {
        left: f32,
        top: f32,
        right: f32,
        bottom: f32,
    },
    /// Stripes along the direction `(x, y)`.
    Stripes { x: f32, y: f32, count: f32 },
    /// Clouds.
    Clouds(Field),
}

impl Blend {
    fn choose(draw: &mut Draw) -> Self {
        match draw.below(6) {
            0 => Self::Flat,
            1 => Self::Gradient {
                x: draw.within(-1.0, 1.0),
                y: draw.within(-1.0, 1.0),
            },
            2 => Self::Disc {
                x: draw.unit(),
                y: draw.unit(),
                radius: draw.within(0.15, 0.5),
            },
            3 => {
                let (left, top) = (draw.within(0.0, 0.7), draw.within(0.0, 0.7));
                let (right, bottom) = (draw.within(left + 0.2, 1.0), draw.within(top + 0.2, 1.0));
                Self::Rectangle {
                    left,
                    top,
                    right,
                    bottom,
                }
            }
            4 => Self::Stripes {
                x: draw.unit(),
                y: draw.unit(),
                count: draw.within(2.0, 8.0),
            },
            _ => Self::Clouds(Field::new(2 + draw.below(6) as usize, draw)),
        }
    }

    /// The second shade's share at `(x, y)` of the unit square, in [0, 1].
    fn at(&self, px: f32, py: f32) -> f32 {
        match self {
            Self::Flat => 0.0,
            Self::Gradient { x, y } => (0.5 + (px - 0.5) * x + (py - 0.5) * y).clamp(0.0, 1.0),
            Self::Disc { x, y, radius } => {
                let (across, down) = (px - x, py - y);
                let distance = (across * across + down * down).sqrt();
                ((radius - distance) * SIDE as f32 + 0.5).clamp(0.0, 1.0)
            }
            Self::Rectangle {
                left,
                top,
                right,
                bottom,
            } => f32::from((*left..*right).contains(&px) && (*top..*bottom).contains(&py)),
            Self::Stripes { x, y, count } => {
                let phase = (px * x + py * y) * count;
                if phase - phase.floor() < 0.5 {
                    0.0
                } else {
                    1.0
                }
            }
            Self::Clouds(field) => 0.5 + 0.5 * field.at(px, py),
        }
    }
}
