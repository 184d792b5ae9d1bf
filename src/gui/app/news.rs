//! What the window hears: of the session, and of the worker beside it.

use std::sync::Arc;
use std::time::Instant;

use eframe::egui;

use super::{App, MEMORY, UNITS};
use crate::config::TrackLayer;
use crate::gui::action::View;
use crate::gui::closing::Closing;
use crate::gui::lab::{Answer, JobKind};
use crate::gui::state::{NoteLevel, RunKey};
use crate::gui::training::Training;
use crate::host;
use crate::session::link::{Command, Update};

impl App {
    /// Takes what happened since the last frame.
    pub(super) fn hear(&mut self, ctx: &egui::Context) {
        self.hear_session();
        for answer in self.lab.answers() {
            self.answered(answer);
        }
        let ended = self.training().as_mut().map(Training::was_interrupted);
        if ended == Some(true) || self.closing == Closing::Saving && self.is_over() {
            self.closing = Closing::Now;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        if self.looked_at_memory.is_none_or(|at| at.elapsed() > MEMORY) {
            self.looked_at_memory = Some(Instant::now());
            self.state.memory = host::memory_bytes();
        }
    }

    /// Takes what the session has told.
    pub(super) fn hear_session(&mut self) {
        let updates = self.training().as_ref().map(Training::updates);
        for update in updates.into_iter().flatten() {
            let (begun, model) = match &update {
                Update::Started(number, _) => (Some(RunKey::Live(*number)), None),
                Update::State(number, ..) => (None, Some(RunKey::Live(*number))),
                _ => (None, None),
            };
            if matches!(update, Update::Ended(..)) {
                self.panels.start.refresh();
            }
            self.state.take(update);
            if let Some(key) = begun {
                self.track_first(&key);
            }
            if let Some(key) = model {
                self.model_of_state(&key);
            }
        }
    }

    /// Shows units of a run's first parameter, where it does not say which are to be seen.
    fn track_first(&self, key: &RunKey) {
        let Some(run) = self.state.run(key) else {
            return;
        };
        let (Some(number), Some(first)) = (run.number(), run.anatomy.parameters.first()) else {
            return;
        };
        if run.config.training.track_layers.is_empty() {
            let track = TrackLayer {
                parameter: first.name.clone(),
                units: first.shape[0].min(UNITS),
            };
            self.ask(Command::Track(number, vec![track]));
        }
    }

    fn answered(&mut self, answer: Answer) {
        self.panels.answer(&answer);
        match answer {
            Answer::Model(key, model) => self.model_is_there(key, model),
            Answer::Dataset(key, dataset) => {
                if let Some(run) = self.state.run_mut(&key) {
                    run.dataset = Some(dataset);
                }
                if let Some(model) = self.models.get(&key) {
                    self.predict(&key, Arc::clone(model));
                }
            }
            Answer::Opened(records) => {
                let count = records.len();
                records
                    .into_iter()
                    .for_each(|record| self.state.open(record));
                if count > 0 {
                    self.view = View::Watch;
                }
            }
            Answer::Wrote(path) => {
                let text = format!("Wrote {}", path.display());
                self.state.tell(NoteLevel::Info, text);
            }
            // Told where it was asked for.
            Answer::Failed {
                kind: JobKind::Preview | JobKind::Try,
                ..
            } => {}
            Answer::Failed { what, error, .. } => {
                self.state
                    .tell(NoteLevel::Error, format!("cannot {what}: {error}"));
            }
            _ => {}
        }
    }
}
