//! MNIST, where the data set is at hand.

use std::path::PathBuf;
use std::sync::Arc;

use shadernets::config::ExperimentConfig;
use shadernets::data::load;
use shadernets::train::TrainingEvent;

use crate::toy::{On, train};

fn reaches_97_5_percent(on: On) {
    let folder = std::env::var_os("MNIST_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets/mnist"),
        PathBuf::from,
    );
    if !folder.exists() {
        println!(
            "SKIPPED (MNIST): there is no data set at {} (set MNIST_DIR)",
            folder.display()
        );
        return;
    }
    let mut config = ExperimentConfig::default();
    config.data.dataset = folder.to_string_lossy().into_owned();
    config.data.preprocessing.resize = "28,28".parse().unwrap();
    config.model.kind = "NLayers".parse().unwrap();
    config.model.layers = vec![256, 128];
    config.training.max_minibatch_size = 128;
    config.training.epochs = 5;
    let dataset = Arc::new(load(&config.data, &|_, _| ()).unwrap());
    let events = train(on, &config, &dataset);
    let Some(TrainingEvent::Finished {
        test: Some(test), ..
    }) = events.last()
    else {
        panic!("no test accuracy");
    };
    println!(
        "MNIST on {on:?}: test accuracy {:.4}",
        test.score.accuracy()
    );
    assert!(test.score.accuracy() >= 0.975, "{}", test.score.accuracy());
    assert_eq!(test.score.samples(), 10_000);
}

#[test]
fn mnist_is_learnt_on_the_cpu() {
    reaches_97_5_percent(On::F32);
}

#[test]
fn mnist_is_learnt_on_the_gpu() {
    reaches_97_5_percent(On::Gpu);
}
