//! The console: what a person reads while networks train.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use super::tables::{confusion_table, percent};
use super::{Listener, Outcome, Progress, RunInfo, dump};
use crate::config::{CheckAction, ExperimentConfig};
use crate::runs::Status;
use crate::train::{Evaluation, Score, Snapshot, TrainError, TrainingEvent};

/// Where `debug` leaves tensors, below the working directory.
const DEBUG_FOLDER: &str = "debug-tensors";

/// Prints the events of one run, and remembers what the summary needs.
pub struct Console {
    config: ExperimentConfig,
    run_id: String,
    classes: Vec<String>,
    progress: Progress,
    is_only: bool,
    epochs: u32,
    early_stop: Option<u32>,
    finished: Option<Results>,
    summary: Option<String>,
}

struct Results {
    training: Score,
    dev: Option<Evaluation>,
    test: Option<Evaluation>,
}

impl Console {
    /// Of a run of which so many epochs are done already. The confusion matrices are shown where it is the
    /// session's only run.
    pub fn new(info: &RunInfo, progress: Progress, epochs: u32, is_only: bool) -> Self {
        progress.skip(u64::from(epochs));
        Self {
            config: info.config.clone(),
            run_id: info.id.clone(),
            classes: info.classes.clone(),
            progress,
            is_only,
            epochs,
            early_stop: None,
            finished: None,
            summary: None,
        }
    }

    fn say(&self, epoch: u32, text: &str) -> io::Result<()> {
        let id = &self.run_id;
        self.progress
            .say(&format!("[Epoch {epoch}] [Exp {id}] {text}"))
    }

    /// Leaves the tensors as files and waits for a key; without a terminal, ends the training.
    fn stop_at(&self, tensors: &[Snapshot], error: TrainError) -> anyhow::Result<()> {
        let folder = PathBuf::from(DEBUG_FOLDER).join(&self.run_id);
        for line in dump(&folder, tensors)? {
            self.progress.say(&line)?;
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(error.into());
        }
        self.progress.say("Press Enter to go on, Ctrl-C to end.")?;
        io::stdin().read_line(&mut String::new())?;
        Ok(())
    }

    /// The lines of the closing summary: final cost, accuracy and variance, and the confusion matrices.
    pub fn summary(&self) -> &str {
        self.summary.as_deref().unwrap_or_default()
    }

    fn results(&self, done: &Results) -> String {
        let mut lines = vec![format!(
            "  training  {}",
            score("cost", "accuracy", &done.training)
        )];
        for (name, part) in [("dev      ", &done.dev), ("test     ", &done.test)] {
            if let Some(part) = part {
                let score = score("cost", "accuracy", &part.score);
                lines.push(format!("  {name} {score}"));
            }
        }
        let bias = 1.0 - done.training.accuracy();
        let mut last = format!("  avoidable bias {}", percent(bias));
        if let Some(dev) = &done.dev {
            let variance = done.training.accuracy() - dev.score.accuracy();
            last = format!("{last}, variance {}", percent(variance));
        }
        if let Some(epoch) = self.early_stop {
            last = format!("{last}, early stopping at epoch {epoch}");
        }
        lines.push(last);
        for (name, part) in [("dev", &done.dev), ("test", &done.test)] {
            if let Some(part) = part.as_ref().filter(|_| self.is_only) {
                lines.push(format!("\n  Confusion matrix, {name}:"));
                lines.push(confusion_table(&part.confusion, &self.classes));
            }
        }
        lines.join("\n")
    }
}

