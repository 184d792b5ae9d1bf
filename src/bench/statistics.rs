//! Median and spread of a handful of times.

use serde::{Deserialize, Serialize};

/// Order statistics, by linear interpolation between the two nearest values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub min: f64,
    pub quartile1: f64,
    pub median: f64,
    pub quartile3: f64,
    pub max: f64,
}

impl Spread {
    /// Of some values; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let (below, above) = (
                sorted[place.floor() as usize],
                sorted[place.ceil() as usize],
            );
            below + place.fract() * (above - below)
        };
        Some(Self {
            min: at(0.0),
            quartile1: at(0.25),
            median: at(0.5),
            quartile3: at(0.75),
            max: at(1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_the_nearest_values() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        let Spread {
            min,
            quartile1,
            median,
            quartile3,
            max,
        } = spread;
        assert_eq!(
            [min, quartile1, median, quartile3, max],
            [1.0, 1.75, 2.5, 3.25, 4.0]
        );
        assert_eq!(Spread::of(&[7.0]).unwrap().quartile3, 7.0);
        assert_eq!(Spread::of(&[]), None);
    }
}
