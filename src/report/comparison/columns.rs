//! The columns of the comparison table: what each shows, and how its numbers are written.

use crate::runs::Figures;

/// What the columns of a run are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// Numbers that the optimizer trains, where that is known.
    pub parameters: Option<usize>,
    /// Samples of training.
    pub samples: usize,
    /// While the run is at work, as of its last epoch; so are those of dev.
    pub training: Option<Figures>,
    pub dev: Option<Figures>,
    pub test: Option<Figures>,
    /// The epoch in which the patience of early stopping first ended.
    pub early_stop_epoch: Option<u32>,
    /// Of training and evaluation.
    pub seconds: Option<f64>,
}

/// A number for each of [`COLUMNS`]; NaN and infinity are numbers.
pub type Values = [Option<f64>; COLUMNS.len()];

impl Facts {
    pub fn values(&self) -> Values {
        COLUMNS.map(|column| (column.of)(self))
    }
}

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// In CSV and JSON.
    pub name: &'static str,
    /// For people.
    pub heading: &'static str,
    pub kind: Kind,
    /// Which numbers are the better ones, where that can be said.
    pub better: Option<Better>,
    pub of: fn(&Facts) -> Option<f64>,
}

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole.
    Count,
    /// Of two counts.
    Ratio,
    Cost,
    /// 0 to 1; a difference of two shares may be negative.
    Share,
    /// From 0.
    Epoch,
    Seconds,
}

/// Which of two numbers is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
}

const fn column(
    name: &'static str,
    heading: &'static str,
    kind: Kind,
    of: fn(&Facts) -> Option<f64>,
) -> Column {
    Column {
        name,
        heading,
        kind,
        better: None,
        of,
    }
}

impl Column {
    const fn better(mut self, better: Better) -> Self {
        self.better = Some(better);
        self
    }
}

/// The columns beside the run's name and status.
pub const COLUMNS: [Column; 11] = [
    column("parameters", "parameters", Kind::Count, |run| {
        Some(run.parameters? as f64)
    }),
    column("parameters_per_sample", "per sample", Kind::Ratio, |run| {
        let parameters = run.parameters? as f64;
        (run.samples > 0).then(|| parameters / run.samples as f64)
    }),
    column("training_cost", "train cost", Kind::Cost, |run| {
        Some(run.training?.cost)
    })
    .better(Better::Lower),
    column("training_accuracy", "train acc.", Kind::Share, |run| {
        Some(run.training?.accuracy)
    })
    .better(Better::Higher),
    column("dev_cost", "dev cost", Kind::Cost, |run| {
        Some(run.dev?.cost)
    })
    .better(Better::Lower),
    column("dev_accuracy", "dev acc.", Kind::Share, |run| {
        Some(run.dev?.accuracy)
    })
    .better(Better::Higher),
    column("test_accuracy", "test acc.", Kind::Share, |run| {
        Some(run.test?.accuracy)
    })
    .better(Better::Higher),
    column("early_stop_epoch", "early stop", Kind::Epoch, |run| {
        run.early_stop_epoch.map(f64::from)
    }),
    column("avoidable_bias", "bias", Kind::Share, |run| {
        Some(1.0 - run.training?.accuracy)
    }),
    column("variance", "variance", Kind::Share, |run| {
        Some(run.training?.accuracy - run.dev?.accuracy)
    }),
    column("seconds", "seconds", Kind::Seconds, |run| run.seconds),
];

impl Kind {
    /// Whether its numbers are whole, for each run.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::Epoch)
    }

    /// A number for people.
    pub fn text(self, value: f64) -> String {
        let size = value.abs();
        if !value.is_finite() {
            return value.to_string();
        }
        match self {
            Self::Share => format!("{:.2}%", 100.0 * value),
            _ if self.is_whole() && value.fract() == 0.0 => format!("{value:.0}"),
            Self::Count | Self::Epoch => format!("{value:.1}"),
            Self::Ratio | Self::Seconds => match size {
                100.0.. => format!("{value:.0}"),
                10.0..100.0 => format!("{value:.1}"),
                _ => format!("{value:.2}"),
            },
            Self::Cost => match size {
                0.001..1000.0 => format!("{value:.4}"),
                0.0 => "0".to_owned(),
                _ => format!("{value:.2e}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        let texts = [
            (Kind::Count, 3_631_220.0, "3631220"),
            (Kind::Ratio, 518.746, "519"),
            (Kind::Ratio, 1.4286, "1.43"),
            (Kind::Cost, 0.123_456, "0.1235"),
            (Kind::Cost, 0.000_012_345, "1.23e-5"),
            (Kind::Cost, f64::NAN, "NaN"),
            (Kind::Cost, f64::INFINITY, "inf"),
            (Kind::Share, 0.97333, "97.33%"),
            (Kind::Share, -0.0125, "-1.25%"),
            (Kind::Epoch, 17.0, "17"),
            (Kind::Epoch, 17.5, "17.5"),
            (Kind::Seconds, 0.5, "0.50"),
            (Kind::Seconds, 1234.5, "1234"),
        ];
        for (kind, value, text) in texts {
            assert_eq!(kind.text(value), text, "{kind:?}");
        }
    }
}
