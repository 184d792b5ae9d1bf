//! A run at work: its trainer, how long it has worked, and how it ends.

use std::time::Instant;

use super::profile::RunProfiler;
use crate::report::Outcome;
use crate::runs::Status;
use crate::train::{Advance, Trainer, TrainingEvent};

/// Trains one run, a bounded piece of work at a time.
pub struct Worker {
    pub trainer: Trainer,
    /// Of training and evaluation, over all sessions.
    pub seconds: f64,
    /// With `--profiling`.
    pub profiler: Option<RunProfiler>,
    is_over: bool,
    status: Status,
    error: Option<anyhow::Error>,
}

/// What a piece of work came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// On its way.
    On,
    /// To where the device is at work.
    ToWait,
    /// To the end of an epoch.
    ToEpoch,
    /// To its end.
    ToEnd,
}

/// An event, and the seconds after which it happened.
pub type Timed = (TrainingEvent, f64);

impl Worker {
    /// Goes on after so many seconds of earlier sessions.
    pub fn new(trainer: Trainer, seconds: f64) -> Self {
        Self {
            trainer,
            seconds,
            profiler: None,
            is_over: false,
            status: Status::Running,
            error: None,
        }
    }

    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Does a piece of work; what happened meanwhile.
    pub fn advance(&mut self) -> (Came, Vec<Timed>) {
        if self.is_over {
            return (Came::ToEnd, Vec::new());
        }
        let begun = Instant::now();
        let advanced = match &mut self.profiler {
            Some(profiler) => match profiler.advance(&mut self.trainer) {
                Ok(advanced) => advanced,
                Err(error) => {
                    self.fail(error);
                    return (Came::ToEnd, Vec::new());
                }
            },
            None => self.trainer.advance(),
        };
        self.seconds += begun.elapsed().as_secs_f64();
        let events = match advanced {
            Ok(Advance::Working(events)) => events,
            Ok(Advance::Waiting) => return (Came::ToWait, Vec::new()),
            Ok(Advance::Finished) => {
                self.is_over = true;
                if self.status == Status::Running {
                    self.status = Status::Finished;
                }
                return (Came::ToEnd, Vec::new());
            }
            Err(error) => {
                self.fail(error.into());
                return (Came::ToEnd, Vec::new());
            }
        };
        let mut came = Came::On;
        for event in &events {
            match event {
                TrainingEvent::EpochFinished { epoch, .. } => {
                    came = Came::ToEpoch;
                    if let Some(profiler) = &mut self.profiler {
                        profiler.epoch_finished(*epoch);
                    }
                }
                TrainingEvent::EarlyStop { stops: true, .. } => self.status = Status::StoppedEarly,
                TrainingEvent::Interrupted { .. } => self.status = Status::Interrupted,
                _ => {}
            }
        }
        let seconds = self.seconds;
        let events = events.into_iter().map(|event| (event, seconds));
        (came, events.collect())
    }

    /// Blocks until the device has answered.
    pub fn wait(&mut self) {
        let begun = Instant::now();
        if let Err(error) = self.trainer.wait() {
            self.fail(error.into());
        }
        if let Some(profiler) = &self.profiler {
            profiler.waited(begun);
        }
        self.seconds += begun.elapsed().as_secs_f64();
    }

    /// Writes the report of the last epoch, if it is profiled.
    pub fn end_profile(&mut self) {
        if let Some(profiler) = &mut self.profiler
            && let Err(error) = profiler.write(&mut self.trainer)
        {
            self.fail(error);
        }
    }

    /// Ends the run with an error.
    pub fn fail(&mut self, error: anyhow::Error) {
        self.is_over = true;
        self.status = Status::Failed;
        self.error.get_or_insert(error);
    }

    /// How the run has ended.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            status: self.status,
            error: self.error.as_ref().map(|error| format!("{error:#}")),
        }
    }

    /// What ended the run, if it failed.
    pub fn take_error(&mut self) -> Option<anyhow::Error> {
        self.error.take()
    }
}
