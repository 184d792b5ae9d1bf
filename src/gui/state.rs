//! What the window knows: built from updates and from runs on disk, and from nothing else.

mod history;
mod run;

pub use history::History;
pub use run::{EpochPoint, Note, NoteLevel, Phase, RunKey, RunView, Spread};

use std::collections::BTreeMap;

use crate::config::ExperimentConfig;
use crate::runs::RunRecord;
use crate::session::link::{RunNumber, Update};

/// A data set that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loading {
    pub dataset: String,
    pub done: usize,
    pub total: usize,
}

/// All that the panels draw.
#[derive(Default)]
pub struct ViewState {
    /// Live ones in their order, then past ones.
    pub runs: Vec<RunView>,
    /// The run that the panels of one run show.
    pub selected: Option<RunKey>,
    /// Those that wait for their turn.
    pub queue: Vec<(RunNumber, ExperimentConfig)>,
    /// What trains.
    pub device: String,
    pub notice: Option<String>,
    pub loading: Option<Loading>,
    /// The runs that were given are asked to rest.
    pub paused: bool,
    /// The session has been given something to train, and has not told that all is over.
    pub busy: bool,
    /// The program's log has begun.
    pub logs: bool,
    /// What concerns no run in particular, the newest last.
    pub messages: Vec<Note>,
    /// Bytes of the device's memory in use by this program, where that is told.
    pub device_memory: Option<u64>,
    /// Bytes of the host's memory in use by this program, and the most so far.
    pub memory: Option<(u64, u64)>,
}

impl ViewState {
    /// Takes what a session tells.
    pub fn take(&mut self, update: Update) {
        match update {
            Update::Device { name, notice } => {
                self.device = name;
                self.notice = notice;
            }
            Update::DeviceMemory(bytes) => self.device_memory = Some(bytes),
            Update::Queued(queue) => {
                self.busy = true;
                self.queue.extend(queue);
            }
            Update::Loading {
                dataset,
                done,
                total,
            } => {
                self.loading = (done < total).then_some(Loading {
                    dataset,
                    done,
                    total,
                });
            }
            Update::Started(number, start) => {
                self.busy = true;
                self.loading = None;
                self.queue.retain(|(queued, _)| *queued != number);
                let key = RunKey::Live(number);
                let live = self.runs.iter().filter(|run| run.is_live()).count();
                self.runs.insert(live, RunView::begun(number, *start));
                self.selected.get_or_insert(key);
                self.paint();
            }
            Update::Event(number, event, seconds) => {
                if let Some(run) = self.run_mut(&RunKey::Live(number)) {
                    run.hear(event, seconds);
                }
            }
            Update::State(number, state, _) => {
                if let Some(run) = self.run_mut(&RunKey::Live(number)) {
                    run.state = Some(state);
                }
            }
            Update::Ended(number, outcome) => {
                self.queue.retain(|(queued, _)| *queued != number);
                if let Some(run) = self.run_mut(&RunKey::Live(number)) {
                    run.end(&outcome);
                } else if let Some(error) = outcome.error {
                    self.tell(NoteLevel::Error, error);
                }
            }
            Update::Paused(paused) => {
                self.paused = paused;
                let working = self.runs.iter_mut().filter(|run| run.is_working());
                working.for_each(|run| run.rests = paused);
            }
            Update::Rests(number, rests) => {
                if let Some(run) = self.run_mut(&RunKey::Live(number)) {
                    run.rests = rests;
                }
            }
            Update::Idle => {
                self.busy = false;
                self.paused = false;
                self.loading = None;
                self.queue.clear();
            }
            Update::Failed(message) => self.tell(NoteLevel::Error, message),
        }
    }

    /// Shows a run of the disk beside the others; one that is there already is replaced.
    pub fn open(&mut self, record: RunRecord) {
        let run = RunView::past(record);
        match self.runs.iter_mut().find(|other| other.key == run.key) {
            Some(there) => *there = run,
            None => {
                self.selected.get_or_insert_with(|| run.key.clone());
                self.runs.push(run);
            }
        }
        self.paint();
    }

    /// Takes a run out of the window; its files stay.
    pub fn close(&mut self, key: &RunKey) {
        self.runs.retain(|run| run.key != *key);
        if self.selected.as_ref() == Some(key) {
            self.selected = self.runs.first().map(|run| run.key.clone());
        }
        self.paint();
    }

    /// Tells something that concerns no run in particular.
    pub fn tell(&mut self, level: NoteLevel, text: String) {
        self.messages.push(Note {
            epoch: None,
            level,
            text,
        });
    }

    pub fn run(&self, key: &RunKey) -> Option<&RunView> {
        self.runs.iter().find(|run| run.key == *key)
    }

    pub fn run_mut(&mut self, key: &RunKey) -> Option<&mut RunView> {
        self.runs.iter_mut().find(|run| run.key == *key)
    }

    /// The run that is looked at.
    pub fn selected(&self) -> Option<&RunView> {
        self.run(self.selected.as_ref()?)
    }

    /// Whether some run is at work.
    pub fn is_working(&self) -> bool {
        self.runs.iter().any(|run| run.phase == Phase::Working) || !self.queue.is_empty()
    }

    /// How many runs at work rest, and how many train.
    pub fn resting_and_training(&self) -> (usize, usize) {
        let working = self.runs.iter().filter(|run| run.is_working());
        let resting = working.clone().filter(|run| run.rests).count();
        (resting, working.count() - resting)
    }

    /// Whether some run is at work or may be soon.
    pub fn is_busy(&self) -> bool {
        self.busy || self.is_working()
    }

    /// Names of the runs, made distinct by a number where several have the same.
    pub fn names(&self) -> Vec<String> {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let names = self.runs.iter().map(|run| {
            let count = seen.entry(&run.id).or_default();
            *count += 1;
            match *count {
                1 => run.id.clone(),
                count => format!("{} ({count})", run.id),
            }
        });
        names.collect()
    }

    /// Gives each run its colour.
    fn paint(&mut self) {
        let colors = crate::report::colors(self.runs.len());
        for (run, color) in self.runs.iter_mut().zip(colors) {
            run.color = color;
        }
    }
}
