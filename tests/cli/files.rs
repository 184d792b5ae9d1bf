//! Experiments from files, and to files.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use shadernets::cli::config_file;
use shadernets::config::{DeviceChoice, SessionConfig};

use crate::{error, session};

const TWO: &str = "[session]\ndevice = \"cpu\"\n[defaults]\nlayers = [5]\n\
                   [[experiment]]\nexp-id = \"a\"\n[[experiment]]\nexp-id = \"b\"\nlayers = [7]\n";

/// A folder with a file of two experiments, and the file's path.
fn two() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.toml");
    fs::write(&path, TWO).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

fn ids_and_layers(session: &SessionConfig) -> Vec<(&str, usize)> {
    let experiments = session.experiments.iter();
    experiments
        .map(|e| (e.exp_id.as_str(), e.model.layers[0]))
        .collect()
}

#[test]
fn the_experiments_of_a_file_are_the_experiments() {
    let (_folder, file) = two();
    let session = session(&format!("--config={file}"));
    assert_eq!(ids_and_layers(&session), [("a", 5), ("b", 7)]);
    assert_eq!(session.device, DeviceChoice::Cpu);
    assert_eq!(session.config, Some(PathBuf::from(file)));
}

#[test]
fn leading_options_override_the_file_and_later_experiments_are_added() {
    let (_folder, file) = two();
    let line = format!("--layers=9 --device=gpu --config={file} --experiment --nbr-epochs=3");
    let session = session(&line);
    assert_eq!(
        ids_and_layers(&session),
        [("a", 9), ("b", 9), ("main", 100)]
    );
    let epochs: Vec<_> = session
        .experiments
        .iter()
        .map(|e| e.training.epochs)
        .collect();
    assert_eq!(epochs, [100, 100, 3]);
    assert_eq!(session.device, DeviceChoice::Gpu);
    let seeds = crate::session(&format!("--config={file} --experiment --model-seed=4"));
    assert!(seeds.experiments.iter().all(|e| e.model.seed == 4));
}

#[test]
fn a_file_that_is_wrong_is_wrong_usage() {
    let (folder, file) = two();
    fs::write(&file, "[defaults]\nlayres = [5]\n").unwrap();
    let message = error(&format!("--config={file}"));
    assert!(
        message.contains("two.toml: line 2: unknown name 'layres'; did you mean layers?"),
        "{message}"
    );
    let missing = folder.path().join("none.toml").display().to_string();
    let message = error(&format!("--config={missing}"));
    assert!(message.contains("none.toml: cannot read it"), "{message}");
}

#[test]
fn a_run_is_resumed_with_its_own_options() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let message = error(&format!("--resume={path}"));
    assert!(
        message.contains("no folder of a run: it has no config.toml"),
        "{message}"
    );
    let former = session("--device=cpu --experiment --exp-id=b --layers=7 --nbr-epochs=5");
    let text = config_file::write_run(&former.experiments[0], &former);
    fs::write(folder.path().join("config.toml"), text).unwrap();
    let resumed = session(&format!("--resume={path} --nbr-epochs=9"));
    assert_eq!(resumed.device, DeviceChoice::Cpu);
    assert_eq!(ids_and_layers(&resumed), [("b", 7)]);
    assert_eq!(resumed.experiments[0].training.epochs, 9);
    assert_eq!(resumed.resume, Some(folder.path().to_owned()));
    let message = error(&format!("--resume={path} --experiment --layers=3"));
    assert!(
        message.contains("--resume goes on with one run"),
        "{message}"
    );
    let message = error(&format!("--resume={path} --config=x.toml"));
    assert!(message.contains("give one of them"), "{message}");
}

#[test]
fn shards_leave_single_runs_with_the_ids_and_seeds_of_the_whole() {
    let line = "--training-times=3 --model-seed=10 --experiment --exp-id=b";
    let runs = |shard: &str| -> Vec<(String, u64, u32)> {
        let experiments = session(&format!("{shard} {line}")).experiments;
        let run = |e: shadernets::config::ExperimentConfig| {
            (e.exp_id, e.model.seed, e.training.training_times)
        };
        experiments.into_iter().map(run).collect()
    };
    let run = |id: &str, seed| (id.to_owned(), seed, 1);
    assert_eq!(runs("--shard=1/2"), [run("main", 10), run("main_2", 12)]);
    assert_eq!(runs("--shard=2/2"), [run("main_1", 11), run("b", 10)]);
    let message = error(&format!("--shard=5/5 {line}"));
    assert!(message.contains("only 4 runs"), "{message}");
}

fn shadernets(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("shadernets").unwrap();
    command.args(arguments);
    command
}

#[test]
fn a_dry_run_prints_every_command_line_of_the_reference_as_toml() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dry.toml");
    for line in include_str!("../fixtures/reference_commands.txt").lines() {
        let arguments: Vec<_> = line.split_whitespace().chain(["--dry-run"]).collect();
        // Where there is no data set: nothing is loaded.
        let output = shadernets(&arguments)
            .current_dir(&folder)
            .assert()
            .success();
        fs::write(&file, &output.get_output().stdout).unwrap();
        assert!(output.get_output().stderr.is_empty(), "`{line}`");
        let printed = config_file::read(&file).unwrap();
        assert_eq!(printed.experiments, session(line).experiments, "`{line}`");
    }
}

#[test]
fn saving_writes_what_a_dry_run_prints() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--layers=3,4", "--save-config=saved.toml", "--dry-run"];
    let output = shadernets(&arguments)
        .current_dir(&folder)
        .assert()
        .success();
    let saved = fs::read(folder.path().join("saved.toml")).unwrap();
    assert_eq!(saved, output.get_output().stdout);
    let again = ["--config=saved.toml", "--dry-run"];
    let output = shadernets(&again).current_dir(&folder).assert().success();
    assert_eq!(saved, output.get_output().stdout);
    let nowhere = ["--save-config=no/such/place.toml", "--dry-run"];
    let output = shadernets(&nowhere).current_dir(&folder).assert().code(1);
    let message = String::from_utf8_lossy(&output.get_output().stderr);
    assert!(
        message.contains("--save-config: no/such/place.toml: cannot write it"),
        "{message}"
    );
}
