//! How many samples of each class each partition holds.

use super::{ClassIndex, Dataset};

/// One line of the table of [`Statistics`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassCounts {
    /// The class, or `total` in the last line.
    pub class: String,
    pub training: usize,
    pub dev: usize,
    pub test: usize,
}

impl ClassCounts {
    /// Over the three partitions.
    pub fn total(&self) -> usize {
        self.training + self.dev + self.test
    }
}

/// The table class x training/dev/test/total, as data; who prints it chooses the look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// One line per class, in the order of [`Dataset::classes`].
    pub classes: Vec<ClassCounts>,
    /// The sum of all lines, named `total`.
    pub total: ClassCounts,
}

impl Statistics {
    /// Counts the labels of each partition.
    pub fn of(dataset: &Dataset) -> Self {
        let count = |labels: &[ClassIndex]| {
            let mut counts = vec![0; dataset.classes.len()];
            for label in labels {
                if let Some(count) = counts.get_mut(label.index()) {
                    *count += 1;
                }
            }
            counts
        };
        let [training, dev, test] = [
            &dataset.partitions.training,
            &dataset.partitions.dev,
            &dataset.partitions.test,
        ]
        .map(|range| count(dataset.labels.get(range.clone()).unwrap_or_default()));
        let classes: Vec<_> = dataset
            .classes
            .iter()
            .zip(training.iter().zip(&dev).zip(&test))
            .map(|(class, ((&training, &dev), &test))| ClassCounts {
                class: class.clone(),
                training,
                dev,
                test,
            })
            .collect();
        let total = ClassCounts {
            class: "total".into(),
            training: training.iter().sum(),
            dev: dev.iter().sum(),
            test: test.iter().sum(),
        };
        Statistics { classes, total }
    }
}
