//! What a confusion matrix says.

use std::sync::Arc;

use crate::train::ConfusionMatrix;

/// A matrix and its sums.
pub struct Table {
    pub matrix: Arc<ConfusionMatrix>,
    /// Samples of each label.
    pub labels: Vec<u64>,
    pub samples: u64,
    /// Samples that were taken for what they are.
    pub right: u64,
    /// The most frequent mistakes: label, prediction, samples.
    pub mistakes: Vec<(usize, usize, u32)>,
}

/// How many mistakes are listed.
const MOST_MISTAKES: usize = 12;

impl Table {
    pub fn new(matrix: Arc<ConfusionMatrix>) -> Self {
        let classes = matrix.classes;
        let mut labels = vec![0; classes];
        let mut right = 0;
        let mut mistakes = Vec::new();
        for (cell, count) in matrix.counts.iter().enumerate().take(classes * classes) {
            let (label, predicted) = (cell / classes, cell % classes);
            labels[label] += u64::from(*count);
            if label == predicted {
                right += u64::from(*count);
            } else if *count > 0 {
                mistakes.push((label, predicted, *count));
            }
        }
        mistakes.sort_by_key(|(label, predicted, count)| {
            (std::cmp::Reverse(*count), *label, *predicted)
        });
        mistakes.truncate(MOST_MISTAKES);
        Self {
            samples: labels.iter().sum(),
            matrix,
            labels,
            right,
            mistakes,
        }
    }

    pub fn classes(&self) -> usize {
        self.matrix.classes
    }

    pub fn count(&self, label: usize, predicted: usize) -> u32 {
        let classes = self.classes();
        let is_inside = label < classes && predicted < classes;
        let count = self.matrix.counts.get(label * classes + predicted);
        count.filter(|_| is_inside).copied().unwrap_or(0)
    }

    /// Of the samples with this label, 0 to 1.
    pub fn share(&self, label: usize, predicted: usize) -> f64 {
        match self.labels.get(label) {
            Some(samples) if *samples > 0 => {
                f64::from(self.count(label, predicted)) / *samples as f64
            }
            _ => 0.0,
        }
    }

    /// Over all samples; NaN without any.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.samples as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_label_and_mistakes_come_by_their_number() {
        let counts = vec![8, 2, 0, 0, 0, 0, 3, 1, 6];
        let table = Table::new(Arc::new(ConfusionMatrix { classes: 3, counts }));
        assert_eq!(table.share(0, 1), 0.2);
        assert_eq!(table.share(1, 1), 0.0, "a label without samples");
        assert_eq!((table.samples, table.right), (20, 14));
        assert_eq!(table.mistakes, [(2, 0, 3), (0, 1, 2), (2, 1, 1)]);
        assert_eq!(table.count(0, 7), 0);
    }

    #[test]
    fn a_matrix_that_is_too_short_is_no_trouble() {
        let matrix = ConfusionMatrix {
            classes: 4,
            counts: vec![1; 3],
        };
        let table = Table::new(Arc::new(matrix));
        assert_eq!((table.count(3, 3), table.samples), (0, 3));
    }
}
