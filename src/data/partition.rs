//! Which sample goes to training, which to dev, which to test.

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::{ClassIndex, DataError, Partitions};
use crate::config::Shares;

/// The names of the partitions, in their order.
pub const NAMES: [&str; 3] = ["training", "dev", "test"];

/// The rows of the data set, planned before anything is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// `[rows]`: which sample each row holds; ascending inside each partition.
    pub samples: Vec<u32>,
    pub partitions: Partitions,
}

/// Distributes the samples `kept` over the partitions.
///
/// * `kept`: sample numbers, ascending; `labels`: the class of every sample of the data set, kept or not.
/// * `first_test_sample`: data sets that come split name their first test sample; from it on all samples are the test
///   partition whatever its share, and training and dev divide the others in proportion to theirs.
///
/// It is stratified: each class is shuffled (ChaCha8 seeded by `seed`, one stream per class, so
/// that adding a class moves no sample of another) and cut at `round(share * samples)`; the last
/// partition with a share takes the rest.
///
/// # Errors
/// Shares that are negative, not finite, do not add up to 1, or leave nothing to training; and a class of
/// which a partition with a share would get no sample, because its accuracy on that partition would mean nothing.
/// A class of which the filter keeps nothing at all is not in the game and no error.
pub fn partition(
    kept: &[u32],
    labels: &[ClassIndex],
    classes: &[String],
    shares: &Shares,
    seed: u64,
    first_test_sample: Option<usize>,
) -> Result<Plan, DataError> {
    let shares = check_shares(shares)?;
    let mut by_class = vec![[const { Vec::new() }; 3]; classes.len()];
    let shared = match first_test_sample {
        None => shares,
        Some(_) => {
            let divided = shares[0] + shares[1];
            [shares[0] / divided, shares[1] / divided, 0.0]
        }
    };
    for &sample in kept {
        let index = sample as usize;
        let come_split = first_test_sample.is_some_and(|first| index >= first);
        if let Some(partitions) = labels
            .get(index)
            .and_then(|label| by_class.get_mut(label.index()))
        {
            partitions[if come_split { 2 } else { 0 }].push(sample);
        }
    }
    for (stream, partitions) in (0..).zip(&mut by_class) {
        let mut class = std::mem::take(&mut partitions[0]);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        class.shuffle(&mut random);
        let mut rest = class.as_slice();
        for (part, size) in partitions.iter_mut().zip(cut(class.len(), shared)) {
            let (taken, left) = rest.split_at(size.min(rest.len()));
            part.extend_from_slice(taken);
            rest = left;
        }
    }
    let mut rows: [Vec<u32>; 3] = Default::default();
    for (row, place) in rows.iter_mut().zip(0..) {
        row.extend(
            by_class
                .iter()
                .flat_map(|partitions: &[Vec<u32>; 3]| &partitions[place]),
        );
        row.sort_unstable();
    }
    let plan = Plan {
        partitions: Partitions::from_sizes([0, 1, 2].map(|place| rows[place].len())),
        samples: rows.concat(),
    };
    let row_labels: Vec<_> = plan
        .samples
        .iter()
        .filter_map(|&sample| labels.get(sample as usize).copied())
        .collect();
    check_classes(
        &plan.partitions,
        &row_labels,
        classes,
        shares,
        first_test_sample.is_some(),
    )?;
    Ok(plan)
}

/// That every class in the data set has a sample in each partition that has a share.
///
/// `labels`: the class of each row. Called again after bad images were skipped.
pub(super) fn check_classes(
    partitions: &Partitions,
    labels: &[ClassIndex],
    classes: &[String],
    shares: [f64; 3],
    comes_split: bool,
) -> Result<(), DataError> {
    let mut counts = vec![[0usize; 3]; classes.len()];
    for (place, range) in [&partitions.training, &partitions.dev, &partitions.test]
        .into_iter()
        .enumerate()
    {
        for label in labels.get(range.clone()).unwrap_or_default() {
            if let Some(count) = counts.get_mut(label.index()) {
                count[place] += 1;
            }
        }
    }
    for (class, counts) in classes.iter().zip(counts) {
        let samples: usize = counts.iter().sum();
        for place in 0..3 {
            let wanted = shares[place] > 0.0 && !(comes_split && place == 2);
            if samples > 0 && wanted && counts[place] == 0 {
                return Err(DataError::ClassTooSmall {
                    class: class.clone(),
                    samples: if comes_split {
                        samples - counts[2]
                    } else {
                        samples
                    },
                    partition: NAMES[place],
                    shares: NAMES
                        .iter()
                        .zip(shares)
                        .map(|(name, share)| format!("{name}={share}"))
                        .collect::<Vec<_>>()
                        .join(","),
                });
            }
        }
    }
    Ok(())
}

/// The shares of training, dev and test as an array, if they make sense.
pub(super) fn check_shares(shares: &Shares) -> Result<[f64; 3], DataError> {
    let list = [shares.training, shares.dev, shares.test];
    for (name, share) in NAMES.iter().zip(list) {
        if !share.is_finite() || share < 0.0 {
            return Err(DataError::Shares(format!(
                "{name}={share}: a share is a number from 0 to 1"
            )));
        }
    }
    let sum: f64 = list.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        return Err(DataError::Shares(format!(
            "training={}, dev={} and test={} add up to {sum}; they must add up to 1",
            list[0], list[1], list[2]
        )));
    }
    if list[0] == 0.0 {
        return Err(DataError::Shares(
            "training=0: the training partition needs a share".into(),
        ));
    }
    Ok(list)
}

