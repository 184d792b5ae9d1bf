//! Same seeds, same bits; GPU and CPU agree.

use std::path::Path;
use std::sync::Arc;

use shadernets::config::{CheckAction, ExperimentConfig};
use shadernets::data::{Dataset, load};
use shadernets::program::Values;
use shadernets::train::{TrainingEvent, drive};

use crate::toy::{On, read, trainer};

/// The command of the README on `numbers`, without checks.
fn config() -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.data.dataset = "numbers".to_owned();
    config.data.datasets_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let preprocessing = &mut config.data.preprocessing;
    preprocessing.grayscale = true;
    preprocessing.minmax_normalize = true;
    preprocessing.adaptive_invert = true;
    preprocessing.trim = true;
    preprocessing.resize = "16,16".parse().unwrap();
    config.model.kind = "NLayers".parse().unwrap();
    config.model.layers = vec![16];
    config.optimizer.learning_rate = 1e-2;
    config.training.gradient_checks.action = CheckAction::Off;
    config
}

struct Run {
    costs: Vec<f64>,
    dev_costs: Vec<f64>,
    dev_accuracy: f64,
    parameters: Vec<Values>,
}

fn run(on: On, config: &ExperimentConfig, dataset: &Arc<Dataset>) -> Run {
    let mut trainer = trainer(on, config, dataset);
    let (mut costs, mut dev_costs, mut dev_accuracy) = (Vec::new(), Vec::new(), 0.0);
    drive::<anyhow::Error>(&mut trainer, |event| {
        if let TrainingEvent::EpochFinished { training, dev, .. } = event {
            costs.push(training.cost());
            let dev = dev.unwrap().score;
            dev_costs.push(dev.cost());
            dev_accuracy = dev.accuracy();
        }
        Ok(())
    })
    .unwrap();
    let ids: Vec<_> = trainer
        .compiled()
        .parameters
        .iter()
        .map(|p| p.value)
        .collect();
    Run {
        costs,
        dev_costs,
        dev_accuracy,
        parameters: read(trainer.backend(), &ids),
    }
}

#[test]
fn two_gpu_runs_with_the_same_seeds_give_the_same_bytes() {
    let mut config = config();
    config.training.epochs = 20;
    config.training.max_minibatch_size = 100;
    config.model.dropout_rate = 0.1;
    config.data.augmentation.rotation_degrees = 10.0;
    config.data.augmentation.noise = 0.02;
    let dataset = Arc::new(load(&config.data, &|_, _| ()).unwrap());
    let runs = [(); 2].map(|()| run(On::Gpu, &config, &dataset));
    assert!(runs[0].parameters == runs[1].parameters);
    config.model.seed = 1;
    assert!(runs[0].parameters != run(On::Gpu, &config, &dataset).parameters);
}

/// Largest distances of the cost curves, over the first 20 epochs and over all.
fn agree(config: &ExperimentConfig) -> Run {
    let dataset = Arc::new(load(&config.data, &|_, _| ()).unwrap());
    let (gpu, cpu) = (
        run(On::Gpu, config, &dataset),
        run(On::F32, config, &dataset),
    );
    for (name, gpu, cpu) in [
        ("training", &gpu.costs, &cpu.costs),
        ("dev", &gpu.dev_costs, &cpu.dev_costs),
    ] {
        let apart = |epochs: usize| {
            let pairs = gpu.iter().zip(cpu).take(epochs);
            pairs
                .map(|(gpu, cpu)| (gpu - cpu).abs())
                .fold(0.0, f64::max)
        };
        println!(
            "{name} costs: {:.1e} apart over 20 epochs, {:.1e} over 100",
            apart(20),
            apart(100)
        );
        assert!(apart(20) < 1e-3, "{name}: {}", apart(20));
        assert!(apart(100) < 1e-2, "{name}: {}", apart(100));
    }
    gpu
}

#[test]
fn gpu_and_cpu_costs_agree_and_numbers_is_learnt() {
    let run = agree(&config());
    assert_eq!(run.costs.len(), 100);
    assert!(run.dev_accuracy > 0.9, "dev accuracy {}", run.dev_accuracy);
}

#[test]
fn gpu_and_cpu_costs_agree_with_dropout_and_rotation() {
    let mut config = config();
    config.model.dropout_rate = 0.1;
    config.data.augmentation.rotation_degrees = 10.0;
    agree(&config);
}

#[test]
fn noise_is_added_to_the_samples_of_a_minibatch_that_holds_them_all() {
    let mut config = ExperimentConfig::default();
    config.model.kind = "NLayers".parse().unwrap();
    config.data.augmentation.noise = 0.05;
    config.training.gradient_checks.action = CheckAction::Off;
    config.training.epochs = 3;
    let dataset = crate::toy::dataset();
    let reference = run(On::F64, &config, &dataset).costs;
    for on in [On::F32, On::Gpu] {
        for (cost, expected) in run(on, &config, &dataset).costs.iter().zip(&reference) {
            assert!(
                (cost - expected).abs() < 1e-3,
                "{cost} instead of {expected} on {on:?}"
            );
        }
    }
}
