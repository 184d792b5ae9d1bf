//! Experiments over a grid of values.

use std::ffi::OsString;

use shadernets::cli::{self, Invocation};
use shadernets::config::ExperimentConfig;

use crate::{error, session};

fn ids(line: &str) -> Vec<String> {
    let experiments = session(line).experiments;
    experiments.into_iter().map(|e| e.exp_id).collect()
}

#[test]
fn the_last_option_varies_fastest() {
    let sweep = session(
        "sweep --vary learning-rate=1e-4,1e-3 --vary layers=10,100 -- --model=NLayers --device=cpu",
    );
    let cell = |e: &ExperimentConfig| (e.optimizer.learning_rate, e.model.layers.clone());
    let cells: Vec<_> = sweep.experiments.iter().map(cell).collect();
    assert_eq!(
        cells,
        [
            (1e-4, vec![10]),
            (1e-4, vec![100]),
            (1e-3, vec![10]),
            (1e-3, vec![100])
        ]
    );
    let id = |e: &ExperimentConfig| e.exp_id.clone();
    let ids: Vec<_> = sweep.experiments.iter().map(id).collect();
    assert_eq!(ids[0], "main_learning-rate=0.0001_layers=10");
    assert_eq!(ids[3], "main_learning-rate=0.001_layers=100");
    let same = session(
        "--device=cpu --experiment --model=NLayers --learning-rate=1e-4 --layers=10 \
         --exp-id=main_learning-rate=0.0001_layers=10",
    );
    assert_eq!(sweep.experiments[0], same.experiments[0]);
    assert_eq!(sweep.device, same.device);
}

#[test]
fn values_with_commas_are_separated_by_semicolons() {
    assert_eq!(
        ids("sweep --vary layers=10;20,10; --vary model-seed=0,1"),
        [
            "main_layers=10_model-seed=0",
            "main_layers=10_model-seed=1",
            "main_layers=20,10_model-seed=0",
            "main_layers=20,10_model-seed=1",
            "main_layers=none_model-seed=0",
            "main_layers=none_model-seed=1"
        ]
    );
    assert_eq!(
        ids("sweep --vary resize=8,8;16,16"),
        ["main_resize=8,8", "main_resize=16,16"]
    );
}

#[test]
fn every_experiment_is_varied_and_all_options_of_training_hold() {
    let line = "sweep --vary dropout=0,0.5 -- --exp-id=a --experiment --exp-id=b";
    assert_eq!(
        ids(line),
        [
            "a_dropout-rate=0",
            "a_dropout-rate=0.5",
            "b_dropout-rate=0",
            "b_dropout-rate=0.5"
        ]
    );
    assert_eq!(
        ids(&line.replace("--exp-id=a", "--exp-id=a --shard=2/3")),
        ["a_dropout-rate=0.5"]
    );
    assert!(session("sweep --vary trim=true,false -- --dry-run").dry_run);
}

#[test]
fn ids_of_a_sweep_can_be_names_of_files() {
    assert_eq!(
        ids("sweep --vary dataset=a/b,c:d"),
        ["main_dataset=a-b", "main_dataset=c-d"]
    );
    let long = "x".repeat(90);
    assert_eq!(
        ids(&format!("sweep --vary dataset=y,{long}")),
        ["main_dataset=y", "main_sweep_1"]
    );
}

#[test]
fn a_grid_that_makes_no_sense_is_wrong_usage() {
    for (line, expected) in [
        ("sweep", "--vary"),
        ("sweep --vary layers", "expected an option and values"),
        ("sweep --vary learning-rte=1", "did you mean learning-rate?"),
        (
            "sweep --vary learning-rate=1,x",
            "--vary=learning-rate=1,x: 'x': expected a number",
        ),
        ("sweep --vary learning-rate=", "'': expected a number"),
        (
            "sweep --vary resize=16,16",
            "separate values that have commas by semicolons",
        ),
        ("sweep --vary device=cpu,gpu", "--device cannot be varied"),
        ("sweep --vary exp-id=a,b", "--exp-id cannot be varied"),
        ("sweep --vary experiment=1", "--experiment cannot be varied"),
        ("sweep --vary help=1", "--help takes no value"),
        ("sweep --vary gradient=off", "write one of them"),
        ("sweep --vary decay=1 --vary decay=2", "given twice"),
        (
            "sweep --vary decay=1 --layers=3",
            "unexpected argument '--layers'",
        ),
        ("sweep --vary decay=1 -- --layers=x", "'--layers <UNITS>'"),
        (
            "sweep --vary decay=1 -- --resume=tests/fixtures/run",
            "a sweep cannot --resume",
        ),
        (
            "sweep --vary early-stopping=stop -- --eval-dev=false",
            "notify where --eval-dev=false",
        ),
    ] {
        let message = error(line);
        assert!(message.contains(expected), "`{line}`: {message}");
    }
    let many = (0..101)
        .map(|i| i.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let message = error(&format!(
        "sweep --vary model-seed={many} --vary dataset-seed={many}"
    ));
    assert!(
        message.contains("10201 experiments; expected at most 10000"),
        "{message}"
    );
    let help = cli::parse(["sweep", "--help"].map(OsString::from));
    assert!(matches!(help, Ok(Invocation::Help(_))));
}
