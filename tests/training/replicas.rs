//! Several networks trained as one program, against each trained alone: the same bits.

use std::sync::Arc;

use shadernets::backend::group::replicas_of;
use shadernets::config::{ExperimentConfig, ModelKind, OptimizerKind};
use shadernets::model::initial_values;
use shadernets::ops::adam::BETAS;
use shadernets::ops::{rng, state::StepState};
use shadernets::program::{Phase, Role, TensorId, Values};
use shadernets::train::{
    Advance, Compiled, Observation, SeenSamples, Sizes, Trainer, TrainingEvent, compile_replicas,
};

use crate::toy::{On, dataset, load, read, trainer};

/// Training samples of the data set, in minibatches of 32, 32 and 20.
const ENTRIES: usize = 84;
const MINIBATCH: usize = 32;

/// Three experiments that differ in what replicas may differ in.
fn experiments(change: impl Fn(&mut ExperimentConfig)) -> Vec<ExperimentConfig> {
    let rates = [
        (3, 0.01, 0.1, 0.02),
        (4, 0.02, 0.3, 0.5),
        (5, 0.005, 0.5, 0.1),
    ];
    let experiment = |(seed, learning_rate, dropout_rate, weight_decay)| {
        let mut config = ExperimentConfig::default();
        config.model.kind = ModelKind::NLayers;
        config.model.layers = vec![8, 5];
        config.training.max_minibatch_size = MINIBATCH;
        config.model.seed = seed;
        config.optimizer.learning_rate = learning_rate;
        config.model.dropout_rate = dropout_rate;
        config.optimizer.weight_decay = weight_decay;
        change(&mut config);
        config
    };
    rates.into_iter().map(experiment).collect()
}

/// The state before the first step of an epoch.
fn state(config: &ExperimentConfig, epoch: u32) -> StepState {
    let steps = epoch as i32 * ENTRIES.div_ceil(config.training.max_minibatch_size) as i32;
    StepState {
        end: ENTRIES as u32,
        batch: config.training.max_minibatch_size as u32,
        step: steps as u32,
        slot: u32::MAX,
        epoch,
        model_seed: rng::fold(config.model.seed),
        dataset_seed: rng::fold(config.data.seed),
        learning_rate: config.optimizer.learning_rate,
        weight_decay: config.optimizer.weight_decay,
        dropout_rate: config.model.dropout_rate,
        correction1: 1.0 - BETAS[0].powi(steps),
        correction2: 1.0 - BETAS[1].powi(steps),
        ..StepState::default()
    }
}

/// All that a training leaves behind.
fn results(compiled: &Compiled) -> Vec<TensorId> {
    let tensors = &compiled.program.tensors;
    let roles = [
        Role::Parameter,
        Role::Gradient,
        Role::Optimizer,
        Role::Running,
        Role::Metric,
    ];
    roles
        .iter()
        .flat_map(|role| tensors.with_role(*role))
        .collect()
}

/// Trains the experiments as one program for two epochs, each with an evaluation of dev; the results of each.
fn train(on: On, configs: &[ExperimentConfig], fuse: bool) -> Vec<Vec<Values>> {
    let dataset = dataset();
    let (replicas, sizes) = (configs.len(), Sizes::of(&dataset));
    let compiled = compile_replicas(&configs[0], &sizes, u64::MAX, fuse, replicas);
    let tensors = &compiled.program.tensors;
    let mut backend = load(on, &compiled, &dataset.samples);
    for (replica, config) in configs.iter().enumerate() {
        for (index, parameter) in compiled.parameters.iter().enumerate() {
            let length = tensors.len(parameter.value);
            let values = initial_values(parameter.initial, length, config.model.seed, index);
            backend.write_replica(replica, parameter.value, &Values::Real(values));
        }
    }
    for (running, value) in &compiled.running {
        let values = vec![*value; tensors.len(*running)];
        backend.write(*running, &Values::Real(values));
    }
    let labels = dataset.labels.iter().map(|label| label.0).collect();
    backend.write(compiled.tensors.labels, &Values::Uint(labels));
    for epoch in 0..2u32 {
        // Some order, another in each epoch; then dev.
        let visits = (0..ENTRIES as u32).map(|i| (i * 5 + 13 * epoch) % ENTRIES as u32);
        let order = if compiled.minibatch < ENTRIES {
            visits.chain(ENTRIES as u32..120).collect()
        } else {
            (0..120).collect()
        };
        backend.write(compiled.tensors.order, &Values::Uint(order));
        let states: Vec<_> = configs.iter().map(|config| state(config, epoch)).collect();
        backend.set_states(&states);
        let steps = ENTRIES.div_ceil(compiled.minibatch);
        backend.run(Phase::Train, steps as u32).unwrap();
        let states: Vec<_> = states
            .iter()
            .map(|state| StepState {
                offset: ENTRIES as u32,
                end: ENTRIES as u32 + 18,
                batch: compiled.evaluated_at_once as u32,
                ..*state
            })
            .collect();
        backend.set_states(&states);
        backend.run(Phase::Evaluate, 1).unwrap();
    }
    let values = read(backend.as_mut(), &results(&compiled));
    let of = |replica| values.iter().map(move |v| v.of_replica(replica, replicas));
    (0..replicas).map(|replica| of(replica).collect()).collect()
}

