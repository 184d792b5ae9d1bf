//! Fewer points where there are more than can be shown.

/// At most so many indices below `count`, evenly apart, the last among them, and the first where there is
/// room for two.
pub fn evenly(count: usize, most: usize) -> Vec<usize> {
    match (count, most) {
        (0, _) | (_, 0) => Vec::new(),
        (_, 1) => vec![count - 1],
        _ if count <= most => (0..count).collect(),
        _ => (0..most).map(|i| i * (count - 1) / (most - 1)).collect(),
    }
}

/// The largest of the given numbers of points per series with which all series together stay within a
/// budget; the last of them if none does.
pub fn most_within(budget: u64, choices: &[usize], size: impl Fn(usize) -> u64) -> usize {
    let fits = choices.iter().find(|&&most| size(most) <= budget);
    fits.or(choices.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_points_are_evenly_apart_from_the_first_to_the_last() {
        assert_eq!(evenly(5, 10), [0, 1, 2, 3, 4]);
        assert_eq!(evenly(101, 5), [0, 25, 50, 75, 100]);
        assert_eq!(evenly(1000, 3), [0, 499, 999]);
        assert_eq!(evenly(7, 1), [6]);
        assert!(evenly(7, 0).is_empty() && evenly(0, 4).is_empty());
    }

    #[test]
    fn as_many_points_are_kept_as_fit() {
        let size = |most: usize| 10 * most as u64;
        assert_eq!(most_within(1000, &[200, 100, 50, 1], size), 100);
        assert_eq!(most_within(5, &[200, 100, 50, 1], size), 1);
    }
}
