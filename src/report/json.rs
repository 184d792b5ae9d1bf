//! `--json`: events as JSON lines on standard output.

use std::io::{self, Write};

use serde::Serialize;

use super::{Listener, Outcome, RunInfo};
use crate::config::ExperimentConfig;
use crate::runs::{
    ConfusionLine, EpochLine, Figures, MetricsLine, MinibatchLine, PartitionSizes, RatesLine,
    Status,
};
use crate::train::TrainingEvent;

/// Prints the events of one run.
pub struct JsonLines {
    run: String,
    every: usize,
    epoch: EpochClock,
}

/// When an epoch began, to tell its speed.
#[derive(Debug, Clone, Copy, Default)]
pub struct EpochClock {
    begun: f64,
}

impl EpochClock {
    /// Starts at so many seconds of the run.
    pub fn starting_at(seconds: f64) -> Self {
        Self { begun: seconds }
    }

    /// The line of an epoch that ends now.
    pub fn line(&mut self, event: &TrainingEvent, seconds: f64) -> Option<EpochLine> {
        let TrainingEvent::EpochFinished {
            epoch,
            training,
            dev,
            learning_rate,
            early_stop,
            ..
        } = event
        else {
            return None;
        };
        let took = seconds - std::mem::replace(&mut self.begun, seconds);
        Some(EpochLine {
            epoch: *epoch,
            training: training.into(),
            dev: dev.as_ref().map(|dev| (&dev.score).into()),
            learning_rate: *learning_rate,
            seconds,
            samples_per_second: training.samples() as f64 / took.max(1e-9),
            early_stop: *early_stop,
        })
    }
}

/// What a line says. `kind` tells them apart.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Line<'a> {
    RunBegun {
        device: &'a str,
        classes: &'a [String],
        picture: [u32; 3],
        samples: PartitionSizes,
        parameters: usize,
        config: &'a ExperimentConfig,
    },
    GradientsChecked {
        epoch: u32,
        passed: bool,
        parameter: &'a str,
        distance: f64,
        limit: f64,
    },
    Unstable {
        epoch: u32,
        message: String,
    },
    Confusion {
        #[serde(flatten)]
        line: ConfusionLine,
    },
    Saved {
        epoch: Option<u32>,
    },
    Results {
        training: Figures,
        dev: Option<Figures>,
        test: Option<Figures>,
    },
    RunEnded {
        status: Status,
        error: Option<&'a str>,
        seconds: f64,
    },
}

#[derive(Serialize)]
struct Told<'a, T> {
    run: &'a str,
    #[serde(flatten)]
    line: T,
}

impl JsonLines {
    /// Tells of every `every`-th minibatch; of none if that is 0.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn new(info: &RunInfo, every: usize) -> anyhow::Result<Self> {
        let lines = Self {
            run: info.id.clone(),
            every,
            epoch: EpochClock::default(),
        };
        lines.print(Line::RunBegun {
            device: &info.device,
            classes: &info.classes,
            picture: info.picture,
            samples: info.samples,
            parameters: info.parameters,
            config: &info.config,
        })?;
        Ok(lines)
    }

    fn print(&self, line: impl Serialize) -> anyhow::Result<()> {
        let told = Told {
            run: &self.run,
            line,
        };
        let text = serde_json::to_string(&told)?;
        writeln!(io::stdout(), "{text}")?;
        Ok(())
    }
}

impl Listener for JsonLines {
    fn hear(&mut self, event: &TrainingEvent, seconds: f64) -> anyhow::Result<()> {
        if let Some(line) = minibatch_line(event, self.every) {
            return self.print(MetricsLine::Minibatch(line));
        }
        match event {
            TrainingEvent::EpochFinished { epoch, dev, .. } => {
                if let Some(line) = self.epoch.line(event, seconds) {
                    self.print(MetricsLine::Epoch(line))?;
                }
                if let Some(dev) = dev {
                    let line = ConfusionLine::new(*epoch, "dev", &dev.confusion);
                    self.print(Line::Confusion { line })?;
                }
                Ok(())
            }
            TrainingEvent::GradientsChecked { epoch, report, .. } => {
                self.print(Line::GradientsChecked {
                    epoch: *epoch,
                    passed: report.passed(),
                    parameter: &report.parameter,
                    distance: report.distance,
                    limit: report.limit,
                })
            }
            TrainingEvent::Unstable { epoch, found, .. } => self.print(Line::Unstable {
                epoch: *epoch,
                message: found.to_string(),
            }),
            TrainingEvent::RatesChanged {
                epoch,
                minibatch,
                rates,
            } => self.print(MetricsLine::Rates(RatesLine {
                epoch: *epoch,
                minibatch: *minibatch,
                rates: *rates,
            })),
            TrainingEvent::Saved { state, .. } => self.print(Line::Saved { epoch: state.epoch }),
            TrainingEvent::Finished {
                training,
                dev,
                test,
            } => self.print(Line::Results {
                training: training.into(),
                dev: dev.as_ref().map(|dev| (&dev.score).into()),
                test: test.as_ref().map(|test| (&test.score).into()),
            }),
            TrainingEvent::MinibatchTrained { .. }
            | TrainingEvent::Stepped { .. }
            | TrainingEvent::EarlyStop { .. }
            | TrainingEvent::MinibatchSeen { .. }
            | TrainingEvent::SamplesSeen { .. }
            | TrainingEvent::UnitsTracked { .. }
            | TrainingEvent::TensorsMeasured { .. }
            | TrainingEvent::Interrupted { .. } => Ok(()),
        }
    }

    fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        self.print(Line::RunEnded {
            status: outcome.status,
            error: outcome.error.as_deref(),
            seconds,
        })
    }
}

/// The line of a minibatch, if it is one of those that are told: every `every`-th.
pub fn minibatch_line(event: &TrainingEvent, every: usize) -> Option<MinibatchLine> {
    let TrainingEvent::MinibatchTrained {
        epoch,
        minibatch,
        score,
        learning_rate,
    } = event
    else {
        return None;
    };
    let is_told = every > 0 && (minibatch + 1).is_multiple_of(every);
    is_told.then(|| MinibatchLine {
        epoch: *epoch,
        minibatch: *minibatch,
        figures: score.into(),
        learning_rate: *learning_rate,
    })
}
