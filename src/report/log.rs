//! The log: `--log-file`, and `--debug` on standard error. Lines have UTC stamps (ISO 8601) and the name of the
//! component that speaks.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::{debug, info, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::{Listener, Outcome};
use crate::runs::RunError;
use crate::train::TrainingEvent;

/// Starts the log of the process: into a file if that is given, with all details if `debug`, then on standard
/// error as well.
///
/// # Errors
/// The file cannot be made.
pub fn start_log(file: Option<&Path>, debug: bool) -> Result<(), RunError> {
    let level = match debug {
        true => LevelFilter::DEBUG,
        false => LevelFilter::INFO,
    };
    let to_file = match file {
        None => None,
        Some(path) => {
            let file = File::options().create(true).append(true).open(path);
            let file = file.map_err(RunError::io(path, "open it for the log"))?;
            let layer = tracing_subscriber::fmt::layer().with_ansi(false);
            Some(layer.with_writer(Arc::new(file)).with_filter(level))
        }
    };
    let to_stderr = debug.then(|| {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_filter(level)
    });
    // A second session in one process keeps the log of the first.
    let _ = tracing_subscriber::registry()
        .with(to_file)
        .with(to_stderr)
        .try_init();
    Ok(())
}

/// Writes the events of one run into the log.
pub struct EventLog {
    run: String,
}

impl EventLog {
    pub fn new(run: &str) -> Self {
        Self {
            run: run.to_owned(),
        }
    }
}

impl Listener for EventLog {
    fn hear(&mut self, event: &TrainingEvent, seconds: f64) -> anyhow::Result<()> {
        let run = self.run.as_str();
        match event {
            TrainingEvent::EpochFinished {
                epoch,
                training,
                dev,
                learning_rate,
                ..
            } => {
                let (cost, accuracy) = (training.cost(), training.accuracy());
                let dev_cost = dev.as_ref().map(|dev| dev.score.cost());
                let dev_accuracy = dev.as_ref().map(|dev| dev.score.accuracy());
                info!(
                    target: "trainer",
                    run, epoch, cost, accuracy, dev_cost, dev_accuracy, learning_rate, seconds,
                    "epoch finished"
                );
            }
            TrainingEvent::EarlyStop { epoch, stops } => {
                info!(target: "trainer", run, epoch, stops, "early stopping");
            }
            TrainingEvent::GradientsChecked { epoch, report, .. } => {
                let (distance, parameter) = (report.distance, &report.parameter);
                if report.passed() {
                    debug!(target: "trainer", run, epoch, distance, parameter, "gradients are right");
                } else {
                    warn!(target: "trainer", run, epoch, distance, parameter, "gradients are off");
                }
            }
            TrainingEvent::Unstable { epoch, found, .. } => {
                warn!(target: "trainer", run, epoch, %found, "unstable");
            }
            TrainingEvent::TensorsMeasured { epoch, tensors } => {
                for tensor in tensors {
                    let [rows, cols] = tensor.shape;
                    debug!(
                        target: "tensors",
                        run, epoch, rows, cols,
                        mean = tensor.mean,
                        deviation = tensor.deviation,
                        least = tensor.least,
                        most = tensor.most,
                        "{}", tensor.name
                    );
                }
            }
            TrainingEvent::RatesChanged {
                epoch,
                minibatch,
                rates,
            } => {
                info!(target: "trainer", run, epoch, minibatch, %rates, "rates changed");
            }
            TrainingEvent::Saved { when, state } => {
                info!(target: "trainer", run, ?when, epoch = state.epoch, "saved");
            }
            TrainingEvent::Interrupted { epoch } => {
                info!(target: "trainer", run, epoch, "interrupted");
            }
            TrainingEvent::Finished { test, .. } => {
                let test_accuracy = test.as_ref().map(|test| test.score.accuracy());
                info!(target: "trainer", run, test_accuracy, "finished");
            }
            TrainingEvent::MinibatchTrained { .. }
            | TrainingEvent::Stepped { .. }
            | TrainingEvent::MinibatchSeen { .. }
            | TrainingEvent::SamplesSeen { .. }
            | TrainingEvent::UnitsTracked { .. } => {}
        }
        Ok(())
    }

    fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        let (run, status) = (self.run.as_str(), outcome.status.name());
        match &outcome.error {
            None => info!(target: "session", run, status, seconds, "run ended"),
            Some(error) => warn!(target: "session", run, status, seconds, error, "run ended"),
        }
        Ok(())
    }
}
