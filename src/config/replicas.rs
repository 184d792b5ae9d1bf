//! Which runs train as one program: networks of one shape that learn from the same minibatches.

use super::{ExperimentConfig, ModelConfig, OptimizerConfig, TrainingConfig};

/// Cuts runs into groups that a program each can train, given by their positions: a group's first runs in the
/// order of the runs, each with those after it that are equal but for their name, model seed, learning rate,
/// dropout rate and weight decay, `most` of them at most. (`training_times` counts runs, so that it makes no
/// difference either.)
///
/// A rate of 0 leaves ops out of the program, so that only runs that all have one, or all have none, go together.
pub fn replicas(runs: &[ExperimentConfig], most: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<(ExperimentConfig, Vec<usize>)> = Vec::new();
    for (run, config) in runs.iter().enumerate() {
        let shape = shape(config);
        let group = groups
            .iter_mut()
            .find(|(of_group, members)| *of_group == shape && members.len() < most.max(1));
        match group {
            Some((_, members)) => members.push(run),
            None => groups.push((shape, vec![run])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The run with what replicas may differ in taken out.
fn shape(config: &ExperimentConfig) -> ExperimentConfig {
    let (model, optimizer) = (&config.model, &config.optimizer);
    let is_used = |rate: f64| f64::from(u8::from(rate > 0.0));
    ExperimentConfig {
        exp_id: String::new(),
        model: ModelConfig {
            seed: 0,
            dropout_rate: is_used(model.dropout_rate),
            ..model.clone()
        },
        optimizer: OptimizerConfig {
            learning_rate: 0.0,
            weight_decay: is_used(optimizer.weight_decay),
            ..optimizer.clone()
        },
        training: TrainingConfig {
            training_times: 1,
            ..config.training.clone()
        },
        ..config.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(change: impl Fn(&mut ExperimentConfig)) -> ExperimentConfig {
        let mut config = ExperimentConfig::default();
        change(&mut config);
        config
    }

    #[test]
    fn names_seeds_and_rates_keep_no_runs_apart() {
        let runs = [
            run(|run| run.exp_id = "a".to_owned()),
            run(|run| run.model.seed = 7),
            run(|run| run.optimizer.learning_rate = 0.1),
            run(|run| run.training.training_times = 3),
        ];
        assert_eq!(replicas(&runs, usize::MAX), [[0, 1, 2, 3]]);
    }

    #[test]
    fn a_rate_of_zero_is_another_program() {
        let runs = [
            run(|_| ()),
            run(|run| run.model.dropout_rate = 0.1),
            run(|run| run.model.dropout_rate = 0.5),
            run(|run| run.optimizer.weight_decay = 0.1),
            run(|run| run.optimizer.weight_decay = 0.2),
            run(|run| run.model.seed = 1),
        ];
        let groups = replicas(&runs, usize::MAX);
        assert_eq!(groups, [[0, 5], [1, 2], [3, 4]]);
    }

    #[test]
    fn all_else_keeps_runs_apart() {
        let others: [fn(&mut ExperimentConfig); 7] = [
            |run| run.data.seed = 1,
            |run| run.data.preprocessing.resize.width = 3,
            |run| run.data.augmentation.noise = 0.1,
            |run| run.model.layers = vec![3],
            |run| run.optimizer.kind = crate::config::OptimizerKind::Constant,
            |run| run.training.epochs = 3,
            |run| run.training.max_minibatch_size = 3,
        ];
        let mut runs = vec![run(|_| ())];
        runs.extend(others.map(run));
        let alone: Vec<_> = (0..runs.len()).map(|run| vec![run]).collect();
        assert_eq!(replicas(&runs, usize::MAX), alone);
    }

    #[test]
    fn a_group_is_no_larger_than_asked_for() {
        let runs = vec![run(|_| ()); 5];
        assert_eq!(replicas(&runs, 2), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(replicas(&runs[..2], 0), [[0], [1]], "--replicas=off");
    }
}
