//! The command lines of the Ruby playground that this program follows.

use shadernets::config::{CheckAction, DataLoader, ModelKind, OptimizerKind, Size};

use crate::{experiment, session};

#[test]
fn every_command_line_of_the_reference_parses() {
    let lines = include_str!("../fixtures/reference_commands.txt");
    assert_eq!(lines.lines().count(), 56);
    for line in lines.lines() {
        let experiments = session(line).experiments;
        let separators = line.matches("--experiment ").count();
        let leading = usize::from(!line.starts_with("--experiment"));
        assert_eq!(experiments.len(), separators + leading, "`{line}`");
        if line.contains("TorchVips") || line.contains("NumoVips") {
            assert!(
                experiments
                    .iter()
                    .all(|e| e.data.loader == DataLoader::Vips)
            );
        }
        if line.contains("TorchImageMagick") || line.contains("NumoImageMagick") {
            assert!(
                experiments
                    .iter()
                    .all(|e| e.data.loader == DataLoader::Imagemagick)
            );
        }
    }
}

#[test]
fn the_references_torch_experiment_means_what_it_says() {
    let lines = include_str!("../fixtures/reference_commands.txt");
    let line = lines
        .lines()
        .find(|line| line.starts_with("-dataset="))
        .unwrap();
    let experiment = experiment(line);
    assert_eq!(experiment.data.dataset, "numbers");
    assert_eq!(experiment.data.loader, DataLoader::Vips);
    assert_eq!(
        experiment.data.preprocessing.resize,
        Size {
            width: 16,
            height: 16
        }
    );
    assert!(experiment.data.preprocessing.trim);
    assert_eq!(experiment.model.kind, ModelKind::NLayers);
    assert_eq!(experiment.model.layers, [16]);
    assert_eq!(experiment.model.dropout_rate, 0.0);
    assert_eq!(experiment.optimizer.kind, OptimizerKind::Adam);
    assert_eq!(experiment.optimizer.learning_rate, 0.01);
    assert_eq!(experiment.training.max_minibatch_size, 100_000);
    assert_eq!(experiment.training.gradient_checks.action, CheckAction::Off);
    assert_eq!(experiment.training.instability_checks, CheckAction::Off);
    assert_eq!(
        experiment.training.track_layers[0].parameter,
        "l0_linear.weight"
    );
    assert_eq!(experiment.training.track_layers[0].units, 8);
}
