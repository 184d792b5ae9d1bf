//! Several experiments, and what holds for all of them.

use shadernets::config::DeviceChoice;

use crate::{error, session};

fn ids(line: &str) -> Vec<String> {
    let experiments = session(line).experiments;
    experiments.into_iter().map(|e| e.exp_id).collect()
}

#[test]
fn each_experiment_starts_from_the_defaults() {
    let experiments =
        session("--exp-id=a --layers=1 --experiment --exp-id=b --experiment --exp-id=c --layers=3")
            .experiments;
    let layers: Vec<_> = experiments
        .iter()
        .map(|e| (e.exp_id.as_str(), e.model.layers[0]))
        .collect();
    assert_eq!(layers, [("a", 1), ("b", 100), ("c", 3)]);
}

#[test]
fn an_empty_leading_set_is_no_experiment() {
    assert_eq!(
        ids("--experiment --exp-id=a --experiment --exp-id=b"),
        ["a", "b"]
    );
    assert_eq!(ids("--no-gui --experiment --exp-id=a"), ["a"]);
    assert_eq!(ids("-e --exp-id=a"), ["a"]);
    assert_eq!(ids("--exp-id=a --experiment"), ["a", "main"]);
    assert_eq!(ids("--no-gui"), ["main"]);
}

#[test]
fn global_options_hold_for_all_experiments_wherever_they_stand() {
    for line in [
        "--model-seed=3 --device=cpu --experiment --exp-id=a --experiment --exp-id=b",
        "--exp-id=a --experiment --exp-id=b --device=cpu --model-seed=3",
        "--exp-id=a --device=cpu --model-seed=3 --experiment --exp-id=b --model-seed=3",
    ] {
        let session = session(line);
        assert_eq!(session.device, DeviceChoice::Cpu, "`{line}`");
        let seeds: Vec<_> = session.experiments.iter().map(|e| e.model.seed).collect();
        assert_eq!(seeds, [3, 3], "`{line}`");
    }
}

#[test]
fn experiments_that_disagree_on_a_global_option_are_wrong_usage() {
    let message = error("--device=gpu --experiment --device=cpu");
    assert!(
        message.contains("--device holds for all experiments"),
        "{message}"
    );
    let message = error("--exp-id=a --model-seed=1 --experiment --model-seed=2");
    assert!(message.contains("'1' and '2'"), "{message}");
}

#[test]
fn thousands_of_equal_ids_are_made_distinct_at_once() {
    let ids = ids(&"--experiment ".repeat(5_000));
    assert_eq!(ids.len(), 5_000);
    assert_eq!(ids[4_999], "main_4998");
}

#[test]
fn a_session_has_ten_thousand_runs_at_most() {
    let thousands = "--training-times=1000 --experiment ".repeat(10);
    let message = error(&thousands);
    assert!(
        message.contains("10001 runs: expected at most 10000 runs"),
        "{message}"
    );
}

#[test]
fn the_ids_of_runs_stay_short_enough_to_be_read_back() {
    let id = "x".repeat(99);
    assert_eq!(ids(&format!("--exp-id={id}")), [id.as_str()]);
    for line in [
        format!("--exp-id={id} --training-times=2"),
        format!("--exp-id={id} --experiment --exp-id={id}"),
    ] {
        let message = error(&line);
        assert!(message.contains("of 1 to 100 bytes"), "{message}");
    }
}

#[test]
fn duplicate_ids_get_suffixes() {
    assert_eq!(
        ids("--layers=1 --experiment --experiment"),
        ["main", "main_0", "main_1"]
    );
    // The first experiment's second run is main_1 already.
    assert_eq!(
        ids("--training-times=2 --experiment --exp-id=main_1 --experiment"),
        ["main", "main_1_0", "main_0"]
    );
}
