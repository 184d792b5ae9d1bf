//! Repetitions of one experiment: which runs they are, and what they have on average.

use super::{COLUMNS, Kind, Values};
use crate::config::ExperimentConfig;

/// Puts runs together that differ in nothing but their ids and model seeds: their places, in their order.
pub fn repetitions<'a>(runs: impl Iterator<Item = &'a ExperimentConfig>) -> Vec<Vec<usize>> {
    let mut groups: Vec<(ExperimentConfig, Vec<usize>)> = Vec::new();
    for (place, config) in runs.enumerate() {
        let config = without_seed(config);
        match groups.iter_mut().find(|(other, _)| *other == config) {
            Some((_, group)) => group.push(place),
            None => groups.push((config, vec![place])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// What repetitions of an experiment have in common.
fn without_seed(config: &ExperimentConfig) -> ExperimentConfig {
    let mut config = config.clone();
    config.exp_id = String::new();
    config.model.seed = 0;
    config.training.training_times = 1;
    config
}

/// Of at least two runs; a column that not all of them have a value in stays empty.
pub fn mean_and_deviation(runs: &[Values]) -> [Values; 2] {
    let column = |index: usize| -> Option<Vec<f64>> { runs.iter().map(|run| run[index]).collect() };
    let means = |index| Some(mean(&column(index)?));
    let deviations = |index: usize| match COLUMNS[index].kind {
        // The size of the model is the same in all.
        Kind::Count | Kind::Ratio => None,
        _ => Some(deviation(&column(index)?)),
    };
    [std::array::from_fn(means), std::array::from_fn(deviations)]
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        assert_eq!(mean(&[2.0, 4.0, 6.0]), 4.0);
        assert_eq!(deviation(&[2.0, 4.0, 6.0]), 2.0);
    }
}
