//! Values that are shares of a byte's full scale, as those of images that no stage has changed: a device can
//! hold them in a quarter of the memory.

use crate::ops::parallel;

/// A byte's share of the full scale.
pub fn unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

/// The byte whose share is nearest to a value.
pub fn nearest(value: f32) -> u8 {
    // Rounded down by the conversion, which also ends at 0 and 255.
    (value * 255.0 + 0.5) as u8
}

/// Whether every value is the share of a byte, bit for bit.
pub fn are_units(values: &[f32]) -> bool {
    let is_unit = |value: f32| unit(nearest(value)).to_bits() == value.to_bits();
    // Without a way out inside, which would keep the loop from being vectorized.
    let all = |values: &[f32]| values.iter().fold(true, |all, &value| all & is_unit(value));
    parallel::all(values, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_the_nearest_to_its_share() {
        let shares: Vec<f32> = (0..=255).map(unit).collect();
        assert!(are_units(&shares));
        assert!((0..=255).all(|byte| nearest(unit(byte)) == byte));
    }

    #[test]
    fn one_value_between_bytes_is_found_among_many() {
        for other in [
            0.5,
            -0.0,
            1.1,
            f32::NAN,
            f32::from_bits(unit(7).to_bits() + 1),
        ] {
            for at in [0, 40_000, 99_999] {
                let mut values = vec![unit(200); 100_000];
                assert!(are_units(&values));
                values[at] = other;
                assert!(!are_units(&values), "{other} at {at}");
            }
        }
    }
}
