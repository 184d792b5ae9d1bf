//! Data sets made of random numbers: learnable, but not at a glance.

use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::workload::{CLASSES, Workload};
use crate::data::{ClassIndex, Dataset, Partitions, bytes};

/// Seeds every synthetic data set.
const SEED: u64 = 0x5eed;

/// Standard deviation of the noise on each number.
const NOISE: f32 = 0.2;

/// Samples around the mean of their class, clipped to `[0, 1]` and rounded to bytes of that scale, as images
/// come.
///
/// Two means lie `NOISE * features^(1/4)` from each other: with as many samples as the workloads have,
/// training separates the classes, and dev tells how well it generalizes. The classes take turns. The same
/// workload gives the same bits, on however many threads.
///
/// # Errors
/// The memory for it cannot be allocated.
pub fn dataset(workload: &Workload) -> anyhow::Result<Dataset> {
    let (features, [training, dev]) = (workload.features(), workload.samples);
    let total = training + dev;
    let numbers = total.saturating_mul(features);
    let mut samples = Vec::new();
    samples.try_reserve_exact(numbers).map_err(|_| {
        anyhow::anyhow!(
            "--workload={workload}: its {total} samples of {features} numbers need {:.1} GiB, which cannot be \
             allocated; choose fewer samples or inputs",
            4.0 * numbers as f64 / f64::from(1 << 30)
        )
    })?;
    samples.resize(numbers, 0.0);

    let means: Vec<Vec<f32>> = (0..CLASSES).map(|class| mean(class, features)).collect();
    samples
        .par_chunks_exact_mut(features)
        .enumerate()
        .for_each(|(sample, row)| {
            let mut random = ChaCha8Rng::seed_from_u64(SEED);
            random.set_stream((CLASSES + sample) as u64);
            for (number, mean) in row.iter_mut().zip(&means[sample % CLASSES]) {
                let noise: f32 = StandardNormal.sample(&mut random);
                *number = bytes::unit(bytes::nearest(mean + NOISE * noise));
            }
        });
    let [width, height, channels] = workload.picture;
    Ok(of_numbers(
        samples,
        (0..total)
            .map(|sample| ClassIndex((sample % CLASSES) as u32))
            .collect(),
        Partitions::from_sizes([training, dev, 0]),
        [width, height, channels],
        CLASSES,
    ))
}

/// A data set that comes from no files. `samples`: `[labels.len(), features]`.
pub fn of_numbers(
    samples: Vec<f32>,
    labels: Vec<ClassIndex>,
    partitions: Partitions,
    [width, height, channels]: [u32; 3],
    classes: usize,
) -> Dataset {
    Dataset {
        classes: (0..classes).map(|class| class.to_string()).collect(),
        width,
        height,
        channels,
        samples: Arc::new(samples),
        sample_numbers: (0..labels.len() as u32).collect(),
        labels,
        partitions,
        paths: Vec::new(),
        skipped: Vec::new(),
        ignored: 0,
    }
}

/// The mean of a class: 0.5 and a step to one side or the other.
fn mean(class: usize, features: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(class as u64);
    // Two means differ in half of the numbers, by two steps.
    let step = NOISE * (features as f32).powf(-0.25) / 2.0f32.sqrt();
    let mut side = || if random.random::<bool>() { step } else { -step };
    (0..features).map(|_| 0.5 + side()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_take_turns_around_means_of_their_own() {
        let set = dataset(&"400x64x1".parse().unwrap()).unwrap();
        assert_eq!(set.samples.len(), 467 * 64);
        assert!(
            set.samples
                .iter()
                .all(|number| (0.0..=1.0).contains(number))
        );
        let mean_of = |class: usize| -> Vec<f32> {
            let rows = set.samples.chunks_exact(64).skip(class).step_by(CLASSES);
            let count = rows.len() as f32;
            let mut mean = vec![0.0; 64];
            rows.for_each(|row| mean.iter_mut().zip(row).for_each(|(m, x)| *m += x / count));
            mean
        };
        let (a, b) = (mean_of(0), mean_of(1));
        let apart: f32 = a
            .iter()
            .zip(&b)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f32>()
            .sqrt();
        let expected = NOISE * 64.0f32.powf(0.25);
        assert!(
            (0.6 * expected..1.6 * expected).contains(&apart),
            "{apart}, expected {expected}"
        );
    }
}
