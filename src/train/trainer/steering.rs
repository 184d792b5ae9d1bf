//! How a person steers a training: resting, single steps, other rates.

use super::{Stage, Trainer};
use crate::config::Rates;
use crate::train::events::TrainingEvent;

impl Trainer {
    /// Whether no step is under way whose results are still to be told.
    pub fn is_at_rest(&self) -> bool {
        matches!(self.stage, Stage::StartEpoch | Stage::Train)
    }

    /// Whether it is asked for something that it does before the next step.
    pub fn has_requests(&self) -> bool {
        self.saving || self.stopping
    }

    /// Training steps since the first epoch.
    pub fn steps_done(&self) -> u64 {
        u64::from(self.epoch) * self.minibatches() as u64 + self.step as u64
    }

    /// From now on one training step at a time, each looked at as [`observe`](Self::observe) says and told in
    /// [`Stepped`](TrainingEvent::Stepped); or as many as the device takes.
    pub fn step_singly(&mut self, singly: bool) {
        self.singly = singly;
    }

    /// Tells its state before the next step, as [`Saved`](TrainingEvent::Saved).
    pub fn save(&mut self) {
        self.saving = true;
    }

    /// Changes the rates from the next step on, and tells it; false, and nothing is changed, where the program has
    /// no ops for one that was 0 so far.
    pub fn set_rates(&mut self, rates: Rates) -> bool {
        let [decays, drops] = self.has_rates;
        if rates.weight_decay > 0.0 && !decays || rates.dropout_rate > 0.0 && !drops {
            return false;
        }
        self.config.optimizer.learning_rate = rates.learning_rate;
        self.config.optimizer.weight_decay = rates.weight_decay;
        self.config.model.dropout_rate = rates.dropout_rate;
        if matches!(self.stage, Stage::Train) {
            let state = self.state_before_step();
            self.backend.set_state(state);
        }
        self.tell_rates();
        true
    }

    /// What has happened without a step.
    pub fn take_events(&mut self) -> Vec<TrainingEvent> {
        self.events.drain(..).collect()
    }

    /// Tells the rates that are in force.
    pub fn tell_rates(&mut self) {
        self.events.push_back(TrainingEvent::RatesChanged {
            epoch: self.epoch,
            minibatch: self.step,
            rates: self.config.rates(),
        });
    }
}
