//! The console: what a person reads while networks train.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::dump;
use super::tables::{confusion_table, percent};
use crate::config::{CheckAction, ExperimentConfig};
use crate::train::{Evaluation, Score, Snapshot, TrainError, TrainingEvent};

/// Where `debug` leaves tensors, below the working directory.
const DEBUG_FOLDER: &str = "debug-tensors";

/// Prints the events of one experiment, and remembers what the summary needs.
pub struct Console {
    config: ExperimentConfig,
    run_id: String,
    classes: Vec<String>,
    bar: ProgressBar,
    begun: Instant,
    early_stop: Option<u32>,
    finished: Option<Summary>,
}

struct Summary {
    training: Score,
    dev: Option<Evaluation>,
    test: Option<Evaluation>,
    took: Duration,
}

impl Console {
    pub fn new(config: ExperimentConfig, run_id: String, classes: Vec<String>) -> Self {
        let bar = progress_bar(u64::from(config.training.epochs), "epochs");
        Self {
            config,
            run_id,
            classes,
            bar,
            begun: Instant::now(),
            early_stop: None,
            finished: None,
        }
    }

    fn say(&self, text: &str) -> io::Result<()> {
        if self.bar.is_hidden() {
            super::say!("{text}");
        } else {
            self.bar.println(text);
        }
        Ok(())
    }

    /// Prints an event.
    ///
    /// # Errors
    /// A check with the action `debug` failed where no person can be asked, or its files cannot be
    /// written.
    pub fn hear(&mut self, event: TrainingEvent) -> anyhow::Result<()> {
        match event {
            TrainingEvent::MinibatchTrained { .. }
            | TrainingEvent::SamplesSeen { .. }
            | TrainingEvent::UnitsTracked { .. }
            | TrainingEvent::TensorsMeasured { .. }
            | TrainingEvent::Saved { .. }
            | TrainingEvent::Interrupted { .. } => {}
            TrainingEvent::EpochFinished {
                epoch,
                minibatches,
                training,
                dev,
                ..
            } => {
                let mut line = format!(
                    "[Epoch {epoch}] [Exp {}] [Minibatch {}] - {}",
                    self.run_id,
                    minibatches - 1,
                    score("Cost", "Accuracy", &training)
                );
                if let Some(dev) = dev {
                    line = format!("{line}, {}", score("Dev cost", "Dev accuracy", &dev.score));
                }
                self.say(&line)?;
                self.bar.set_position(u64::from(epoch) + 1);
            }
            TrainingEvent::EarlyStop { epoch, stops } => {
                self.early_stop.get_or_insert(epoch);
                let goes_on = if stops { "stops" } else { "goes on" };
                self.say(&format!(
                    "[Epoch {epoch}] [Exp {}] Early stopping: the dev cost has not fallen for {} epochs; training {goes_on}",
                    self.run_id, self.config.training.early_stopping_patience
                ))?;
            }
            TrainingEvent::GradientsChecked {
                epoch,
                report,
                tensors,
            } => {
                if !report.passed() {
                    self.say(&format!(
                        "[Epoch {epoch}] [Exp {}] Warning: the gradient of {} is off by {:.3e} (limit {:.0e})",
                        self.run_id, report.parameter, report.distance, report.limit
                    ))?;
                    if self.config.training.gradient_checks.action == CheckAction::Debug {
                        self.stop_at(&tensors, TrainError::Gradient { epoch, report })?;
                    }
                }
            }
            TrainingEvent::Unstable {
                epoch,
                found,
                tensors,
            } => {
                self.say(&format!(
                    "[Epoch {epoch}] [Exp {}] Warning: {found} (told once)",
                    self.run_id
                ))?;
                if self.config.training.instability_checks == CheckAction::Debug {
                    self.stop_at(&tensors, TrainError::Unstable { epoch, found })?;
                }
            }
            TrainingEvent::Finished {
                training,
                dev,
                test,
            } => {
                self.bar.finish_and_clear();
                self.finished = Some(Summary {
                    training,
                    dev,
                    test,
                    took: self.begun.elapsed(),
                });
            }
        }
        Ok(())
    }

    /// Leaves the tensors as files and waits for a key; without a terminal, ends the training.
    fn stop_at(&self, tensors: &[Snapshot], error: TrainError) -> anyhow::Result<()> {
        let folder = PathBuf::from(DEBUG_FOLDER).join(&self.run_id);
        for line in dump(&folder, tensors)? {
            self.say(&line)?;
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(error.into());
        }
        self.say("Press Enter to go on, Ctrl-C to end.")?;
        io::stdin().read_line(&mut String::new())?;
        Ok(())
    }

    /// The lines of the closing summary: final cost, accuracy and variance, and the confusion matrices.
    pub fn summary(&self) -> String {
        let Some(done) = &self.finished else {
            return String::new();
        };
        let (seconds, epochs) = (done.took.as_secs_f64(), self.config.training.epochs);
        let mut lines = vec![
            format!(
                "Experiment {}: {seconds:.2} s for {epochs} epochs",
                self.run_id
            ),
            format!("  training  {}", score("cost", "accuracy", &done.training)),
        ];
        for (name, part) in [("dev      ", &done.dev), ("test     ", &done.test)] {
            if let Some(part) = part {
                lines.push(format!(
                    "  {name} {}",
                    score("cost", "accuracy", &part.score)
                ));
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
            if let Some(part) = part {
                lines.push(format!("\n  Confusion matrix, {name}:"));
                lines.push(confusion_table(&part.confusion, &self.classes));
            }
        }
        lines.join("\n")
    }
}

/// A bar on a terminal, nothing elsewhere.
pub fn progress_bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let template = format!("{{bar:30}} {{pos}}/{{len}} {unit}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}

fn score(cost: &str, accuracy: &str, score: &Score) -> String {
    let share = percent(score.accuracy());
    format!("{cost} {:.6}, {accuracy} {share}", score.cost())
}
