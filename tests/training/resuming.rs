//! A training that is interrupted, saved and taken up elsewhere does what it would have done otherwise.

use std::sync::Arc;

use shadernets::config::{EarlyStopping, ExperimentConfig, ModelKind, TrackLayer};
use shadernets::train::{
    Advance, Observation, SavedWhen, StateError, Statistics, Trainer, TrainingEvent, TrainingState,
};

use crate::toy::{On, dataset, trainer};

fn config() -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![6];
    config.model.dropout_rate = 0.2;
    config.data.augmentation.noise = 0.05;
    config.data.augmentation.clones = 2;
    config.training.epochs = 6;
    config.training.max_minibatch_size = 32;
    config
}

fn saving() -> Observation {
    Observation {
        save_every: 2,
        save_last: true,
        ..Observation::default()
    }
}

/// Trains to the end, and stops after so many calls if that is given; the events.
fn run(trainer: &mut Trainer, stop_after: Option<usize>) -> Vec<TrainingEvent> {
    let mut all = Vec::new();
    for call in 0.. {
        if Some(call) == stop_after {
            trainer.stop();
        }
        match trainer.advance().unwrap() {
            Advance::Working(events) => all.extend(events),
            Advance::Waiting => trainer.wait().unwrap(),
            Advance::Finished => break,
        }
    }
    all
}

fn saved(events: &[TrainingEvent], wanted: impl Fn(SavedWhen) -> bool) -> Vec<Arc<TrainingState>> {
    let states = events.iter().filter_map(|event| match event {
        TrainingEvent::Saved { when, state } if wanted(*when) => Some(Arc::clone(state)),
        _ => None,
    });
    states.collect()
}

fn bits(state: &TrainingState) -> Vec<u32> {
    let tensors = [&state.parameters, &state.running, &state.optimizer];
    let values = tensors.into_iter().flatten().flat_map(|t| &t.values);
    values.map(|value| value.to_bits()).collect()
}

fn figures(events: &[TrainingEvent]) -> Vec<&TrainingEvent> {
    let is_figures = |event: &&TrainingEvent| {
        matches!(
            event,
            TrainingEvent::EpochFinished { .. } | TrainingEvent::Finished { .. }
        )
    };
    events.iter().filter(is_figures).collect()
}

#[test]
fn a_training_that_is_taken_up_again_is_the_same_to_the_bit() {
    let (config, dataset) = (config(), dataset());
    for on in [On::F32, On::Gpu] {
        let mut whole = trainer(on, &config, &dataset);
        whole.observe(saving());
        let whole = run(&mut whole, None);
        let end = saved(&whole, |when| when == SavedWhen::End);
        let due = saved(&whole, |when| {
            matches!(when, SavedWhen::Epoch { due: true, .. })
        });
        assert_eq!(due.len(), 3);
        for state in due {
            let mut again = trainer(on, &config, &dataset);
            again.observe(saving());
            again.resume(TrainingState::clone(&state)).unwrap();
            let events = run(&mut again, None);
            let last = saved(&events, |when| when == SavedWhen::End);
            assert_eq!(bits(&last[0]), bits(&end[0]), "{on:?}, {:?}", state.epoch);
            let (whole, again) = (figures(&whole), figures(&events));
            assert_eq!(whole[whole.len() - again.len()..], again);
        }
    }
}

#[test]
fn a_training_can_be_interrupted_at_any_moment_and_goes_on_from_there() {
    let (config, dataset) = (config(), dataset());
    for on in [On::F32, On::Gpu] {
        let mut whole = trainer(on, &config, &dataset);
        whole.observe(saving());
        let whole = run(&mut whole, None);
        let end = saved(&whole, |when| when == SavedWhen::End);
        let mut inside_an_epoch = false;
        for stop_after in [0, 1, 4, 5, 7, 9, 11, 18, 25] {
            let mut first = trainer(on, &config, &dataset);
            first.observe(saving());
            let before = run(&mut first, Some(stop_after));
            assert!(matches!(
                before.last(),
                Some(TrainingEvent::Interrupted { .. })
            ));
            let state = saved(&before, |when| when == SavedWhen::Interrupted);
            inside_an_epoch |= state[0].begun.is_some();
            // Twice: what is taken up and interrupted at once is still the same.
            let mut second = trainer(on, &config, &dataset);
            second.observe(saving());
            second.resume(TrainingState::clone(&state[0])).unwrap();
            let untouched = run(&mut second, Some(0));
            let untouched = saved(&untouched, |when| when == SavedWhen::Interrupted);
            assert_eq!(untouched[0], state[0], "{on:?}, {stop_after}");
            let mut third = trainer(on, &config, &dataset);
            third.observe(saving());
            third.resume(TrainingState::clone(&untouched[0])).unwrap();
            let after = run(&mut third, None);
            let last = saved(&after, |when| when == SavedWhen::End);
            assert_eq!(bits(&last[0]), bits(&end[0]), "{on:?}, {stop_after}");
            let (whole, after) = (figures(&whole), figures(&after));
            assert_eq!(whole[whole.len() - after.len()..], after);
        }
        assert!(inside_an_epoch, "{on:?}");
    }
}

