//! Where the axes of a plot begin and end, and where their marks stand.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use super::super::comparison::Kind;

/// An axis of decades, with marks at 1, 2 and 5 times powers of ten; plotters' own has marks at the powers
/// alone.
#[derive(Debug, Clone)]
pub struct Decades {
    /// Above 0.
    low: f64,
    high: f64,
}

impl From<Range<f64>> for Decades {
    /// With a little room on both sides.
    fn from(range: Range<f64>) -> Self {
        let room = (range.end / range.start).powf(0.04);
        Self {
            low: range.start / room,
            high: range.end * room,
        }
    }
}

impl Ranged for Decades {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        (f64::from(from) + share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor(), self.high.log10().ceil());
        let decades = (last - first) as usize + 1;
        let factors: &[f64] = match 3 * decades <= 2 * hint.max_num_points() {
            true => &[1.0, 2.0, 5.0],
            false => &[1.0],
        };
        let every = decades.div_ceil(hint.max_num_points().max(1)).max(1);
        let powers = (0..decades).step_by(every);
        let points = powers.flat_map(|decade| {
            let power = 10.0_f64.powf(first + decade as f64);
            factors.iter().map(move |factor| factor * power)
        });
        points
            .filter(|point| (self.low..=self.high).contains(point))
            .collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// A twentieth more on both sides; from 0 on where that is near.
pub fn room_around(range: Range<f64>) -> Range<f64> {
    let room = match range.end - range.start {
        0.0 => 0.05 * range.end.abs().max(0.1),
        width => 0.05 * width,
    };
    let from_zero = range.start >= 0.0 && range.start < 0.35 * range.end;
    let start = if from_zero { 0.0 } else { range.start - room };
    start..range.end + room
}

/// A mark of an axis, without the digits that only rounding made.
pub fn axis_number(value: f64) -> String {
    match value.abs() {
        size if size != 0.0 && !(1e-4..1e6).contains(&size) => Kind::Cost.text(value),
        _ => ((value * 1e6).round() / 1e6).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use plotters::coord::ranged1d::BoldPoints;

    use super::*;

    #[test]
    fn decades_have_marks_between_the_powers_of_ten_where_there_is_room() {
        let marks = |range: Range<f64>| -> Vec<String> {
            let points = Decades::from(range).key_points(BoldPoints(8));
            points.into_iter().map(axis_number).collect()
        };
        assert_eq!(marks(0.03..2.4), ["0.05", "0.1", "0.2", "0.5", "1", "2"]);
        let wide = marks(1e-20..1e20);
        assert!((4..=8).contains(&wide.len()), "{wide:?}");
        let decades = Decades::from(0.01..100.0);
        assert_eq!(decades.map(&1.0, (100, 0)), 50);
    }

    #[test]
    fn an_axis_has_room_and_begins_at_zero_where_that_is_near() {
        assert_eq!(room_around(1.0..11.0), 0.0..11.5);
        assert_eq!(room_around(10.0..12.0), 9.9..12.1);
        assert!(room_around(3.0..3.0).start < 3.0);
    }

    #[test]
    fn marks_have_no_digits_of_rounding() {
        assert_eq!(axis_number(0.1 + 0.2), "0.3");
        assert_eq!(axis_number(1e-7), "1.00e-7");
        assert_eq!(axis_number(0.0), "0");
    }
}
