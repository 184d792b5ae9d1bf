//! The matrix of all samples, allocated once, and its rows, handed out to whoever decodes.

use super::{ClassIndex, Partitions, partition::Plan};

/// One row of the matrix, to be filled with a sample.
pub struct Row<'a> {
    /// The number of the sample that belongs here.
    pub sample: u32,
    /// `[features]`
    pub values: &'a mut [f32],
}

/// A matrix of zeros, `[samples, features]`; `None` if the memory is not to be had.
pub fn allocate(samples: usize, features: usize) -> Option<Vec<f32>> {
    let length = samples.checked_mul(features)?;
    // Asked for first, because `vec!` aborts where there is no memory; but only `vec!` takes pages
    // that are zero already, which are then first touched by the threads that decode.
    Vec::<f32>::new().try_reserve_exact(length).ok()?;
    Some(vec![0.0; length])
}

/// The rows in the order of their samples, that is of the files.
pub fn in_sample_order<'a>(matrix: &'a mut [f32], features: usize, plan: &Plan) -> Vec<Row<'a>> {
    let rows = matrix.chunks_exact_mut(features).zip(&plan.samples);
    let mut rows: Vec<_> = rows
        .map(|(values, &sample)| Row { sample, values })
        .collect();
    // Stable because that sort merges what is ascending already: the partitions.
    rows.sort_by_key(|row| row.sample);
    rows
}

/// The plan without the samples `bad` (ascending); the order of the others stays.
pub fn without(bad: &[u32], plan: &Plan) -> Plan {
    let ends = [plan.partitions.training.end, plan.partitions.dev.end];
    let mut sizes = [0; 3];
    let mut samples = Vec::with_capacity(plan.samples.len());
    for (row, sample) in plan.samples.iter().enumerate() {
        if bad.binary_search(sample).is_err() {
            samples.push(*sample);
            sizes[ends.iter().filter(|&&end| row >= end).count()] += 1;
        }
    }
    Plan {
        samples,
        partitions: Partitions::from_sizes(sizes),
    }
}

/// Takes the rows of the samples `bad` (ascending) out of the matrix of `plan`, in place.
pub fn remove(bad: &[u32], matrix: &mut Vec<f32>, features: usize, plan: &Plan) {
    let mut kept = 0;
    for (row, sample) in plan.samples.iter().enumerate() {
        if bad.binary_search(sample).is_err() {
            matrix.copy_within(row * features..(row + 1) * features, kept * features);
            kept += 1;
        }
    }
    matrix.truncate(kept * features);
}

/// The class of each row of the plan, given the class of each sample.
pub fn labels(plan: &Plan, of_samples: &[ClassIndex]) -> Vec<ClassIndex> {
    plan.samples
        .iter()
        .filter_map(|&sample| of_samples.get(sample as usize).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            samples: vec![0, 2, 5, 1, 4, 3],
            partitions: Partitions::from_sizes([3, 2, 1]),
        }
    }

    #[test]
    fn every_row_knows_its_sample_and_they_come_in_the_order_of_the_files() {
        let mut matrix = allocate(6, 2).unwrap();
        let rows = in_sample_order(&mut matrix, 2, &plan());
        assert!(rows.is_sorted_by_key(|row| row.sample));
        for row in rows {
            row.values.fill(row.sample as f32);
        }
        assert_eq!(matrix, [0., 0., 2., 2., 5., 5., 1., 1., 4., 4., 3., 3.]);
    }

    #[test]
    fn bad_samples_leave_their_partition_and_nothing_else_moves() {
        let plan = plan();
        let mut matrix = vec![0., 0., 2., 2., 5., 5., 1., 1., 4., 4., 3., 3.];
        remove(&[1, 2], &mut matrix, 2, &plan);
        assert_eq!(matrix, [0., 0., 5., 5., 4., 4., 3., 3.]);
        assert_eq!(
            without(&[1, 2], &plan),
            Plan {
                samples: vec![0, 5, 4, 3],
                partitions: Partitions::from_sizes([2, 1, 1])
            }
        );
    }

    #[test]
    fn a_matrix_beyond_all_memory_is_refused() {
        assert_eq!(allocate(usize::MAX / 8, 1 << 20), None);
        assert_eq!(allocate(1 << 50, 1), None);
    }
}
