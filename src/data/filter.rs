//! `--filter-dataset`: which samples to keep.

use super::DataError;
use crate::config::SampleFilter;

/// The numbers of the samples that `filter` keeps, of the `samples` there are, ascending, each
/// once.
///
/// Numbers count all files of the data set in its order (classes sorted by name, files sorted by
/// name), before partitioning, so the same index names the same file whatever the seed.
///
/// # Errors
/// A number that no sample has, a range that runs backwards, or a filter that keeps nothing.
pub fn kept_samples(filter: &SampleFilter, samples: usize) -> Result<Vec<u32>, DataError> {
    let count = u32::try_from(samples).map_err(|_| DataError::TooManySamples(samples))?;
    let ranges = match filter {
        SampleFilter::All => return Ok((0..count).collect()),
        SampleFilter::Indices(ranges) => ranges,
    };
    let mut keep = vec![false; samples];
    for range in ranges {
        let (first, last) = (*range.start(), *range.end());
        if first > last {
            return Err(DataError::FilterBackwards { first, last });
        }
        // A range's last index is the one to check; the first is the better one to name if both are
        // out.
        let Some(part) = keep.get_mut(first..last.saturating_add(1)) else {
            let index = if first >= samples { first } else { last };
            return Err(DataError::FilterOutOfRange { index, samples });
        };
        part.fill(true);
    }
    let kept: Vec<u32> = (0..count)
        .zip(&keep)
        .filter_map(|(sample, &keep)| keep.then_some(sample))
        .collect();
    if kept.is_empty() {
        Err(DataError::FilterKeepsNothing)
    } else {
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(filter: &str, samples: usize) -> Result<Vec<u32>, String> {
        kept_samples(&filter.parse().unwrap(), samples).map_err(|error| error.to_string())
    }

    #[test]
    fn all_keeps_every_sample() {
        assert_eq!(kept("all", 4).unwrap(), [0, 1, 2, 3]);
    }

    #[test]
    fn indices_and_ranges_are_kept_once_and_in_order() {
        assert_eq!(kept("7,1,3,5-8,6", 9).unwrap(), [1, 3, 5, 6, 7, 8]);
    }

    #[test]
    fn an_index_out_of_range_is_named_with_the_number_of_samples() {
        let message = kept("3,5-8", 8).unwrap_err();
        assert_eq!(
            message,
            "--filter-dataset: index 8 is out of range: the data set has 8 samples, so 0 to 7"
        );
        assert!(kept(&usize::MAX.to_string(), 8).is_err());
    }

    #[test]
    fn a_backwards_range_and_an_empty_list_are_errors() {
        assert!(kept("5-2", 8).unwrap_err().contains("write 2-5"));
        let nothing = kept_samples(&SampleFilter::Indices(vec![]), 8);
        assert!(matches!(nothing, Err(DataError::FilterKeepsNothing)));
    }
}
