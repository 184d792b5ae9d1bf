//! What a window asks of a session: rests, single steps, other rates, more runs.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use shadernets::cli::{self, Invocation};
use shadernets::config::{ExperimentConfig, Rates, SessionConfig};
use shadernets::runs::{RunRecord, Status};
use shadernets::session::link::{Command, Remote, RunNumber, Update, link};
use shadernets::session::{self, Ended, Surroundings};
use shadernets::train::TrainingEvent;

use crate::place::{Place, check_files, model_bits, training};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A session at work, and what it has told.
pub struct Steered {
    pub remote: Remote,
    woken: Receiver<()>,
    pub thread: JoinHandle<anyhow::Result<Ended>>,
    told: Vec<Update>,
}

impl Steered {
    /// Starts a session in a place, after these commands.
    pub fn start(place: &Place, arguments: &str, first: Vec<Command>) -> Self {
        let config = config(place, arguments);
        let (wake, woken) = channel();
        let (remote, link) = link(move || {
            let _ = wake.send(());
        });
        first.into_iter().for_each(|command| remote.ask(command));
        let around = Surroundings {
            link: Some(link),
            ..Surroundings::default()
        };
        Self {
            remote,
            woken,
            thread: std::thread::spawn(move || session::run_in(&config, around)),
            told: Vec::new(),
        }
    }

