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
#[inline(always)]
pub fn normal<T: Real>(a: u32, b: u32) -> T {
    // 2^-24 is the least that the first becomes, 1 the most.
    T::box_muller([(a >> 8) + 1, b >> 8])
}

/// `sqrt(-2 ln(u)) cos(2 pi v)`, u and v in units of 2^-24.
pub(super) fn box_muller([u, v]: [u32; 2]) -> f64 {
    let [u, v] = [u, v].map(|word| f64::from(word) * 2f64.powi(-24));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// The same in f32, within 1e-6 or so, in a loop that the compiler can vectorize: ten times as fast.
#[inline(always)]
pub(super) fn box_muller_f32([u, v]: [u32; 2]) -> f32 {
    const UNIT: f32 = 1.0 / (1 << 24) as f32;
    (-2.0 * ln(u as f32 * UNIT)).sqrt() * cos_turns(v as f32 * UNIT)
}

/// ln of a normal number: `e ln 2 + ln m`, m within a factor of the root of 2 around 1, and `ln m` by the
/// polynomial of the Cephes library's logf (Moshier, 1992).
#[inline(always)]
fn ln(x: f32) -> f32 {
    // ln 2 in two parts, the first exact in products with e.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let (bits, one) = (x.to_bits(), 1f32.to_bits());
    let m = f32::from_bits((bits & 0x7f_ffff) | one);
    let above = m > std::f32::consts::SQRT_2;
    let e = (bits >> 23) as i32 - 127 + i32::from(above);
    let (e, x) = (e as f32, m * (if above { 0.5 } else { 1.0 }) - 1.0);
    let mut sum = 7.037_683_6e-2;
    for coefficient in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        sum = sum * x + coefficient;
    }
    let square = x * x;
    x + (sum * x * square + e * LN_2[1] - 0.5 * square) + e * LN_2[0]
}

/// cos of t turns, t from 0 to 1, by its Taylor polynomial: as in `shaders/shared/rng.wgsl`.
#[inline(always)]
fn cos_turns(t: f32) -> f32 {
    let a = if t > 0.5 { 1.0 - t } else { t };
    let beyond = a > 0.25;
    let x = std::f32::consts::TAU * (if beyond { 0.5 - a } else { a });
    let y = x * x;
    let mut sum = -1.147_074_6e-11;
    for coefficient in [
        2.087_675_6e-9,
        -2.755_732e-7,
        2.480_158_8e-5,
        -1.388_888_9e-3,
        4.166_666_8e-2,
        -0.5,
        1.0,
    ] {
        sum = sum * y + coefficient;
    }
    if beyond { -sum } else { sum }
}

/// The 32 bits of a seed that the device counts with.
pub fn fold(seed: u64) -> u32 {
    (seed ^ (seed >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_in_f32_are_those_in_f64() {
        let words = (0..100_000u32).map(|i| pcg4d([5, 6, 7, i]));
        let least_and_most = [[0, 0, 0, 0], [u32::MAX, 0, 0, 0], [0, u32::MAX, 0, 0]];
        for [a, b, ..] in words.chain(least_and_most) {
            let (fast, exact) = (normal::<f32>(a, b), normal::<f64>(a, b));
            let error = (f64::from(fast) - exact).abs();
            assert!(error < 2e-6, "{fast} instead of {exact}");
        }
    }

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
