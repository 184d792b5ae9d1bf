//! The trainer's state, taken and put back.

use std::sync::Arc;

use super::{Stage, Trainer};
use crate::backend::BackendError;
use crate::config::EarlyStopping;
use crate::ops::metrics::FIGURES;
use crate::program::{Role, TensorId, Values};
use crate::train::events::{SavedWhen, TrainingEvent};
use crate::train::state::{BegunEpoch, SavedTensor, StateError, TrainingState};

impl Trainer {
    /// Goes on from the state of another training of the same configuration, exactly as that one would have.
    ///
    /// # Errors
    /// The state is of another model or optimizer.
    pub fn resume(&mut self, state: TrainingState) -> Result<(), StateError> {
        self.initialise(state.parameters.iter().chain(&state.running))?;
        let optimizer = self.of_optimizer();
        self.put(&optimizer, state.optimizer.iter())?;
        self.early_stopping.resume(state.early_stopping);
        self.told = state.told;
        self.training = state.training;
        if let Some(finished) = state.epoch {
            let training = &self.config.training;
            self.stopped_early = training.early_stopping == EarlyStopping::Stop
                && state.early_stopping.since >= training.early_stopping_patience;
            let is_last = self.stopped_early || finished + 1 >= training.epochs;
            self.epoch = if is_last { finished } else { finished + 1 };
            if is_last {
                self.stage = self.last_epoch();
            }
        }
        self.begun = state.begun;
        Ok(())
    }

    /// Gives the state after the best epoch of a training that is resumed, for `restore_best`.
    pub fn remember_best(&mut self, state: Arc<TrainingState>) {
        self.best = Some(state);
    }

    /// The state after the best epoch so far, if it may be brought back.
    pub fn best(&self) -> Option<Arc<TrainingState>> {
        self.best.clone()
    }

    /// Starts from the parameters of another model instead of random ones; from its running statistics too.
    ///
    /// # Errors
    /// The model is of another shape.
    pub fn initialise<'a>(
        &mut self,
        tensors: impl Iterator<Item = &'a SavedTensor> + Clone,
    ) -> Result<(), StateError> {
        let model: Vec<_> = self.of_model().concat();
        self.put(&model, tensors)
    }

    /// The parameters, and the running statistics.
    fn of_model(&self) -> [Vec<TensorId>; 2] {
        let parameters = self.compiled.parameters.iter().map(|p| p.value);
        let running = self.compiled.running.iter().map(|(id, _)| *id);
        [parameters.collect(), running.collect()]
    }

    fn of_optimizer(&self) -> Vec<TensorId> {
        self.compiled.program.tensors.with_role(Role::Optimizer)
    }

    /// Writes each tensor with the one of its name.
    fn put<'a>(
        &mut self,
        ids: &[TensorId],
        given: impl Iterator<Item = &'a SavedTensor> + Clone,
    ) -> Result<(), StateError> {
        let tensors = &self.compiled.program.tensors;
        let mut writes = Vec::new();
        for id in ids {
            let name = &tensors[*id].name;
            let saved = given.clone().find(|saved| saved.name == *name);
            let saved = saved.ok_or_else(|| StateError::Missing { name: name.clone() })?;
            let expected = [tensors.rows(*id), tensors.cols(*id)];
            if saved.shape != expected || saved.values.len() != expected[0] * expected[1] {
                return Err(StateError::Shape {
                    name: name.clone(),
                    found: saved.shape,
                    expected,
                });
            }
            writes.push((*id, saved));
        }
        for (id, saved) in writes {
            let values = saved.values.iter().map(|value| f64::from(*value));
            self.backend.write(id, &Values::Real(values.collect()));
        }
        Ok(())
    }

    /// Asks for all that a state consists of.
    pub(super) fn request_state(&mut self, when: SavedWhen) -> Stage {
        let ids = [self.of_model().concat(), self.of_optimizer()].concat();
        let mut parts: Vec<_> = ids.into_iter().map(|id| (id, usize::MAX)).collect();
        if self.is_begun(when) {
            let tensors = self.compiled.tensors;
            parts.push((tensors.metrics, self.step * FIGURES));
            parts.push((tensors.found, usize::MAX));
        }
        self.backend.request_first(&parts);
        Stage::ReadState(when)
    }

    fn is_begun(&self, when: SavedWhen) -> bool {
        matches!(when, SavedWhen::Interrupted | SavedWhen::Asked) && self.step > 0
    }

    /// Asks for the state between two steps.
    pub(super) fn request_asked(&mut self, is_started: bool) -> Stage {
        self.request_state(SavedWhen::Asked);
        Stage::ReadAsked(is_started)
    }

    /// Tells that state, and goes on where it was asked for.
    pub(super) fn read_asked(&mut self, is_started: bool, values: Vec<Values>) -> Stage {
        let when = SavedWhen::Asked;
        let state = Arc::new(self.state_of(when, values));
        self.events.push_back(TrainingEvent::Saved { when, state });
        match is_started {
            true => Stage::Train,
            false => Stage::StartEpoch,
        }
    }

    /// Tells the state, and goes on with what comes after it.
    pub(super) fn read_state(
        &mut self,
        when: SavedWhen,
        values: Vec<Values>,
    ) -> Result<Stage, BackendError> {
        let state = Arc::new(self.state_of(when, values));
        if self.observation.restore_best && matches!(when, SavedWhen::Epoch { best: true, .. }) {
            self.best = Some(Arc::clone(&state));
        }
        self.events.push_back(TrainingEvent::Saved { when, state });
        Ok(match when {
            SavedWhen::Epoch { .. } => self.next_epoch(),
            SavedWhen::Interrupted | SavedWhen::Asked => self.interrupted(),
            SavedWhen::End => self.finish(),
        })
    }

    fn state_of(&self, when: SavedWhen, values: Vec<Values>) -> TrainingState {
        let mut values = values.into_iter();
        let tensors = &self.compiled.program.tensors;
        let mut take = |ids: Vec<TensorId>| -> Vec<SavedTensor> {
            let pairs = ids.into_iter().zip(values.by_ref());
            pairs
                .map(|(id, values)| SavedTensor {
                    name: tensors[id].name.clone(),
                    shape: [tensors.rows(id), tensors.cols(id)],
                    values: values.real().iter().map(|value| *value as f32).collect(),
                })
                .collect()
        };
        let [parameters, running] = self.of_model();
        let (parameters, running) = (take(parameters), take(running));
        let optimizer = take(self.of_optimizer());
        let begun = match (values.next(), values.next()) {
            (Some(Values::Real(metrics)), Some(Values::Uint(found))) => Some(BegunEpoch {
                steps: self.step,
                metrics,
                found: found.try_into().unwrap_or_default(),
            }),
            // Of another trainer, and not gone on with yet.
            _ => self.begun.clone(),
        };
        let finished = match when {
            SavedWhen::Epoch { .. } | SavedWhen::End => Some(self.epoch),
            SavedWhen::Interrupted | SavedWhen::Asked => self.epoch.checked_sub(1),
        };
        TrainingState {
            epoch: finished,
            training: self.training,
            begun,
            parameters,
            running,
            optimizer,
            early_stopping: self.early_stopping.state(),
            told: self.told,
        }
    }

    /// Brings the parameters of the best epoch back.
    pub(super) fn restore_best(&mut self) {
        let Some(best) = self.best.take() else { return };
        // It was taken from this very model.
        let _ = self.initialise(best.parameters.iter().chain(&best.running));
        self.dev = None;
    }
}
