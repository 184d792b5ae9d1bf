use shadernets::config::{CheckAction, ExperimentConfig};
use shadernets::train::{Instability, TrainError, TrainingEvent, drive};

use crate::toy::{On, dataset, train, trainer};

/// A learning rate that blows a OneLayer up.
fn exploding(action: CheckAction) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.optimizer.kind = "Constant".parse().unwrap();
    config.optimizer.learning_rate = 1e38;
    config.training.gradient_checks.action = CheckAction::Off;
    config.training.instability_checks = action;
    config.training.epochs = 5;
    config
}

fn told(events: &[TrainingEvent]) -> Vec<(Instability, usize)> {
    let unstable = events.iter().filter_map(|event| match event {
        TrainingEvent::Unstable { found, tensors, .. } => Some((*found, tensors.len())),
        _ => None,
    });
    unstable.collect()
}

#[test]
fn warning_tells_each_kind_once_and_goes_on() {
    for on in [On::F32, On::Gpu] {
        let events = train(on, &exploding(CheckAction::Warning), &dataset());
        let told = told(&events);
        let count = |saturated: bool| {
            let of_kind = told
                .iter()
                .filter(|(found, _)| matches!(found, Instability::Saturated(_)) == saturated);
            of_kind.count()
        };
        assert_eq!([count(false), count(true)], [1, 1], "on {on:?}: {told:?}");
        assert!(matches!(
            events.last(),
            Some(TrainingEvent::Finished { .. })
        ));
    }
}

#[test]
fn off_tells_nothing() {
    assert_eq!(
        told(&train(On::Gpu, &exploding(CheckAction::Off), &dataset())),
        []
    );
}

#[test]
fn exception_ends_the_training() {
    for on in [On::F32, On::Gpu] {
        let mut trainer = trainer(on, &exploding(CheckAction::Exception), &dataset());
        let ended = drive::<TrainError>(&mut trainer, |_| Ok(()));
        assert!(
            matches!(ended, Err(TrainError::Unstable { .. })),
            "on {on:?}: {ended:?}"
        );
    }
}

#[test]
fn debug_hands_over_the_tensors_that_show_it() {
    for on in [On::F32, On::Gpu] {
        let events = train(on, &exploding(CheckAction::Debug), &dataset());
        for (found, tensors) in told(&events) {
            assert!(tensors > 0, "on {on:?}: {found:?}");
        }
        assert!(!told(&events).is_empty());
        for event in &events {
            if let TrainingEvent::Unstable {
                found: Instability::NotFinite(_),
                tensors,
                ..
            } = event
            {
                for tensor in tensors {
                    let [rows, cols] = tensor.shape;
                    assert_eq!(tensor.values.real().len(), rows * cols, "{}", tensor.name);
                    assert!(tensor.values.real().iter().any(|value| !value.is_finite()));
                }
            }
        }
    }
}

#[test]
fn a_healthy_training_tells_nothing() {
    let mut config = exploding(CheckAction::Exception);
    config.optimizer.learning_rate = 0.1;
    for on in [On::F32, On::Gpu] {
        assert_eq!(told(&train(on, &config, &dataset())), []);
    }
}
