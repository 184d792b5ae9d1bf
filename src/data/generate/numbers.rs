//! The `numbers` data set: one digit per picture, in many typefaces, bent as by an unsteady hand.
//!
//! Made to be hard on raw pixels (any size, place, ink and paper, light on dark as often as dark on
//! light) and learnable after preprocessing: on most pictures the paper is of one exact colour, so
//! that trimming finds the digit, and min-max normalization and inversion bring all inks and papers
//! together.

use image::RgbImage;

use super::SIDE;
use super::field::{Field, mix};
use super::glyphs::TYPEFACES;
use super::outline::{Lean, Outline, Point};
use super::paint::{Colour, picture};
use super::random::Draw;
use super::raster::coverage;

/// The classes, in order.
pub(super) const CLASSES: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Share of pictures whose paper is not of one colour, which defeats trimming.
const UNEVEN_PAPER: f32 = 0.12;
/// Share of pictures whose ink is patchy, as of a dry brush or chalk.
const PATCHY_INK: f32 = 0.2;
/// Share of pictures with specks of ink on the digit's surroundings.
const SPECKLED: f32 = 0.06;
/// Least difference of brightness between ink and paper.
const CONTRAST: f32 = 0.4;
/// Most that uneven paper departs from its colour, as a share of its contrast with the ink.
const STAIN: f32 = 0.15;
/// Paper left free at each side at least, in pixels: the top-left pixel is always paper.
const MARGIN: f32 = 1.0;

/// What a picture is painted with.
struct Palette {
    ink: Colour,
    paper: Colour,
}

/// Draws picture `index` of the digit `digit`.
pub(super) fn draw_digit(seed: u64, digit: u32, index: u32) -> RgbImage {
    let mut draw = Draw::new(seed, digit, index);
    // Typefaces take turns, so that each class has seen all of them; 11 is coprime to their number.
    let turn = (index as usize * 11 + digit as usize * 5) % TYPEFACES.len();
    let mut outline = TYPEFACES[turn].digit(digit).unwrap_or_default();
    distort(&mut outline, &mut draw);

    let uneven = draw.chance(UNEVEN_PAPER);
    if uneven {
        // Where trimming cannot help, the digit fills the picture, as in a close-up.
        let (size, offset) = (draw.within(0.88, 0.96), draw.within(0.45, 0.55));
        place(&mut outline, size, (offset, 0.5));
    } else {
        let (size, offset) = (draw.within(0.25, 0.96), (draw.unit(), draw.unit()));
        place(&mut outline, size, offset);
    }

    let mut mask = coverage(&outline);
    if draw.chance(PATCHY_INK) {
        wear(&mut mask, &mut draw);
    }
    if draw.chance(SPECKLED) {
        speckle(&mut mask, &outline, &mut draw);
    }
    let palette = choose_palette(&mut draw);
    let paper = paper_shades(uneven, &palette, &mut draw);
    picture(|_, _, pixel| {
        palette
            .paper
            .brightened(paper[pixel])
            .mixed(palette.ink, mask[pixel])
    })
}

/// Bends, stretches, slants and turns the digit: seldom much, so that some hundred samples per
/// class suffice.
fn distort(outline: &mut Outline, draw: &mut Draw) {
    let strength = 0.01 + 0.03 * draw.unit() * draw.unit();
    outline.bend(strength, draw);
    outline.lean(Lean {
        stretch: 1.0 + 0.2 * draw.mostly_small(),
        slant: 0.12 * draw.mostly_small(),
        taper: 0.16 * draw.mostly_small(),
        // 11 degrees at most; with the slant, strokes lean by up to 18 degrees.
        half_turn: 0.096 * draw.mostly_small(),
    });
}

/// Scales the digit so that its longer side is `size` of the picture's, and puts it where `offset`
/// says: (0, 0) is the upper left corner of the room that it leaves, (1, 1) the lower right one.
fn place(outline: &mut Outline, size: f32, offset: (f32, f32)) {
    let side = SIDE as f32;
    let bounds = outline.bounds();
    let longest = (size * side).min(side - 2.0 * MARGIN);
    let scale = longest / bounds.width.max(bounds.height).max(f32::MIN_POSITIVE);
    let at = |length: f32, share: f32| mix(MARGIN, side - MARGIN - length * scale, share);
    let (left, top) = (at(bounds.width, offset.0), at(bounds.height, offset.1));
    outline.map(|p| Point {
        x: (p.x - bounds.left) * scale + left,
        y: (p.y - bounds.top) * scale + top,
    });
}

/// Takes ink away in smooth patches and in grain; the stroke stays visible everywhere.
fn wear(mask: &mut [f32], draw: &mut Draw) {
    let patches = Field::new(5 + draw.below(6) as usize, draw);
    let depth = draw.within(0.15, 0.5);
    let grain = draw.within(0.0, 0.25);
    for (pixel, covered) in mask
        .iter_mut()
        .enumerate()
        .filter(|(_, covered)| **covered > 0.0)
    {
        let (x, y) = (
            (pixel % SIDE) as f32 / SIDE as f32,
            (pixel / SIDE) as f32 / SIDE as f32,
        );
        let lost = depth * patches.at(x, y).max(0.0) + grain * draw.unit();
        *covered *= 1.0 - lost;
    }
}

/// Scatters specks of ink over the digit's box.
fn speckle(mask: &mut [f32], outline: &Outline, draw: &mut Draw) {
    let bounds = outline.bounds();
    for _ in 0..5 + draw.below(20) {
        let column = draw.within(bounds.left, bounds.left + bounds.width) as usize;
        let row = draw.within(bounds.top, bounds.top + bounds.height) as usize;
        if let Some(covered) = mask.get_mut(row.min(SIDE - 1) * SIDE + column.min(SIDE - 1)) {
            *covered = covered.max(draw.within(0.2, 0.8));
        }
    }
}

/// Any two colours of enough contrast; the ink is the darker one on half of the pictures.
fn choose_palette(draw: &mut Draw) -> Palette {
    let dark_ink = draw.chance(0.5);
    loop {
        let one = Colour::from_hsv(draw.unit(), draw.unit(), draw.unit());
        let other = Colour::from_hsv(draw.unit(), draw.unit(), draw.unit());
        let difference = other.luma() - one.luma();
        if difference >= CONTRAST {
            let (ink, paper) = if dark_ink { (one, other) } else { (other, one) };
            return Palette { ink, paper };
        }
    }
}

/// What is added to the paper's brightness at each pixel: nothing, on most pictures.
fn paper_shades(uneven: bool, palette: &Palette, draw: &mut Draw) -> Vec<f32> {
    if !uneven {
        return vec![0.0; SIDE * SIDE];
    }
    let room = STAIN * (palette.paper.luma() - palette.ink.luma()).abs();
    let stains = Field::new(1 + draw.below(4) as usize, draw);
    let stain = draw.within(0.1, 1.0) * room;
    let grain = if draw.chance(0.5) {
        draw.within(0.05, 0.25) * room
    } else {
        0.0
    };
    (0..SIDE * SIDE)
        .map(|pixel| {
            let (x, y) = (
                (pixel % SIDE) as f32 / SIDE as f32,
                (pixel / SIDE) as f32 / SIDE as f32,
            );
            stain * stains.at(x, y)
                + if grain > 0.0 {
                    grain * draw.bell()
                } else {
                    0.0
                }
        })
        .collect()
}
