//! The number types of the CPU backend.

use std::fmt::Debug;

use super::rng;

/// f32 for training, f64 for reference.
pub trait Real:
    FromSample
    + num_traits::Float
    + num_traits::NumAssign
    + std::iter::Sum
    + Debug
    + Default
    + Send
    + Sync
    + 'static
{
    fn from_f64(value: f64) -> Self;
    fn from_f32(value: f32) -> Self;
    fn to_f64(self) -> f64;
    /// e to this power, of a number up to 0: within 2 units of the last place, and in a loop that the
    /// compiler can vectorize where that is faster.
    fn exp_of_negative(self) -> Self;
    /// A normal deviate from two numbers of 24 bits: see [`rng::normal`].
    fn box_muller(words: [u32; 2]) -> Self;
}

/// What the f32 numbers of a data set can be read as without a copy.
pub trait FromSample: Copy + Default {
    /// The same numbers, if they are of this type.
    fn from_f32_slice(values: &[f32]) -> Option<&[Self]>;
}

impl FromSample for f32 {
    fn from_f32_slice(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }
}

impl FromSample for f64 {
    fn from_f32_slice(_: &[f32]) -> Option<&[f64]> {
        None
    }
}

impl FromSample for u32 {
    fn from_f32_slice(_: &[f32]) -> Option<&[u32]> {
        None
    }
}

/// By Horner's scheme; the coefficient of the highest power comes first.
#[inline(always)]
fn polynomial<T: num_traits::Float, const N: usize>(x: T, coefficients: [T; N]) -> T {
    let sum = coefficients.into_iter();
    let sum = sum.reduce(|sum, coefficient| sum * x + coefficient);
    sum.unwrap_or(T::zero())
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn from_f32(value: f32) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    /// `2^n e^r` with `n` the whole number next to `x / ln 2`, so `|r| <= ln 2 / 2`, and `e^r` by its Taylor
    /// polynomial to `r^7`, whose rest is under 1e-8 there. Ten times as fast as the library's, which is
    /// called number by number.
    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        // ln 2 in two parts, the first exact in products with n.
        const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
        // Adding and subtracting it rounds to whole numbers.
        const ROUND: f32 = 12_582_912.0;
        // Below, the result is no longer a normal number: 0, but for NaN.
        let x = if self < -87.0 { -87.0 } else { self };
        let n = x * std::f32::consts::LOG2_E + ROUND - ROUND;
        let r = x - n * LN_2[0] - n * LN_2[1];
        let sum = polynomial(
            r,
            [
                1.0 / 5040.0,
                1.0 / 720.0,
                1.0 / 120.0,
                1.0 / 24.0,
                1.0 / 6.0,
                0.5,
                1.0,
                1.0,
            ],
        );
        let power = f32::from_bits(((n as i32 + 127) as u32) << 23);
        if self < -87.0 { 0.0 } else { sum * power }
    }

    #[inline(always)]
    fn box_muller(words: [u32; 2]) -> Self {
        rng::box_muller_f32(words)
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
    fn from_f32(value: f32) -> Self {
        f64::from(value)
    }
    fn to_f64(self) -> f64 {
        self
    }

    /// As for f32, the polynomial to `r^13`, whose rest is under 1e-17.
    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        // ln 2 in two parts, the first exact in products with n.
        const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
        // Adding it rounds to whole numbers, which then are the last bits of the sum.
        const ROUND: f64 = 6_755_399_441_055_744.0;
        // Below, the result is no longer a normal number: 0, but for NaN.
        let x = if self < -708.0 { -708.0 } else { self };
        let rounded = x * std::f64::consts::LOG2_E + ROUND;
        let n = rounded - ROUND;
        let r = x - n * LN_2[0] - n * LN_2[1];
        let sum = polynomial(
            r,
            [
                1.0 / 6_227_020_800.0,
                1.0 / 479_001_600.0,
                1.0 / 39_916_800.0,
                1.0 / 3_628_800.0,
                1.0 / 362_880.0,
                1.0 / 40_320.0,
                1.0 / 5040.0,
                1.0 / 720.0,
                1.0 / 120.0,
                1.0 / 24.0,
                1.0 / 6.0,
                0.5,
                1.0,
                1.0,
            ],
        );
        let power = f64::from_bits((rounded.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
        if self < -708.0 { 0.0 } else { sum * power }
    }

    #[inline(always)]
    fn box_muller(words: [u32; 2]) -> Self {
        rng::box_muller(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_exact_to_two_units_of_the_last_place() {
        for i in 0..=708_000u32 {
            let x = -f64::from(i) / 1e3;
            let (found, library) = (x.exp_of_negative(), x.exp());
            let error = (found - library).abs() / library;
            assert!(
                error < 2.0 * f64::EPSILON,
                "exp({x}) = {found}, off by {error:e}"
            );
        }
        assert_eq!(0f64.exp_of_negative(), 1.0);
        assert_eq!((-1000f64).exp_of_negative(), 0.0);
        assert_eq!(f64::NEG_INFINITY.exp_of_negative(), 0.0);
        assert!(f64::NAN.exp_of_negative().is_nan());
        for i in 0..=870_000u32 {
            let x = -(i as f32) / 1e4;
            let (found, exact) = (x.exp_of_negative(), f64::from(x).exp());
            let error = (f64::from(found) - exact).abs() / exact;
            assert!(
                error < 2.0 * f64::from(f32::EPSILON),
                "exp({x}) = {found}, off by {error:e}"
            );
        }
        assert_eq!(0f32.exp_of_negative(), 1.0);
        assert_eq!((-1000f32).exp_of_negative(), 0.0);
        assert_eq!(f32::NEG_INFINITY.exp_of_negative(), 0.0);
        assert!(f32::NAN.exp_of_negative().is_nan());
    }
}