fn bits(values: &Values) -> Vec<u64> {
    match values {
        Values::Real(values) => values.iter().map(|value| value.to_bits()).collect(),
        Values::Uint(values) => values.iter().map(|value| u64::from(*value)).collect(),
    }
}

/// Asserts that the experiments come to the same bits together as each does alone.
fn agree(on: On, configs: &[ExperimentConfig], fuse: bool) {
    let together = train(on, configs, fuse);
    let sizes = Sizes::of(&dataset());
    let compiled = compile_replicas(&configs[0], &sizes, u64::MAX, fuse, 1);
    let mut differ = 0;
    for (replica, config) in configs.iter().enumerate() {
        let alone = train(on, std::slice::from_ref(config), fuse);
        let pairs = together[replica].iter().zip(&alone[0]);
        for (id, (together, alone)) in results(&compiled).into_iter().zip(pairs) {
            let name = &compiled.program.tensors[id].name;
            assert_eq!(
                bits(together),
                bits(alone),
                "{on:?}, replica {replica}, {name}"
            );
        }
        differ += usize::from(together[replica] != together[0]);
    }
    assert_eq!(
        differ,
        configs.len() - 1,
        "replicas are not the same network"
    );
}

#[test]
fn replicas_on_the_cpu_are_bit_for_bit_what_each_is_alone() {
    for fuse in [true, false] {
        agree(On::F32, &experiments(|_| ()), fuse);
    }
}

#[test]
fn replicas_on_the_gpu_are_bit_for_bit_what_each_is_alone() {
    for fuse in [true, false] {
        agree(On::Gpu, &experiments(|_| ()), fuse);
    }
}

/// Products large enough for several threads.
#[test]
fn nor_does_it_matter_how_many_threads_a_replica_has() {
    let wide = experiments(|config| config.model.layers = vec![512, 256]);
    agree(On::F32, &wide, true);
    // Fewer replicas than threads share them.
    agree(On::F32, &wide[..2], true);
    agree(On::Gpu, &wide, true);
}

#[test]
fn they_share_augmented_minibatches() {
    let augmented = experiments(|config| {
        config.data.augmentation.noise = 0.1;
        config.data.augmentation.rotation_degrees = 10.0;
    });
    agree(On::F32, &augmented, true);
    agree(On::F64, &augmented, true);
    agree(On::Gpu, &augmented, true);
}

#[test]
fn they_share_a_data_set_that_is_the_minibatch() {
    let whole = experiments(|config| config.training.max_minibatch_size = ENTRIES);
    agree(On::F32, &whole, true);
    agree(On::Gpu, &whole, true);
}