#[test]
fn early_stopping_can_bring_the_best_epoch_back() {
    let dataset = dataset();
    let mut config = config();
    config.optimizer.learning_rate = 0.05;
    config.training.epochs = 60;
    config.training.early_stopping = EarlyStopping::Stop;
    config.training.early_stopping_patience = 4;
    let mut trainer = trainer(On::F32, &config, &dataset);
    trainer.observe(Observation {
        restore_best: true,
        save_last: true,
        ..Observation::default()
    });
    let events = run(&mut trainer, None);
    let costs = events.iter().filter_map(|event| match event {
        TrainingEvent::EpochFinished { dev, .. } => Some(dev.as_ref().unwrap().score.cost()),
        _ => None,
    });
    let costs: Vec<_> = costs.collect();
    assert!(costs.len() < 60, "it stops early");
    let lowest = costs.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(lowest < costs[costs.len() - 1]);
    let Some(TrainingEvent::Finished { dev: Some(dev), .. }) = events.last() else {
        panic!("no end");
    };
    assert_eq!(dev.score.cost(), lowest);
    let end = saved(&events, |when| when == SavedWhen::End);
    let best = saved(&events, |when| matches!(when, SavedWhen::Epoch { .. }));
    assert_eq!(end[0].parameters, best[best.len() - 1].parameters);
}

#[test]
fn a_state_of_another_model_is_refused_by_the_name_of_a_tensor() {
    let dataset = dataset();
    let mut larger = config();
    larger.model.layers = vec![7];
    let mut other = trainer(On::F32, &larger, &dataset);
    other.observe(saving());
    let events = run(&mut other, Some(0));
    let state = saved(&events, |_| true).remove(0);
    let mut trainer = trainer(On::F32, &config(), &dataset);
    let error = trainer.resume(TrainingState::clone(&state)).unwrap_err();
    let expected = StateError::Shape {
        name: "L0_Dense_W".to_owned(),
        found: [7, 16],
        expected: [6, 16],
    };
    assert_eq!(error, expected);
}

#[test]
fn samples_of_a_minibatch_that_holds_all_are_spread_over_it() {
    let dataset = dataset();
    let mut config = config();
    config.data.augmentation.noise = 0.0;
    config.data.augmentation.clones = 1;
    config.training.epochs = 1;
    for (minibatch, is_spread) in [(84, true), (83, false)] {
        config.training.max_minibatch_size = minibatch;
        for on in [On::F32, On::Gpu] {
            let mut trainer = trainer(on, &config, &dataset);
            trainer.visit(|_| (0..84).collect());
            trainer.observe(Observation {
                samples: 5,
                ..Observation::default()
            });
            let events = run(&mut trainer, None);
            let seen = events.iter().find_map(|event| match event {
                TrainingEvent::SamplesSeen { samples, .. } => Some(samples),
                _ => None,
            });
            let seen = seen.unwrap();
            let rows: Vec<usize> = match is_spread {
                true => vec![8, 25, 42, 58, 75],
                // The last minibatch has one.
                false => vec![83],
            };
            let labels = rows.iter().map(|row| dataset.labels[*row].0);
            assert_eq!(seen.labels, labels.collect::<Vec<_>>(), "{on:?}");
            let values = rows.iter().flat_map(|row| dataset.rows(*row..row + 1));
            assert_eq!(seen.values, values.copied().collect::<Vec<_>>(), "{on:?}");
            assert_eq!(seen.predicted.len(), rows.len());
        }
    }
}

#[test]
fn samples_and_units_are_told_as_the_last_minibatch_left_them() {
    let dataset = dataset();
    let config = config();
    for on in [On::F32, On::Gpu] {
        let mut trainer = trainer(on, &config, &dataset);
        trainer.observe(Observation {
            samples: 5,
            statistics: Statistics::All,
            save_every: 1,
            tracked: vec![TrackLayer {
                parameter: "L0_Dense_W".to_owned(),
                units: 2,
            }],
            ..Observation::default()
        });
        let events = run(&mut trainer, None);
        let (mut seen, mut tracked, mut measured) = (0, None, 0);
        for event in &events {
            match event {
                TrainingEvent::SamplesSeen { samples, .. } => {
                    seen += 1;
                    assert_eq!(samples.values.len(), 5 * 16);
                    assert_eq!([samples.labels.len(), samples.predicted.len()], [5, 5]);
                    assert!(samples.values.iter().all(|v| (0.0..=1.0).contains(v)));
                    assert!(samples.values.iter().any(|v| *v > 0.0));
                }
                TrainingEvent::UnitsTracked { units, .. } => tracked = Some(units),
                TrainingEvent::TensorsMeasured { tensors, .. } => {
                    measured += 1;
                    let names: Vec<_> = tensors.iter().map(|t| t.name.as_str()).collect();
                    assert!(names.iter().any(|n| n.ends_with("L0_Dense_W")), "{names:?}");
                    assert!(names.iter().any(|n| n.ends_with("L0_Dense_W gradient")));
                }
                TrainingEvent::Saved { state, .. } => {
                    let units = tracked.take().unwrap();
                    assert_eq!(units.shape, [2, 16]);
                    assert_eq!(units.values, state.parameters[0].values[..32]);
                }
                _ => {}
            }
        }
        assert_eq!([seen, measured], [6, 6]);
    }
}