    /// Waits until so many things were told that `is_one` counts.
    pub fn wait(&mut self, count: usize, what: &str, is_one: impl Fn(&Update) -> bool) {
        let begun = Instant::now();
        loop {
            self.told.extend(self.remote.take());
            if self.told.iter().filter(|update| is_one(update)).count() >= count {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not come");
            let _ = self.woken.recv_timeout(Duration::from_millis(50));
        }
    }

    pub fn count(&mut self, is_one: impl Fn(&Update) -> bool) -> usize {
        self.told.extend(self.remote.take());
        self.told.iter().filter(|update| is_one(update)).count()
    }

    /// Lets all runs come to their end.
    pub fn end(mut self) -> Vec<Update> {
        self.remote.ask(Command::Leave);
        let ended = self.thread.join().unwrap().unwrap();
        assert_eq!(ended, Ended::Done);
        self.told.extend(self.remote.take());
        self.told
    }
}

pub fn config(place: &Place, arguments: &str) -> SessionConfig {
    let arguments = format!("{arguments} --runs-path={}", place.path("runs").display());
    let arguments = arguments.split_whitespace().map(Into::into);
    match cli::parse(arguments) {
        Ok(Invocation::Train(config)) => config,
        other => panic!("{other:?}"),
    }
}

fn is_epoch(update: &Update) -> bool {
    matches!(
        update,
        Update::Event(_, TrainingEvent::EpochFinished { .. }, _)
    )
}

fn is_step(update: &Update) -> bool {
    matches!(update, Update::Event(_, TrainingEvent::Stepped { .. }, _))
}

fn is_view(update: &Update) -> bool {
    matches!(
        update,
        Update::Event(
            _,
            TrainingEvent::SamplesSeen { .. } | TrainingEvent::TensorsMeasured { .. },
            _
        )
    )
}

/// What comes would have come within this time.
pub fn rest() {
    std::thread::sleep(Duration::from_millis(300));
}

#[test]
fn a_training_that_rests_and_steps_learns_the_same() {
    for device in ["cpu", "gpu"] {
        let options = format!("{} --nbr-epochs=6", training("colors", device));
        let undisturbed = Place::new();
        undisturbed.works(&options);
        let place = Place::new();
        let mut steered = Steered::start(&place, &options, vec![Command::Pause]);
        steered.wait(1, "the run", |update| matches!(update, Update::Started(..)));
        rest();
        assert_eq!(steered.count(|u| is_epoch(u) || is_step(u)), 0);

        steered.remote.ask(Command::StepMinibatch);
        steered.wait(1, "a step", is_step);
        assert!(steered.count(is_view) > 0, "each step is looked at");
        rest();
        assert_eq!(steered.count(is_step), 1);
        steered.remote.ask(Command::StepMinibatch);
        steered.remote.ask(Command::StepMinibatch);
        // The last of the epoch is among them.
        steered.wait(1, "the epoch's end", is_epoch);
        rest();
        assert_eq!((steered.count(is_step), steered.count(is_epoch)), (3, 1));

        steered.remote.ask(Command::StepEpoch);
        steered.wait(2, "an epoch", is_epoch);
        steered.remote.ask(Command::StepEpoch);
        steered.wait(3, "another epoch", is_epoch);
        rest();
        assert_eq!(steered.count(is_epoch), 3);
        assert_eq!(steered.count(is_step), 3, "an epoch is not stepped through");

        steered.remote.ask(Command::Resume);
        let told = steered.end();
        let ended = told.iter().filter_map(|update| match update {
            Update::Ended(_, outcome) => Some(outcome.status),
            _ => None,
        });
        assert_eq!(ended.collect::<Vec<_>>(), [Status::Finished]);
        let (run, same) = (place.only_run(), undisturbed.only_run());
        assert!(model_bits(&run) == model_bits(&same), "{device}");
        let [run, same] = [run, same].map(|run| {
            let epochs = check_files(&run).epochs.into_iter();
            epochs.map(|e| (e.training, e.dev)).collect::<Vec<_>>()
        });
        assert_eq!(run, same);
    }
}

#[test]
fn runs_of_one_program_rest_and_step_together() {
    for device in ["cpu", "gpu"] {
        let options = format!(
            "{} --nbr-epochs=4 --training-times=3",
            training("colors", device)
        );
        let undisturbed = Place::new();
        undisturbed.works(&options);
        let place = Place::new();
        let steered = Steered::start(&place, &options, Vec::new());
        // Wherever they are when they are told.
        for _ in 0..3 {
            steered.remote.ask(Command::StepMinibatch);
            std::thread::sleep(Duration::from_millis(20));
            steered.remote.ask(Command::Resume);
        }
        steered.remote.ask(Command::Stop(RunNumber(1)));
        steered.end();
        let ended: Vec<_> = place.runs().iter().map(|run| check_files(run)).collect();
        assert_eq!(ended.len(), 3);
        for (run, same) in place.runs().iter().zip(undisturbed.runs()) {
            if RunRecord::read(run).unwrap().summary.status == Status::Finished {
                assert!(model_bits(run) == model_bits(&same), "{}", run.display());
            }
        }
    }
}

#[test]
fn rates_that_are_changed_hold_from_then_on_and_are_recorded() {
    let rates = Rates {
        learning_rate: 0.02,
        weight_decay: 0.5,
        dropout_rate: 0.3,
    };
    for device in ["cpu", "gpu"] {
        // Neither weight decay nor dropout at first: the program has no ops for them.
        let options = training("colors", device).replace("--dropout-rate=0.1", "--nbr-epochs=5");
        let expected = Place::new();
        expected.works(&format!(
            "{options} --learning-rate=0.02 --weight-decay=0.5 --dropout-rate=0.3"
        ));
        let place = Place::new();
        let run = RunNumber(0);
        let first = vec![Command::Pause, Command::Steer(run, rates)];
        let mut steered = Steered::start(&place, &options, first);
        steered.wait(1, "the change", |update| {
            matches!(
                update,
                Update::Event(_, TrainingEvent::RatesChanged { .. }, _)
            )
        });
        steered.remote.ask(Command::Resume);
        steered.end();
        let folder = place.only_run();
        assert!(
            model_bits(&folder) == model_bits(&expected.only_run()),
            "{device}: as if it had had them from the beginning"
        );
        let record = check_files(&folder);
        assert_eq!(record.config.rates().learning_rate, 0.001, "as it began");
        let [line] = record.rates[..] else {
            panic!("{:?}", record.rates);
        };
        assert_eq!((line.epoch, line.minibatch, line.rates), (0, 0, rates));
        assert!(record.epochs.iter().all(|line| line.learning_rate == 0.02));
    }
}

#[test]
fn a_run_with_changed_rates_is_resumed_with_them() {
    let options = format!(
        "{} --nbr-epochs=8 --checkpoint-every=1",
        training("colors", "cpu")
    );
    let rates = Rates {
        learning_rate: 0.03,
        weight_decay: 0.1,
        dropout_rate: 0.2,
    };
    let change = |steered: &mut Steered| {
        steered.remote.ask(Command::StepEpoch);
        steered.wait(1, "an epoch", is_epoch);
        steered.remote.ask(Command::Steer(RunNumber(0), rates));
        steered.wait(1, "the change", |update| {
            matches!(
                update,
                Update::Event(_, TrainingEvent::RatesChanged { .. }, _)
            )
        });
    };
    let whole = Place::new();
    let mut steered = Steered::start(&whole, &options, vec![Command::Pause]);
    change(&mut steered);
    steered.remote.ask(Command::Resume);
    steered.end();

    let halves = Place::new();
    let mut steered = Steered::start(&halves, &options, vec![Command::Pause]);
    change(&mut steered);
    steered.remote.ask(Command::StepEpoch);
    steered.wait(2, "an epoch", is_epoch);
    steered.remote.ask(Command::Stop(RunNumber(0)));
    steered.end();
    let run = halves.only_run();
    assert_eq!(check_files(&run).summary.status, Status::Interrupted);
    halves.works(&format!("--no-gui --device=cpu --resume={}", run.display()));
    assert!(model_bits(&run) == model_bits(&whole.only_run()));
    assert_eq!(check_files(&run).rates.len(), 1);
}

#[test]
fn more_runs_are_trained_after_those_at_work_under_ids_of_their_own() {
    let options = format!("{} --nbr-epochs=2", training("colors", "cpu"));
    let place = Place::new();
    let mut steered = Steered::start(&place, &options, Vec::new());
    let again: Vec<ExperimentConfig> = config(&place, &options).experiments;
    let mut broken = again.clone();
    broken[0].data.dataset = "nothing".to_owned();
    steered.remote.ask(Command::Train(again.clone()));
    steered.remote.ask(Command::Train(broken));
    steered.remote.ask(Command::Train(again));
    steered.wait(4, "ends", |update| matches!(update, Update::Ended(..)));
    let failed = |update: &Update| match update {
        Update::Ended(_, outcome) => outcome.error.clone(),
        _ => None,
    };
    let errors: Vec<String> = steered.told.iter().filter_map(failed).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("nothing"), "{errors:?}");
    // Invalid ones are told of, and nothing is trained.
    let mut wrong = config(&place, &options).experiments;
    wrong[0].training.epochs = 0;
    steered.remote.ask(Command::Train(wrong));
    steered.wait(
        1,
        "the refusal",
        |update| matches!(update, Update::Failed(error) if error.contains("nbr-epochs")),
    );
    steered.remote.ask(Command::Quit);
    let ended = steered.thread.join().unwrap().unwrap();
    assert_eq!(ended, Ended::SomeFailed);
    let ids = place
        .runs()
        .into_iter()
        .map(|run| check_files(&run).summary.run_id);
    let ids: Vec<_> = ids
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert_eq!(ids[0], "main");
}

#[test]
fn quitting_saves_the_runs_that_are_at_work() {
    let options = format!("{} --nbr-epochs=100000", training("colors", "cpu"));
    let place = Place::new();
    let mut steered = Steered::start(&place, &options, Vec::new());
    steered.wait(3, "epochs", is_epoch);
    // A checkpoint that is asked for is there when the state is told.
    steered.remote.ask(Command::Save(RunNumber(0)));
    steered.wait(1, "the state", |update| matches!(update, Update::State(..)));
    steered.remote.ask(Command::Quit);
    steered.thread.join().unwrap().unwrap();
    let run: PathBuf = place.only_run();
    let record = check_files(&run);
    assert_eq!(record.summary.status, Status::Interrupted);
    let options = format!(
        "--no-gui --device=cpu --resume={} --nbr-epochs={}",
        run.display(),
        record.summary.epochs_done + 1
    );
    place.works(&options);
}
