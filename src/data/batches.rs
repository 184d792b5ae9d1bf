//! The order of an epoch: a pure function of the seed, so every device, run and thread sees the
//! same minibatches.

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::DataError;

/// Streams below this one belong to the partition's shuffles (one per class), those from here on to
/// the epochs.
const EPOCH_STREAMS: u64 = 1 << 32;

/// The training entries of epoch `epoch`, shuffled: `clones * n_training` of them, each number
/// once.
///
/// An entry is `clone * n_training + sample`, `sample` being the row of the training partition;
/// each clone is augmented on its own. Cut it by `chunks(max_minibatch_size)`: the last minibatch
/// may be smaller.
///
/// The shuffle is Fisher-Yates on ChaCha8, seeded by `seed`, on a stream of its own per epoch, so
/// that any epoch can be drawn without the ones before it.
///
/// # Errors
/// [`DataError::TooManyClones`] if the entries do not fit 32 bits.
pub fn epoch_order(
    seed: u64,
    epoch: u32,
    n_training: usize,
    clones: u32,
) -> Result<Vec<u32>, DataError> {
    let entries = u32::try_from(n_training)
        .ok()
        .and_then(|samples| samples.checked_mul(clones))
        .ok_or(DataError::TooManyClones {
            clones,
            training: n_training,
        })?;
    let mut order: Vec<u32> = (0..entries).collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(EPOCH_STREAMS + u64::from(epoch));
    order.shuffle(&mut random);
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_of_every_sample_appears_once_per_epoch() {
        let mut order = epoch_order(3, 5, 101, 3).unwrap();
        assert_ne!(order, (0..303).collect::<Vec<u32>>());
        order.sort_unstable();
        assert_eq!(order, (0..303).collect::<Vec<u32>>());
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_and_nothing_else() {
        let order = |seed, epoch| epoch_order(seed, epoch, 50, 1).unwrap();
        assert_eq!(order(0, 0), order(0, 0));
        assert_ne!(order(0, 0), order(0, 1));
        assert_ne!(order(0, 0), order(1, 0));
    }

    /// Recorded runs name their seed, so a seed must mean the same order in every version: if an
    /// update of `rand` breaks this test, the shuffle has to be written out here.
    #[test]
    fn a_seed_means_the_same_order_for_ever() {
        assert_eq!(
            epoch_order(0, 0, 10, 1).unwrap(),
            [5, 6, 2, 3, 8, 4, 7, 1, 0, 9]
        );
        assert_eq!(
            epoch_order(42, 7, 5, 2).unwrap(),
            [7, 2, 4, 5, 9, 1, 8, 6, 3, 0]
        );
    }

    #[test]
    fn every_place_is_equally_likely() {
        let mut counts = [[0u32; 5]; 5];
        for epoch in 0..5000 {
            for (place, entry) in epoch_order(1, epoch, 5, 1).unwrap().into_iter().enumerate() {
                counts[place][entry as usize] += 1;
            }
        }
        assert!(
            counts
                .as_flattened()
                .iter()
                .all(|&count| (880..1120).contains(&count)),
            "{counts:?}"
        );
    }

    #[test]
    fn too_many_clones_are_an_error() {
        let message = epoch_order(0, 0, 70_000, 70_000).unwrap_err().to_string();
        assert!(message.contains("--nbr-clones=70000"), "{message}");
    }
}
