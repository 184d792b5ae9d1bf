//! Counter-based random numbers: `shaders/shared/rng.wgsl`, the same bits on the CPU. A number is a
//! function of its counters (seed, stream, step, index), so a mask can be drawn again anywhere.

use super::Real;

/// What keeps the uses of random numbers apart: the second counter.
pub mod stream {
    pub const ROTATION: u32 = 0x526f_7461;
    pub const NOISE: u32 = 0x4e6f_6973;
    /// Plus the index of the layer.
    pub const DROPOUT: u32 = 0x4472_6f70;
}

/// Hash of four words to four random words: pcg4d of Jarzynski and Olano, "Hash Functions for GPU
/// Rendering", JCGT 9(3), 2020.
pub fn pcg4d(seed: [u32; 4]) -> [u32; 4] {
    let mut v = seed.map(|word| word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let mix = |v: &mut [u32; 4]| {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
    };
    mix(&mut v);
    v = v.map(|word| word ^ (word >> 16));
    mix(&mut v);
    v
}

/// Uniform in [0, 1), from the top 24 bits.
pub fn unit<T: Real>(bits: u32) -> T {
    T::from_f64(f64::from(bits >> 8) * 2f64.powi(-24))
}

/// A normal deviate from two random words (Box and Muller, 1958).
pub fn normal<T: Real>(a: u32, b: u32) -> T {
    let radius = (-2.0 * ((f64::from(a >> 8) + 1.0) * 2f64.powi(-24)).ln()).sqrt();
    T::from_f64(radius * (std::f64::consts::TAU * f64::from(b >> 8) * 2f64.powi(-24)).cos())
}

/// The 32 bits of a seed that the device counts with.
pub fn fold(seed: u64) -> u32 {
    (seed ^ (seed >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_deviates_have_mean_0_and_variance_1() {
        let n = 200_000u32;
        let values: Vec<f64> = (0..n)
            .map(|i| {
                let v = pcg4d([1, 2, 3, i]);
                normal(v[0], v[1])
            })
            .collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.01, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
    }
}
