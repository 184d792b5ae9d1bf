//! Runs under names that tell them apart, in the order in which people count.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::comparison::{Compared, Facts};
use crate::runs::{EpochLine, Figures, RunRecord};

/// A run and what it is called.
#[derive(Debug, Clone)]
pub struct Named<'a> {
    /// The run's id; where several runs share it, the name of its folder.
    pub name: String,
    pub run: &'a RunRecord,
}

/// Names runs and sorts them, so that it makes no difference in which folders they were found: `x_2` comes
/// before `x_10`.
pub fn named(runs: &[RunRecord]) -> Vec<Named<'_>> {
    let mut ids = BTreeMap::<&str, usize>::new();
    for run in runs {
        *ids.entry(&run.summary.run_id).or_default() += 1;
    }
    let mut named: Vec<_> = runs
        .iter()
        .map(|run| {
            let id = &run.summary.run_id;
            let folder = run.folder.file_name().map(|name| name.to_string_lossy());
            let name = match folder {
                Some(folder) if ids[id.as_str()] > 1 => folder.into_owned(),
                _ => id.clone(),
            };
            Named { name, run }
        })
        .collect();
    named.sort_by(|a, b| {
        let (a_id, b_id) = (&a.run.summary.run_id, &b.run.summary.run_id);
        natural_order(a_id, b_id)
            .then_with(|| natural_order(&a.name, &b.name))
            .then_with(|| a.run.folder.cmp(&b.run.folder))
    });
    named
}

impl Named<'_> {
    /// As the comparison takes it.
    pub fn compared(&self) -> Compared<'_> {
        let summary = &self.run.summary;
        Compared {
            name: &self.name,
            config: &self.run.config,
            status: summary.status,
            facts: Facts {
                parameters: Some(summary.parameters),
                samples: summary.samples.training,
                training: self.training(),
                dev: self.dev(),
                test: summary.test,
                early_stop_epoch: self.early_stop_epoch(),
                seconds: Some(self.seconds()),
            },
        }
    }

    /// Its epochs in their order. A resumed run may have trained an epoch twice: the later line counts.
    pub fn epochs(&self) -> Vec<&EpochLine> {
        latest(&self.run.epochs, |line| line.epoch)
    }

    /// Over the training partition; while the run is at work, as of its last epoch.
    fn training(&self) -> Option<Figures> {
        let last = || self.run.epochs.last().map(|line| line.training);
        self.run.summary.training.or_else(last)
    }

    /// Over the dev partition; while the run is at work, as of its last epoch.
    fn dev(&self) -> Option<Figures> {
        let last = || self.run.epochs.last().and_then(|line| line.dev);
        self.run.summary.dev.or_else(last)
    }

    /// The epoch in which the patience of early stopping first ended.
    pub fn early_stop_epoch(&self) -> Option<u32> {
        let marked = || self.run.epochs.iter().find(|line| line.early_stop);
        let summary = self.run.summary.early_stop_epoch;
        summary.or_else(|| marked().map(|line| line.epoch))
    }

    /// Of training and evaluation.
    fn seconds(&self) -> f64 {
        let last = self.run.epochs.last().map_or(0.0, |line| line.seconds);
        self.run.summary.seconds.max(last)
    }
}

/// Lines in the order of their keys; of those with the same key, the last.
pub fn latest<L, K: Ord>(lines: &[L], key: impl Fn(&L) -> K) -> Vec<&L> {
    let by_key: BTreeMap<K, &L> = lines.iter().map(|line| (key(line), line)).collect();
    by_key.into_values().collect()
}

/// Compares texts with whole numbers in them as numbers.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (part_a, part_b) = (leading_part(rest_a), leading_part(rest_b));
        let order = match (number(part_a), number(part_b)) {
            // Without leading zeros the longer number is the larger one.
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => part_a.cmp(part_b),
        };
        if order.is_ne() {
            return order;
        }
        rest_a = &rest_a[part_a.len()..];
        rest_b = &rest_b[part_b.len()..];
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// All leading digits, or all up to the next digit.
fn leading_part(text: &str) -> &str {
    let starts_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != starts_with_digit);
    &text[..end.unwrap_or(text.len())]
}

/// The digits of a number without its leading zeros.
fn number(part: &str) -> Option<&str> {
    part.starts_with(|c: char| c.is_ascii_digit())
        .then(|| part.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["x_10", "x_2", "x", "x_1", "w9z", "w10", "x_02", "é1", ""];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(
            names,
            ["", "w9z", "w10", "x", "x_1", "x_02", "x_2", "x_10", "é1"]
        );
    }

    #[test]
    fn of_lines_with_the_same_key_the_last_counts() {
        let lines = [(2, 'a'), (0, 'b'), (2, 'c')];
        assert_eq!(latest(&lines, |line| line.0), [&(0, 'b'), &(2, 'c')]);
    }
}
