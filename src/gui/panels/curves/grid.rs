//! Where the lines of the grid are, and what is written at them.

use egui_plot::{GridInput, GridMark};

use super::lines::Metric;

pub fn value_text(metric: Metric, is_log: bool, mark: GridMark) -> String {
    match metric {
        Metric::Accuracy => {
            let decimals = decimals(100.0 * mark.step_size);
            format!("{:.decimals$}%", 100.0 * mark.value)
        }
        Metric::Cost if is_log => {
            let value = 10f64.powf(mark.value);
            match value {
                0.001..10_000.0 => format!("{}", (value * 1e6).round() / 1e6),
                _ => format!("{value:.0e}"),
            }
        }
        Metric::Cost => match mark.value.abs() {
            10_000.0.. => format!("{:.1e}", mark.value),
            _ => format!("{:.*}", decimals(mark.step_size), mark.value),
        },
    }
}

/// Digits behind the point that numbers so far apart need.
fn decimals(step: f64) -> usize {
    (-step.abs().log10()).ceil().clamp(0.0, 8.0) as usize
}

/// Marks a step apart that leaves at least `room` times the least distance of two lines, which is 8 points.
fn marks(input: &GridInput, room: f64, mut steps: impl Iterator<Item = f64>) -> Vec<GridMark> {
    let Some(step_size) = steps.find(|step| *step >= room * input.base_step_size) else {
        return Vec::new();
    };
    let (from, to) = input.bounds;
    let [first, last] = [(from / step_size).ceil(), (to / step_size).floor()];
    let count = last - first;
    if count.is_nan() || count >= 1000.0 {
        return Vec::new();
    }
    let mark = |place| GridMark {
        value: place as f64 * step_size,
        step_size,
    };
    (first as i64..=last as i64).map(mark).collect()
}

/// 1, 2, 5, and what is powers of ten apart from them.
fn round_steps(powers: std::ops::Range<i32>) -> impl Iterator<Item = f64> {
    let powers = powers.map(|power| 10f64.powi(power));
    powers.flat_map(|power| [power, 2.0 * power, 5.0 * power])
}

/// Whole epochs only.
pub fn epoch_marks(input: &GridInput) -> Vec<GridMark> {
    marks(input, 9.0, round_steps(0..10))
}

pub fn value_marks(input: &GridInput) -> Vec<GridMark> {
    marks(input, 4.0, round_steps(-9..12))
}

/// Steps as clocks have them.
pub fn time_marks(input: &GridInput) -> Vec<GridMark> {
    let clock = [
        10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0,
        43_200.0, 86_400.0, 432_000.0, 864_000.0,
    ];
    marks(input, 9.0, round_steps(-4..1).chain(clock))
}

/// The powers of ten, and their multiples between them.
pub fn log_marks(input: &GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let span = to - from;
    if span.is_nan() || span >= 60.0 {
        return Vec::new();
    }
    let decades = from.floor() as i32..=to.ceil() as i32;
    let in_decade = |decade: i32| {
        (1..10).map(move |digit| GridMark {
            value: f64::from(decade) + f64::from(digit).log10(),
            step_size: if digit == 1 { 1.0 } else { 0.2 },
        })
    };
    let is_seen = |mark: &GridMark| (from..=to).contains(&mark.value);
    decades.flat_map(in_decade).filter(is_seen).collect()
}

pub fn time_text(seconds: f64) -> String {
    match seconds {
        ..0.0 => String::new(),
        0.0 => "0".to_owned(),
        ..60.0 => format!("{} s", (seconds * 1e4).round() / 1e4),
        ..3600.0 => format!(
            "{:.0}:{:02.0} min",
            (seconds / 60.0).floor(),
            seconds % 60.0
        ),
        _ => format!(
            "{:.0}:{:02.0} h",
            (seconds / 3600.0).floor(),
            seconds % 3600.0 / 60.0
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(marks: Vec<GridMark>) -> Vec<f64> {
        let mut values: Vec<f64> = marks.iter().map(|mark| mark.value).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn marks_stand_at_whole_epochs_and_at_what_clocks_show() {
        let input = |to, base_step_size| GridInput {
            bounds: (0.0, to),
            base_step_size,
        };
        let epochs = values(epoch_marks(&input(4.0, 0.01)));
        assert_eq!(epochs, [0.0, 1.0, 2.0, 3.0, 4.0]);
        let quarters = values(time_marks(&input(60.0, 1.5)));
        assert_eq!(quarters, [0.0, 15.0, 30.0, 45.0, 60.0]);
        let costs = values(value_marks(&input(1.1, 0.1)));
        assert_eq!(costs, [0.0, 0.5, 1.0]);
        assert_eq!(time_text(75.0), "1:15 min");
        assert_eq!(time_text(5400.0), "1:30 h");
    }

    #[test]
    fn bounds_that_are_none_have_no_marks() {
        for bounds in [(f64::NAN, 1.0), (f64::NEG_INFINITY, f64::INFINITY)] {
            let input = GridInput {
                bounds,
                base_step_size: 0.1,
            };
            assert!(epoch_marks(&input).is_empty() && log_marks(&input).is_empty());
        }
    }
}