/// Sizes of the partitions of a class of `samples`: rounded, half away from zero; the last with a
/// share takes the rest.
fn cut(samples: usize, shares: [f64; 3]) -> [usize; 3] {
    let last = shares.iter().rposition(|&share| share > 0.0).unwrap_or(0);
    let mut left = samples;
    let mut sizes = [0; 3];
    for (place, size) in sizes.iter_mut().enumerate().take(last + 1) {
        *size = if place == last {
            left
        } else {
            ((shares[place] * samples as f64).round() as usize).min(left)
        };
        left -= *size;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Shares = Shares {
        training: 0.7,
        dev: 0.15,
        test: 0.15,
    };

    fn plan(
        sizes: &[usize],
        shares: Shares,
        seed: u64,
        split: Option<usize>,
    ) -> Result<Plan, DataError> {
        let labels: Vec<_> = sizes
            .iter()
            .zip(0..)
            .flat_map(|(&size, class)| vec![ClassIndex(class); size])
            .collect();
        let classes: Vec<_> = (0..sizes.len())
            .map(|class| format!("class{class}"))
            .collect();
        let kept: Vec<u32> = (0..labels.len() as u32).collect();
        partition(&kept, &labels, &classes, &shares, seed, split)
    }

    #[test]
    fn each_class_is_cut_at_rounded_counts_and_the_last_takes_the_rest() {
        assert_eq!(cut(100, [0.7, 0.15, 0.15]), [70, 15, 15]);
        assert_eq!(cut(11, [0.7, 0.15, 0.15]), [8, 2, 1]);
        assert_eq!(cut(9, [0.5, 0.5, 0.0]), [5, 4, 0]);
        assert_eq!(cut(9, [1.0, 0.0, 0.0]), [9, 0, 0]);
        assert_eq!(cut(1, [0.5, 0.5, 0.0]), [1, 0, 0]);
        assert_eq!(cut(3, [0.5, 0.0, 0.5]), [2, 0, 1]);
    }

    #[test]
    fn every_sample_is_in_one_partition_and_every_class_in_each() {
        let plan = plan(&[20, 40, 7], DEFAULT, 0, None).unwrap();
        assert_eq!(
            plan.partitions,
            Partitions {
                training: 0..47,
                dev: 47..57,
                test: 57..67
            }
        );
        for range in [
            &plan.partitions.training,
            &plan.partitions.dev,
            &plan.partitions.test,
        ] {
            assert!(plan.samples[range.clone()].is_sorted());
            for class in [0..20, 20..60, 60..67] {
                assert!(
                    plan.samples[range.clone()]
                        .iter()
                        .any(|sample| class.contains(sample))
                );
            }
        }
        let mut all = plan.samples;
        all.sort_unstable();
        assert_eq!(all, (0..67).collect::<Vec<_>>());
    }

    #[test]
    fn the_seed_decides_and_another_class_changes_nothing() {
        let dev = |sizes: &[usize], seed| {
            let plan = plan(sizes, DEFAULT, seed, None).unwrap();
            plan.samples[plan.partitions.dev]
                .iter()
                .copied()
                .filter(|&s| s < 40)
                .collect::<Vec<_>>()
        };
        assert_eq!(dev(&[40, 10], 3), dev(&[40, 10], 3));
        assert_eq!(dev(&[40, 10], 3), dev(&[40, 30, 8], 3));
        assert_ne!(dev(&[40, 10], 3), dev(&[40, 10], 4));
    }

    /// Recorded runs name their seed, so a seed must mean the same partitions in every version.
    #[test]
    fn a_seed_means_the_same_partitions_for_ever() {
        let plan = plan(&[20, 20], DEFAULT, 0, None).unwrap();
        assert_eq!(
            plan.samples[28..],
            [0, 2, 10, 27, 33, 38, 3, 7, 16, 22, 34, 36]
        );
    }

    #[test]
    fn a_data_set_that_comes_split_keeps_its_test_samples() {
        // Classes 0 and 1 of 20 each; the second half of the samples is the test part.
        let labels: Vec<_> = (0..40).map(|sample| ClassIndex(sample % 2)).collect();
        let classes = ["0".to_owned(), "1".to_owned()];
        let kept: Vec<u32> = (0..40).collect();
        let plan = partition(&kept, &labels, &classes, &DEFAULT, 0, Some(20)).unwrap();
        // 0.7 : 0.15 of the 10 training samples of each class: 8 and 2.
        assert_eq!(
            plan.partitions,
            Partitions {
                training: 0..16,
                dev: 16..20,
                test: 20..40
            }
        );
        assert_eq!(plan.samples[20..], (20..40).collect::<Vec<_>>());
    }

    #[test]
    fn a_class_too_small_for_its_partitions_is_named() {
        let message = plan(&[20, 3], DEFAULT, 0, None).unwrap_err().to_string();
        assert!(
            message.contains("`class1` has 3 usable samples")
                && message.contains("dev would get none"),
            "{message}"
        );
        let without_dev = Shares {
            training: 0.7,
            dev: 0.0,
            test: 0.3,
        };
        assert!(plan(&[20, 3], without_dev, 0, None).is_ok());
    }

    #[test]
    fn shares_that_make_no_sense_are_errors() {
        for (training, dev, test, part) in [
            (0.7, 0.2, 0.2, "must add up to 1"),
            (-0.5, 1.0, 0.5, "training=-0.5"),
            (f64::NAN, 0.5, 0.5, "training=NaN"),
            (0.0, 0.5, 0.5, "training=0"),
        ] {
            let message = plan(
                &[20, 20],
                Shares {
                    training,
                    dev,
                    test,
                },
                0,
                None,
            )
            .unwrap_err()
            .to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
