//! Fills an outline: how much of each pixel it covers.

use super::SIDE;
use super::outline::Outline;

/// Scan lines per row of pixels; along a line, coverage is exact.
const LINES: usize = 8;

/// The covered share, in [0, 1], of each of the `SIDE` x `SIDE` pixels, row-major. The outline is
/// in pixels and is filled by the nonzero winding rule, as overlapping strokes of a font ask.
pub(super) fn coverage(outline: &Outline) -> Vec<f32> {
    let mut mask = vec![0.0; SIDE * SIDE];
    let mut crossings: Vec<(f32, i32)> = Vec::new();
    for line in 0..SIDE * LINES {
        let y = (line as f32 + 0.5) / LINES as f32;
        crossings.clear();
        for contour in &outline.contours {
            for (index, from) in contour.iter().enumerate() {
                let to = contour[(index + 1) % contour.len()];
                if (from.y <= y) != (to.y <= y) {
                    let x = from.x + (to.x - from.x) * ((y - from.y) / (to.y - from.y));
                    crossings.push((x, if to.y > from.y { 1 } else { -1 }));
                }
            }
        }
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let row = &mut mask[line / LINES * SIDE..][..SIDE];
        let mut winding = 0;
        for pair in crossings.windows(2) {
            winding += pair[0].1;
            if winding != 0 {
                fill(row, pair[0].0, pair[1].0);
            }
        }
    }
    mask
}

/// Adds one scan line's span from `left` to `right` to a row of pixels.
fn fill(row: &mut [f32], left: f32, right: f32) {
    let (left, right) = (left.clamp(0.0, SIDE as f32), right.clamp(0.0, SIDE as f32));
    let first = left as usize;
    for (column, pixel) in row.iter_mut().enumerate().skip(first) {
        let start = left.max(column as f32);
        let end = right.min(column as f32 + 1.0);
        if end <= start {
            break;
        }
        *pixel += (end - start) / LINES as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::outline::Point;
    use super::*;

    fn rectangle(left: f32, top: f32, right: f32, bottom: f32) -> Vec<Point> {
        [(left, top), (right, top), (right, bottom), (left, bottom)]
            .map(|(x, y)| Point { x, y })
            .to_vec()
    }

    #[test]
    fn a_rectangle_covers_its_area_and_shares_edge_pixels() {
        let mask = coverage(&Outline {
            contours: vec![rectangle(10.0, 20.0, 12.5, 23.5)],
        });
        assert_eq!(mask[20 * SIDE + 10], 1.0);
        assert_eq!(mask[20 * SIDE + 12], 0.5);
        assert_eq!(mask[23 * SIDE + 11], 0.5);
        assert_eq!(mask[23 * SIDE + 12], 0.25);
        assert_eq!(mask[19 * SIDE + 10], 0.0);
        assert_eq!(mask.iter().sum::<f32>(), 2.5 * 3.5);
    }

    #[test]
    fn overlapping_contours_of_one_direction_leave_no_hole_and_opposite_ones_do() {
        let outer = rectangle(0.0, 0.0, 30.0, 30.0);
        let mut inner = rectangle(10.0, 10.0, 20.0, 20.0);
        let merged = coverage(&Outline {
            contours: vec![outer.clone(), inner.clone()],
        });
        inner.reverse();
        let ring = coverage(&Outline {
            contours: vec![outer, inner],
        });
        assert_eq!(merged[15 * SIDE + 15], 1.0);
        assert_eq!(ring[15 * SIDE + 15], 0.0);
    }
}