impl Listener for Console {
    /// # Errors
    /// A check with the action `debug` failed where no person can be asked, or its files cannot be
    /// written.
    fn hear(&mut self, event: &TrainingEvent, _: f64) -> anyhow::Result<()> {
        match event {
            TrainingEvent::EpochFinished {
                epoch,
                minibatches,
                training,
                dev,
                ..
            } => {
                let mut costs = score("Cost", "Accuracy", training);
                if let Some(dev) = dev {
                    let dev = score("Dev cost", "Dev accuracy", &dev.score);
                    costs = format!("{costs}, {dev}");
                }
                self.say(
                    *epoch,
                    &format!("[Minibatch {}] - {costs}", minibatches - 1),
                )?;
                self.epochs = epoch + 1;
                let dev = dev.as_ref().map(|dev| dev.score.cost());
                let dev = dev.map_or(String::new(), |cost| format!(", dev {cost:.4}"));
                let cost = format!("cost {:.4}{dev}", training.cost());
                self.progress.epoch(training.samples(), cost);
            }
            TrainingEvent::EarlyStop { epoch, stops } => {
                self.early_stop.get_or_insert(*epoch);
                let goes_on = if *stops { "stops" } else { "goes on" };
                let patience = self.config.training.early_stopping_patience;
                let text = format!(
                    "Early stopping: the dev cost has not fallen for {patience} epochs; training {goes_on}"
                );
                self.say(*epoch, &text)?;
            }
            TrainingEvent::GradientsChecked {
                epoch,
                report,
                tensors,
            } if !report.passed() => {
                let (name, distance, limit) = (&report.parameter, report.distance, report.limit);
                let text = format!(
                    "Warning: the gradient of {name} is off by {distance:.3e} (limit {limit:.0e})"
                );
                self.say(*epoch, &text)?;
                if self.config.training.gradient_checks.action == CheckAction::Debug {
                    let (epoch, report) = (*epoch, report.clone());
                    self.stop_at(tensors, TrainError::Gradient { epoch, report })?;
                }
            }
            TrainingEvent::Unstable {
                epoch,
                found,
                tensors,
            } => {
                self.say(*epoch, &format!("Warning: {found} (told once)"))?;
                if self.config.training.instability_checks == CheckAction::Debug {
                    let (epoch, found) = (*epoch, *found);
                    self.stop_at(tensors, TrainError::Unstable { epoch, found })?;
                }
            }
            TrainingEvent::RatesChanged {
                epoch,
                minibatch,
                rates,
            } => self.say(*epoch, &format!("[Minibatch {minibatch}] - now {rates}"))?,
            TrainingEvent::Finished {
                training,
                dev,
                test,
            } => {
                self.finished = Some(Results {
                    training: *training,
                    dev: dev.clone(),
                    test: test.clone(),
                });
            }
            TrainingEvent::MinibatchTrained { .. }
            | TrainingEvent::Stepped { .. }
            | TrainingEvent::GradientsChecked { .. }
            | TrainingEvent::MinibatchSeen { .. }
            | TrainingEvent::SamplesSeen { .. }
            | TrainingEvent::UnitsTracked { .. }
            | TrainingEvent::TensorsMeasured { .. }
            | TrainingEvent::Saved { .. }
            | TrainingEvent::Interrupted { .. } => {}
        }
        Ok(())
    }

    fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        let left = self.config.training.epochs.saturating_sub(self.epochs);
        self.progress.skip(u64::from(left));
        let (id, epochs) = (&self.run_id, self.epochs);
        let mut text = format!("Experiment {id}: {seconds:.2} s for {epochs} epochs");
        if !matches!(outcome.status, Status::Finished | Status::StoppedEarly) {
            let of = self.config.training.epochs;
            text = format!("{text} of {of}, {}", outcome.status.name());
        }
        if let Some(error) = &outcome.error {
            text = format!("{text}: {error}");
        }
        if let Some(results) = &self.finished {
            text = format!("{text}\n{}", self.results(results));
        }
        self.summary = Some(text);
        Ok(())
    }
}

fn score(cost: &str, accuracy: &str, score: &Score) -> String {
    let share = percent(score.accuracy());
    format!("{cost} {:.6}, {accuracy} {share}", score.cost())
}
