use shadernets::config::{Activation, ExperimentConfig, ModelKind, TrainingConfig};
use shadernets::train::{GradientReport, SharedChecks, Trainer, TrainingEvent, drive};

use crate::toy::{On, dataset, trainer};

fn reports(on: On, config: &ExperimentConfig) -> Vec<GradientReport> {
    reports_of(trainer(on, config, &dataset()))
}

fn reports_of(mut trainer: Trainer) -> Vec<GradientReport> {
    let mut reports = Vec::new();
    drive::<anyhow::Error>(&mut trainer, |event| {
        if let TrainingEvent::GradientsChecked { report, .. } = event {
            reports.push(report);
        }
        Ok(())
    })
    .unwrap();
    reports
}

/// With everything on that a gradient goes through.
fn config(activation: Activation) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![6, 5];
    config.model.activation = activation;
    config.model.dropout_rate = 0.2;
    config.optimizer.weight_decay = 0.3;
    config.optimizer.learning_rate = 0.01;
    config.data.augmentation.rotation_degrees = 10.0;
    config.data.augmentation.noise = 0.05;
    config.training.max_minibatch_size = 32;
    config.training.epochs = 51;
    config.training.gradient_checks.samples = 5;
    config
}

#[test]
fn gradients_pass_on_every_backend_with_weight_decay_dropout_and_augmentation_on() {
    for activation in Activation::ALL {
        for on in [On::F64, On::F32, On::Gpu] {
            let reports = reports(on, &config(*activation));
            assert_eq!(reports.len(), 3, "epochs 0, 25 and 50");
            for report in reports {
                assert!(report.passed(), "{activation} on {on:?}: {report:?}");
                assert_eq!(report.limit, if on == On::F64 { 1e-5 } else { 1e-2 });
                assert_eq!(report.compared, 5 * 9);
            }
        }
    }
}

#[test]
fn a_model_without_batch_normalization_passes_too() {
    let mut config = config(Activation::LeakyRelu);
    config.model.batch_norm = false;
    assert!(reports(On::Gpu, &config).iter().all(GradientReport::passed));
    config.model.kind = ModelKind::OneLayer;
    assert!(reports(On::Gpu, &config).iter().all(GradientReport::passed));
}

#[test]
fn a_reference_that_several_share_finds_what_one_of_its_own_does() {
    let first = ExperimentConfig {
        training: TrainingConfig {
            epochs: 1,
            // All samples, in their order: only the state tells what augmentation makes of them.
            max_minibatch_size: 100,
            ..config(Activation::LeakyRelu).training
        },
        ..config(Activation::LeakyRelu)
    };
    // On the same minibatch as the first, and on another.
    let [mut second, mut third] = [first.clone(), first.clone()];
    second.model.seed += 1;
    second.model.dropout_rate = 0.5;
    second.optimizer.weight_decay = 0.1;
    third.data.seed += 1;
    let shared = SharedChecks::default();
    let mut all = Vec::new();
    for config in [&first, &second, &third, &first] {
        let mut trainer = trainer(On::F32, config, &dataset());
        trainer.share_checks(shared.clone());
        let found = reports_of(trainer);
        assert_eq!(found, reports(On::F32, config));
        assert!(found[0].passed(), "{found:?}");
        all.push(found);
    }
    assert_eq!(all.pop(), Some(all[0].clone()));
    assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
}

#[test]
fn a_wrong_gradient_is_found() {
    use shadernets::ops::state::StepState;
    use shadernets::program::{Phase, Values};
    use shadernets::train::{Checked, GradientCheck, Sizes, compile};

    use crate::toy::{load, read};

    let (config, dataset) = (config(Activation::LeakyRelu), dataset());
    let compiled = compile(&config, &Sizes::of(&dataset), u64::MAX, true);
    // The trainer writes the initial parameters; the rest is done by hand.
    let mut trainer = trainer(On::F32, &config, &dataset);
    let ids: Vec<_> = compiled.parameters.iter().map(|p| p.value).collect();
    let parameters = read(trainer.backend(), &ids);
    let mut backend = load(On::F32, &compiled, &dataset.samples);
    for (id, values) in ids.iter().zip(&parameters) {
        backend.write(*id, values);
    }
    let order = Values::Uint((0..120).collect());
    let labels = Values::Uint(dataset.labels.iter().map(|label| label.0).collect());
    backend.write(compiled.tensors.order, &order);
    backend.write(compiled.tensors.labels, &labels);
    let state = StepState {
        end: 84,
        batch: 32,
        slot: u32::MAX,
        weight_decay: config.optimizer.weight_decay,
        dropout_rate: config.model.dropout_rate,
        ..StepState::default()
    };
    backend.set_state(state);
    backend.run(Phase::Train, 1).unwrap();
    let gradients: Vec<_> = compiled.parameters.iter().map(|p| p.gradient).collect();
    let mut gradients = read(backend.as_mut(), &gradients);
    let run = |gradients: &[Values]| {
        let program = compiled.program.clone();
        let mut check = GradientCheck::new(program, &dataset.samples, state);
        check.run(
            &compiled,
            &Checked {
                state,
                order: &order,
                labels: &labels,
                parameters: &parameters,
                gradients,
                epsilon: f64::from(f32::EPSILON),
                weight_decay: 0.3,
                samples: 20,
            },
        )
    };
    assert!(run(&gradients).passed());
    let Values::Real(weights) = &mut gradients[3] else {
        panic!("gradients are real");
    };
    weights.iter_mut().for_each(|gradient| *gradient *= 1.1);
    let report = run(&gradients);
    assert!(!report.passed(), "{report:?}");
    assert!(report.parameter.starts_with("L4_Dense_W"), "{report:?}");
}
