//! Those who listen to a run.

use std::sync::Arc;
use std::time::Instant;

use super::link::{Link, RunNumber, Update};
use super::profile::LISTEN;
use super::worker::Timed;
use crate::report::profile::{HostClock, HostThread};
use crate::report::{Console, EventLog, JsonLines, Listener, Outcome};
use crate::runs::{RunRecord, RunRecorder};
use crate::train::{Observation, SavedWhen, Statistics, TrainingEvent};

/// A window that shows the run.
pub struct Window {
    pub link: Link,
    pub run: RunNumber,
    /// What is told to others than the window.
    pub base: Observation,
}

impl Window {
    /// Whether an event is for others than the window as well.
    fn is_for_all(&self, event: &TrainingEvent) -> bool {
        match event {
            TrainingEvent::SamplesSeen { .. } => self.base.samples > 0,
            TrainingEvent::TensorsMeasured { .. } => self.base.statistics != Statistics::None,
            TrainingEvent::UnitsTracked { units, .. } => {
                let tracked = &self.base.tracked;
                tracked.iter().any(|t| t.parameter == units.parameter)
            }
            TrainingEvent::Stepped { .. } => false,
            _ => true,
        }
    }

    fn tell(&self, event: TrainingEvent, seconds: f64) {
        match event {
            // Its figures are in those of the epoch.
            TrainingEvent::MinibatchTrained { .. } => {}
            TrainingEvent::Saved { when, mut state } => {
                if when == SavedWhen::End {
                    Arc::make_mut(&mut state).optimizer.clear();
                    self.link.tell(Update::State(self.run, state, seconds));
                }
            }
            event => self.link.tell(Update::Event(self.run, event, seconds)),
        }
    }
}

/// The listeners of one run.
pub struct Heard {
    pub id: String,
    pub recorder: RunRecorder,
    pub json: Option<JsonLines>,
    pub log: Option<EventLog>,
    pub console: Console,
    /// Where a window is open.
    pub window: Option<Window>,
    /// When each epoch of this session ended.
    pub epoch_ends: Vec<Instant>,
    /// With `--profiling`.
    pub clock: Option<HostClock>,
}

impl Heard {
    /// Hands events to all.
    ///
    /// # Errors
    /// The first listener that cannot do its work.
    pub fn hear(&mut self, events: Vec<Timed>) -> anyhow::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let begin = Instant::now();
        let heard = self.hear_all(events);
        if let Some(clock) = &self.clock {
            clock.note(HostThread::Listeners, LISTEN, begin);
        }
        heard
    }

    fn hear_all(&mut self, events: Vec<Timed>) -> anyhow::Result<()> {
        for (event, seconds) in events {
            if matches!(event, TrainingEvent::EpochFinished { .. }) {
                self.epoch_ends.push(Instant::now());
            }
            let is_for_all = self.window.as_ref().is_none_or(|w| w.is_for_all(&event));
            if is_for_all {
                self.listeners()
                    .try_for_each(|listener| listener.hear(&event, seconds))?;
            }
            if let Some(window) = &self.window {
                window.tell(event, seconds);
            }
        }
        Ok(())
    }

    /// Ends the run's files: before all else, so that what a person is told of is there. Those of several runs may be
    /// ended at once.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn end_files(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        self.recorder.end(outcome, seconds)
    }

    /// Tells all others how the run ended: each, whatever the others do.
    ///
    /// # Errors
    /// The first listener that could not do its work.
    pub fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        let mut all = Ok(());
        for listener in self.listeners().skip(1) {
            all = all.and(listener.end(outcome, seconds));
        }
        if let Some(window) = &self.window {
            window.link.tell(Update::Ended(window.run, outcome.clone()));
        }
        all
    }

    /// Files first: what a person is told of is there then.
    fn listeners(&mut self) -> impl Iterator<Item = &mut dyn Listener> {
        let recorder: &mut dyn Listener = &mut self.recorder;
        let json = self.json.as_mut().map(|json| json as &mut dyn Listener);
        let log = self.log.as_mut().map(|log| log as &mut dyn Listener);
        let console: &mut dyn Listener = &mut self.console;
        [recorder]
            .into_iter()
            .chain(json)
            .chain(log)
            .chain([console])
    }

    /// The lines of the closing summary, and the record.
    pub fn into_results(self) -> (String, RunRecord) {
        (
            self.console.summary().to_owned(),
            self.recorder.into_record(),
        )
    }
}
