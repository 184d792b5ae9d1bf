//! Models of runs, for panels that use them: of live runs their state, of past ones a file.

use std::sync::Arc;

use super::App;
use crate::gui::lab::Job;
use crate::gui::state::RunKey;
use crate::runs::Checkpoint;
use crate::session::link::Command;

impl App {
    /// Gets the model of a run as it is now; it comes a little later.
    pub(super) fn want_model(&mut self, key: &RunKey) {
        let Some(run) = self.state.run(key) else {
            return;
        };
        if let Some(number) = run.number().filter(|_| run.is_working()) {
            return self.ask(Command::Look(number));
        }
        if run.state.is_some() {
            return self.model_of_state(key);
        }
        if let Some(folder) = &run.folder {
            self.lab.ask(Job::ReadModel(key.clone(), folder.clone()));
        }
    }

    /// A live run has told its state.
    pub(super) fn model_of_state(&mut self, key: &RunKey) {
        let Some(run) = self.state.run(key) else {
            return;
        };
        let Some(state) = &run.state else { return };
        let model = Checkpoint {
            config: run.config.clone(),
            run_id: run.id.clone(),
            classes: run.classes.clone(),
            picture: run.picture,
            state: Arc::clone(state),
            seconds: run.epochs.last().map_or(0.0, |last| last.seconds),
            history: Vec::new(),
            confusions: Vec::new(),
        };
        self.model_is_there(key.clone(), Arc::new(model));
    }

    /// Hands a model to those who wait for it.
    pub(super) fn model_is_there(&mut self, key: RunKey, model: Arc<Checkpoint>) {
        let (now, later) = std::mem::take(&mut self.exports)
            .into_iter()
            .partition(|(of, _)| *of == key);
        self.exports = later;
        let now: Vec<_> = now;
        for (_, to) in now {
            let model = Arc::clone(&model);
            self.lab.ask(Job::ExportModel { model, to });
        }
        self.panels.try_it.set_model(&key, Arc::clone(&model));
        self.predict(&key, Arc::clone(&model));
        self.models.insert(key, model);
    }

    /// Gets the model of a past run whose samples were opened; of live runs the panel asks for it.
    pub(super) fn want_predictions(&mut self) {
        let wants = self.panels.confusion.wants().map(|(key, ..)| key);
        if wants == self.predicted {
            return;
        }
        self.predicted.clone_from(&wants);
        if let Some(key @ RunKey::Past(_)) = wants {
            self.want_model(&key);
        }
    }

    /// Has the samples of dev classified, if a panel wants to see them.
    pub(super) fn predict(&mut self, key: &RunKey, model: Arc<Checkpoint>) {
        let wants = self.panels.confusion.wants();
        if wants.is_none_or(|(of, ..)| of != *key) {
            return;
        }
        let Some(run) = self.state.run(key) else {
            return;
        };
        self.lab.ask(match &run.dataset {
            Some(dataset) => Job::Predict {
                run: key.clone(),
                model,
                dataset: Arc::clone(dataset),
            },
            None => Job::ReadDataset(key.clone(), Box::new(run.config.data.clone())),
        });
    }
}