/// The samples that are told of an experiment in its first two epochs.
fn seen(mut trainers: Vec<Trainer>) -> Vec<Vec<SeenSamples>> {
    let mut seen = vec![Vec::new(); trainers.len()];
    let mut at_work: Vec<usize> = (0..trainers.len()).collect();
    for trainer in &mut trainers {
        trainer.observe(Observation {
            samples: 7,
            ..Observation::default()
        });
    }
    while !at_work.is_empty() {
        let is_only = at_work.len() == 1;
        at_work.retain(|index| {
            match trainers[*index].advance().unwrap() {
                Advance::Working(events) => {
                    seen[*index].extend(events.into_iter().filter_map(|event| match event {
                        TrainingEvent::SamplesSeen { samples, .. } => Some(samples),
                        _ => None,
                    }));
                }
                Advance::Waiting if is_only => trainers[*index].wait().unwrap(),
                Advance::Waiting => {}
                Advance::Finished => return false,
            }
            true
        });
    }
    seen
}

#[test]
fn each_is_told_the_samples_of_the_minibatch_with_its_own_predictions() {
    let dataset = dataset();
    for minibatch in [MINIBATCH, ENTRIES] {
        let configs = experiments(|config| {
            config.training.max_minibatch_size = minibatch;
            config.training.epochs = 2;
        });
        let compiled = || {
            compile_replicas(
                &configs[0],
                &Sizes::of(&dataset),
                u64::MAX,
                true,
                configs.len(),
            )
        };
        for on in [On::F32, On::Gpu] {
            let first = compiled();
            let backend = load(on, &first, &dataset.samples);
            let replicas = replicas_of(Arc::clone(&first.program), backend);
            let together = replicas.into_iter().zip(&configs).map(|(replica, config)| {
                let backend = Box::new(replica);
                Trainer::new(config.clone(), Arc::clone(&dataset), compiled(), backend)
            });
            let together = seen(together.collect());
            for (config, together) in configs.iter().zip(together) {
                let alone = seen(vec![trainer(on, config, &dataset)]);
                assert_eq!(together, alone[0], "{on:?}");
                assert_eq!(together[1].labels.len(), 7);
            }
        }
    }
}

#[test]
fn one_layer_with_a_bias_and_gradient_descent_has_replicas_too() {
    let one_layer = experiments(|config| {
        config.model.kind = ModelKind::OneLayer;
        config.optimizer.kind = OptimizerKind::Constant;
        config.model.dropout_rate = 0.0;
    });
    agree(On::F32, &one_layer, true);
    agree(On::Gpu, &one_layer, true);
}

#[test]
fn each_replica_keeps_what_was_last_written_to_it() {
    let dataset = dataset();
    let configs = experiments(|_| ());
    let sizes = Sizes::of(&dataset);
    let compiled = compile_replicas(&configs[0], &sizes, u64::MAX, true, 3);
    let tensors = &compiled.program.tensors;
    for on in [On::F32, On::Gpu] {
        let mut backend = load(on, &compiled, &dataset.samples);
        let ids = results(&compiled);
        for &id in &ids {
            let numbers = |replica: usize, length: usize| match tensors.is_real(id) {
                true => Values::Real(vec![replica as f64 + 0.5; length]),
                false => Values::Uint(vec![replica as u32; length]),
            };
            let length = tensors.len(id);
            // All in a row, then the beginnings of two that follow each other, then one of them as a whole.
            (0..3)
                .for_each(|replica| backend.write_replica(replica, id, &numbers(replica, length)));
            backend.write_replica(0, id, &numbers(6, 1));
            backend.write_replica(1, id, &numbers(7, 1));
            backend.write_replica(2, id, &numbers(8, length));
        }
        for (id, values) in ids.iter().zip(read(backend.as_mut(), &ids)) {
            let is_real = tensors.is_real(*id);
            let name = &tensors[*id].name;
            for (replica, [first, others]) in [[6, 0], [7, 1], [8, 8]].into_iter().enumerate() {
                let expected = (0..tensors.len(*id)).map(|i| if i == 0 { first } else { others });
                match values.of_replica(replica, 3) {
                    Values::Real(found) if is_real => {
                        let expected = expected.map(|number| f64::from(number) + 0.5);
                        assert_eq!(found, expected.collect::<Vec<_>>(), "{name}, {replica}");
                    }
                    Values::Uint(found) if !is_real => {
                        let expected = expected.map(|number| number as u32);
                        assert_eq!(found, expected.collect::<Vec<_>>(), "{name}, {replica}");
                    }
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }
}
