//! Those who listen to a run.

use std::time::Instant;

use super::profile::LISTEN;
use super::worker::Timed;
use crate::report::profile::{HostClock, HostThread};
use crate::report::{Console, EventLog, JsonLines, Listener, Outcome};
use crate::runs::{RunRecord, RunRecorder};
use crate::train::TrainingEvent;

/// The listeners of one run.
pub struct Heard {
    pub id: String,
    pub recorder: RunRecorder,
    pub json: Option<JsonLines>,
    pub log: Option<EventLog>,
    pub console: Console,
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
            self.listeners()
                .try_for_each(|listener| listener.hear(&event, seconds))?;
        }
        Ok(())
    }

    /// Tells all how the run ended: each, whatever the others do.
    ///
    /// # Errors
    /// The first listener that could not do its work.
    pub fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        let mut all = Ok(());
        for listener in self.listeners() {
            all = all.and(listener.end(outcome, seconds));
        }
        all
    }

    /// Files first: what a person is told of is there then.
    fn listeners(&mut self) -> impl Iterator<Item = &mut dyn Listener> {
        let json = self.json.as_mut().map(|json| json as &mut dyn Listener);
        let log = self.log.as_mut().map(|log| log as &mut dyn Listener);
        let (recorder, console): (&mut dyn Listener, &mut dyn Listener) =
            (&mut self.recorder, &mut self.console);
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
