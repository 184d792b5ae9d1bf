//! Random draws whose values are fixed by this file alone.
//!
//! A shipped data set must come out the same on every machine and after every upgrade of a crate,
//! so the draws are made from ChaCha8's raw 32-bit words and plain arithmetic: no distribution of
//! another crate, no `sin`, `ln` or `powf`, whose last bits differ between platforms.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// The source of randomness of one picture.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The draws of picture `index` of class `class` under `seed`. Pictures are independent: making
    /// more of them leaves the first ones as they were.
    pub fn new(seed: u64, class: u32, index: u32) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream((u64::from(class) << 32) | u64::from(index));
        Self(rng)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f32 {
        // 24 bits fill an f32's significand: the product is exact.
        (self.0.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in [low, high).
    pub fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..count.
    pub fn below(&mut self, count: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(count)) >> 32) as u32
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// In (-1, 1), symmetric, mostly small: the signed square of a triangular draw, standard
    /// deviation 0.26.
    pub fn mostly_small(&mut self) -> f32 {
        let triangular = self.unit() - self.unit();
        triangular * triangular.abs()
    }

    /// Bell-shaped, mean 0, standard deviation 1, within ±3.5: the sum of four uniform draws.
    pub fn bell(&mut self) -> f32 {
        let sum: f32 = (0..4).map(|_| self.unit()).sum();
        // The variance of the sum of four draws from [0, 1) is 4/12, so its deviation is 1/sqrt(3).
        (sum - 2.0) * 1.732_050_8
    }
}
