//! Runs that are given to a session whose others rest, and what is printed when all that was given has ended.

use std::process::Command as Process;

use shadernets::config::ExperimentConfig;
use shadernets::runs::Status;
use shadernets::session::link::{Command, RunNumber, Update};
use shadernets::train::TrainingEvent;

use crate::place::{Place, check_files, training};
use crate::steered::{Steered, config, rest};

/// Whether something is an epoch of a run.
fn is_epoch_of(number: usize) -> impl Fn(&Update) -> bool {
    move |update| {
        let Update::Event(of, TrainingEvent::EpochFinished { .. }, _) = update else {
            return false;
        };
        *of == RunNumber(number)
    }
}

fn has_ended(number: usize) -> impl Fn(&Update) -> bool {
    move |update| matches!(update, Update::Ended(of, _) if *of == RunNumber(number))
}

/// The experiments of options, for so many epochs.
fn experiments(place: &Place, options: &str, epochs: u32) -> Vec<ExperimentConfig> {
    let mut experiments = config(place, options).experiments;
    for experiment in &mut experiments {
        experiment.training.epochs = epochs;
    }
    experiments
}

#[test]
fn what_is_given_while_others_rest_trains_beside_them() {
    for (device, first) in [("cpu", 1), ("cpu --jobs=2", 2), ("gpu", 1)] {
        let options = format!(
            "{} --nbr-epochs=10000000 --training-times={first}",
            training("colors", device)
        );
        let place = Place::new();
        let mut steered = Steered::start(&place, &options, vec![Command::Pause]);
        steered.wait(first, "the runs", |update| {
            matches!(update, Update::Started(..))
        });
        let again = experiments(&place, &training("colors", device), 3);
        steered.remote.ask(Command::Train(again));
        steered.wait(3, "epochs beside", is_epoch_of(first));
        assert_eq!(steered.count(is_epoch_of(0)), 0, "{device}: it rests");
        // One that rests takes its steps, and heeds what else is asked of it.
        steered.remote.ask(Command::StepEpoch);
        steered.wait(1, "an epoch of the first", is_epoch_of(0));
        steered.remote.ask(Command::Look(RunNumber(0)));
        steered.wait(
            1,
            "the state of the first",
            |update| matches!(update, Update::State(number, ..) if *number == RunNumber(0)),
        );

        // Another one, which is asked to rest as well then, and goes on with the others.
        let long = experiments(&place, &training("colors", device), 10_000_000);
        steered.remote.ask(Command::Train(long));
        steered.wait(2, "epochs of the third", is_epoch_of(first + 1));
        assert_eq!(steered.count(is_epoch_of(0)), 1);
        steered.remote.ask(Command::Pause);
        steered.wait(
            1,
            "the third to rest",
            |update| matches!(update, Update::Rests(number, true) if number.0 == first + 1),
        );
        rest();
        let rested = steered.count(is_epoch_of(first + 1));
        rest();
        assert_eq!(steered.count(is_epoch_of(first + 1)), rested);
        steered.remote.ask(Command::Resume);
        steered.wait(3, "epochs of the first", is_epoch_of(0));
        steered.wait(rested + 2, "epochs of the third", is_epoch_of(first + 1));
        steered.remote.ask(Command::Quit);
        steered.thread.join().unwrap().unwrap();
        let ended = place
            .runs()
            .iter()
            .map(|run| check_files(run).summary.status)
            .collect::<Vec<_>>();
        let finished = ended.iter().filter(|s| **s == Status::Finished).count();
        assert_eq!((ended.len(), finished), (first + 2, 1), "{device}");
    }
}

#[test]
fn what_trains_as_one_program_with_runs_that_rest_rests_with_them() {
    for (more, rests) in [("--layers=8", true), ("--layers=9", false)] {
        let options = format!("{} --nbr-epochs=4", training("colors", "cpu"));
        let place = Place::new();
        // Before the session has begun, so that both train at the same time.
        let other = experiments(&place, &options.replace("--layers=8", more), 4);
        let first = vec![Command::Pause, Command::Train(other)];
        let mut steered = Steered::start(&place, &options, first);
        match rests {
            true => {
                steered.wait(2, "the runs", |update| {
                    matches!(update, Update::Started(..))
                });
                rest();
                assert_eq!(steered.count(is_epoch_of(1)), 0);
            }
            false => steered.wait(4, "its epochs", is_epoch_of(1)),
        }
        assert_eq!(steered.count(is_epoch_of(0)), 0);
        steered.remote.ask(Command::Resume);
        let told = steered.end();
        for number in [0, 1] {
            assert!(told.iter().any(has_ended(number)));
        }
    }
}

/// Set in the process whose standard output is looked at.
const CHILD: &str = "SHADERNETS_TEST_SUMMARIES";
/// Printed when all is over that was given.
const IDLE: &str = "-- idle --";

#[test]
fn each_command_has_its_summary_when_its_runs_have_ended() {
    if std::env::var_os(CHILD).is_some() {
        return print_summaries();
    }
    let name = "beside::each_command_has_its_summary_when_its_runs_have_ended";
    let output = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let parts: Vec<_> = text.split(IDLE).collect();
    let [first, second, rest] = parts[..] else {
        panic!("{text}");
    };
    let has = |part: &str, what: &str| part.matches(what).count();
    let counts = |part: &str| {
        [
            "\nSummary",
            "\nExperiment ",
            "\nComparison",
            "\nResults: ",
            "\nSession: ",
        ]
        .map(|what| has(part, what))
    };
    assert_eq!(counts(first), [1, 2, 1, 1, 1], "{first}");
    assert_eq!(counts(second), [1, 1, 0, 1, 1], "{second}");
    assert!(second.contains("Experiment main_0: "), "{second}");
    assert_eq!(counts(rest), [0; 5], "{rest}");
}

/// A session that trains two runs, then another one, and ends.
fn print_summaries() {
    let options = format!(
        "{} --nbr-epochs=2 --training-times=2",
        training("colors", "cpu")
    );
    let place = Place::new();
    let is_idle = |update: &Update| matches!(update, Update::Idle);
    let mut steered = Steered::start(&place, &options, Vec::new());
    steered.wait(1, "their end", is_idle);
    println!("{IDLE}");
    let another = experiments(&place, &training("colors", "cpu"), 2);
    steered.remote.ask(Command::Train(another));
    steered.wait(2, "its end", is_idle);
    println!("{IDLE}");
    steered.end();
}
