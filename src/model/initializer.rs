//! The values that parameters start from.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::config::Initializer;

/// How a parameter is initialised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// All elements the same.
    Constant(f64),
    /// Weights of a layer with so many inputs and units.
    Weights {
        initializer: Initializer,
        inputs: usize,
        units: usize,
    },
}

/// The `length` initial values of a model's `index`-th parameter, rounded to f32, so that every
/// backend starts from the same numbers. Each parameter draws from a stream of its own.
///
/// - `glorot-normal`: normal, variance 2 / (inputs + units) (Glorot and Bengio, 2010)
/// - `glorot-uniform`: uniform in ±sqrt(6 / (inputs + units)) (same paper)
/// - `kaiming`: normal, variance 2 / inputs (He et al., 2015)
/// - `rand`: uniform in [0, 1)
/// - `zero`, `one`: constants
pub fn initial_values(initial: Initial, length: usize, seed: u64, index: usize) -> Vec<f64> {
    let Initial::Weights {
        initializer,
        inputs,
        units,
    } = initial
    else {
        let Initial::Constant(value) = initial else {
            return Vec::new();
        };
        return vec![value; length];
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(index as u64);
    let both = (inputs + units) as f64;
    let mut normal = |deviation: f64| -> f64 {
        let value: f64 = StandardNormal.sample(&mut random);
        deviation * value
    };
    let mut values: Vec<f64> = match initializer {
        Initializer::GlorotNormal => (0..length).map(|_| normal((2.0 / both).sqrt())).collect(),
        Initializer::Kaiming => (0..length)
            .map(|_| normal((2.0 / inputs as f64).sqrt()))
            .collect(),
        Initializer::GlorotUniform => {
            let limit = (6.0 / both).sqrt();
            (0..length)
                .map(|_| random.random_range(-limit..limit))
                .collect()
        }
        Initializer::Rand => (0..length).map(|_| random.random()).collect(),
        Initializer::Zero => vec![0.0; length],
        Initializer::One => vec![1.0; length],
    };
    values
        .iter_mut()
        .for_each(|value| *value = f64::from(*value as f32));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(initializer: Initializer) -> (f64, f64) {
        let weights = Initial::Weights {
            initializer,
            inputs: 300,
            units: 100,
        };
        let values = initial_values(weights, 30_000, 7, 2);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        (mean, square / values.len() as f64)
    }

    #[test]
    fn each_initializer_has_the_mean_and_variance_of_its_source() {
        for (initializer, mean, variance) in [
            (Initializer::GlorotNormal, 0.0, 2.0 / 400.0),
            (Initializer::GlorotUniform, 0.0, 2.0 / 400.0),
            (Initializer::Kaiming, 0.0, 2.0 / 300.0),
            (Initializer::Rand, 0.5, 1.0 / 12.0),
            (Initializer::Zero, 0.0, 0.0),
            (Initializer::One, 1.0, 0.0),
        ] {
            let (found_mean, found_variance) = moments(initializer);
            assert!(
                (found_mean - mean).abs() < 0.005,
                "{initializer}: mean {found_mean}"
            );
            assert!(
                (found_variance - variance).abs() <= 0.03 * variance,
                "{initializer}: variance {found_variance}"
            );
        }
    }

    #[test]
    fn parameters_draw_from_streams_of_their_own() {
        let weights = Initial::Weights {
            initializer: Initializer::GlorotNormal,
            inputs: 3,
            units: 3,
        };
        let draw = |seed, index| initial_values(weights, 9, seed, index);
        assert_eq!(draw(1, 0), draw(1, 0));
        assert_ne!(draw(1, 0), draw(1, 1));
        assert_ne!(draw(1, 0), draw(2, 0));
    }
}
