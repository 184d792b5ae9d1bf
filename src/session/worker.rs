//! A run at work: its trainer, how long it has worked, and how it ends.

use std::time::Instant;

use super::profile::RunProfiler;
use super::steering::Steering;
use crate::report::Outcome;
use crate::runs::Status;
use crate::train::{Advance, Trainer, TrainingEvent};

/// Trains one run, a bounded piece of work at a time.
pub struct Worker {
    pub trainer: Trainer,
    /// The number of its device, where there are several.
    pub device: usize,
    /// Of training and evaluation, over all sessions.
    pub seconds: f64,
    /// With `--profiling`.
    pub profiler: Option<RunProfiler>,
    /// Where a window is open.
    pub steering: Option<Steering>,
    /// Of a run that trains as one program with others: when it began.
    together: Option<Instant>,
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
    /// To where a person wants it to rest.
    ToRest,
    /// To the end of an epoch.
    ToEpoch,
    /// To its end.
    ToEnd,
}

/// An event, and the seconds after which it happened.
pub type Timed = (TrainingEvent, f64);

impl Worker {
    /// Goes on after so many seconds of earlier sessions. Runs that train as one program, on the device of this number,
    /// take their time together.
    pub fn new(trainer: Trainer, seconds: f64, replica_on: Option<usize>) -> Self {
        Self {
            trainer,
            device: replica_on.unwrap_or(0),
            seconds,
            together: replica_on.map(|_| Instant::now()),
            profiler: None,
            steering: None,
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
        if let Some(steering) = &mut self.steering
            && steering.heed(&mut self.trainer)
        {
            // Rest is no training.
            if let Some(last) = &mut self.together {
                *last = Instant::now();
            }
            let seconds = self.seconds;
            let events = self.trainer.take_events().into_iter();
            let events = events.map(|event| (event, seconds)).collect();
            return (Came::ToRest, events);
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
        self.took(begun);
        let mut events = match advanced {
            Ok(Advance::Working(events)) => events,
            Ok(Advance::Waiting) => return (Came::ToWait, Vec::new()),
            Ok(Advance::Finished) => {
                self.end();
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
        if let Some(steering) = &mut self.steering
            && let Err(error) = steering.sort(
                &mut self.trainer,
                &mut events,
                self.seconds,
                begun.elapsed(),
            )
        {
            self.fail(error);
            return (Came::ToEnd, Vec::new());
        }
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

    /// Whether it is about to compute for a while without the device: see [`Worker::check`].
    pub fn is_to_check(&self) -> bool {
        !self.is_over && self.profiler.is_none() && self.trainer.is_to_check()
    }

    /// Does the gradient check that [`advance`](Self::advance) would do next; several workers' may be done at once.
    pub fn check(&mut self) {
        let begun = Instant::now();
        self.trainer.check();
        self.took(begun);
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
        self.took(begun);
    }

    /// Waits until a person asks for something, for a short time at most.
    pub fn rest(&self) {
        if let Some(steering) = &self.steering {
            steering.rest();
        }
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
        self.end();
        self.status = Status::Failed;
        self.error.get_or_insert(error);
    }

    fn took(&mut self, since: Instant) {
        match &mut self.together {
            // From one piece of work to the next, whoever's turn it was.
            Some(last) => {
                self.seconds += last.elapsed().as_secs_f64();
                *last = Instant::now();
            }
            None => self.seconds += since.elapsed().as_secs_f64(),
        }
    }

    fn end(&mut self) {
        self.is_over = true;
        self.trainer.backend().leave();
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
