//! What a window asks of one run, taken by the run's worker between two pieces of work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Device;
use super::link::{Link, RunNumber, Update, Wish};
use super::pace::{Given, Pace, Walk};
use crate::config::{ExperimentConfig, Rates, TrackLayer};
use crate::data::Dataset;
use crate::report::Phases;
use crate::train::{Observation, SavedWhen, Statistics, Trainer, TrainingEvent, TrainingState};

/// Samples that a window is told of, where `--display-samples` does not say how many.
const SAMPLES: usize = 12;

/// Looks at a run take at most this share of its time.
const SHARE_OF_LOOKS: u32 = 50;

/// The steering of one run.
pub struct Steering {
    link: Link,
    run: RunNumber,
    device: Arc<Device>,
    config: ExperimentConfig,
    dataset: Arc<Dataset>,
    /// How much was asked when this run last took its wishes.
    heeded: u64,
    walk: Walk,
    /// What is told without the window.
    base: Observation,
    /// What the window wants to see besides.
    tracked: Vec<TrackLayer>,
    /// The last look that was asked for, and taken.
    looks: u64,
    is_looking: bool,
    /// No look before.
    not_before: Instant,
    /// A checkpoint is to be written of the state that comes.
    saves: bool,
    /// The state that comes is for a program that has ops for these.
    rates: Option<Rates>,
}

impl Steering {
    /// Of a run that has begun, which tells `base` to others than the window.
    pub fn new(
        link: Link,
        (run, given): (RunNumber, Given),
        device: Arc<Device>,
        config: ExperimentConfig,
        dataset: Arc<Dataset>,
        base: Observation,
    ) -> Self {
        Self {
            link,
            run,
            device,
            config,
            dataset,
            heeded: u64::MAX,
            walk: Walk::of(given),
            base,
            tracked: Vec::new(),
            looks: 0,
            is_looking: false,
            not_before: Instant::now(),
            saves: false,
            rates: None,
        }
    }

    /// Does what was asked for; whether the run rests.
    pub fn heed(&mut self, trainer: &mut Trainer) -> bool {
        let count = self.link.count();
        if count != self.heeded {
            self.heeded = count;
            for wish in self.link.wishes(self.run) {
                self.grant(wish, trainer);
            }
            self.set_pace(trainer);
            if self.link.quits() {
                trainer.stop();
            }
        }
        // What is under way was asked for by what was wanted before.
        let may_look = !self.is_looking && trainer.is_at_rest();
        if may_look && self.link.looks() != self.looks && Instant::now() >= self.not_before {
            self.looks = self.link.looks();
            self.is_looking = true;
            trainer.observe(self.full());
        }
        let is_done = self.walk.is_done(trainer.steps_done());
        trainer.is_at_rest() && is_done && !trainer.has_requests()
    }

    /// Waits until something is asked, for a short time at most.
    pub fn rest(&self) {
        self.link.wait(self.heeded);
    }

    fn grant(&mut self, wish: Wish, trainer: &mut Trainer) {
        match wish {
            Wish::Stop => trainer.stop(),
            Wish::Save => {
                self.saves = true;
                trainer.save();
            }
            Wish::Look => trainer.save(),
            Wish::Track(tracked) => {
                self.tracked = tracked;
                self.not_before = Instant::now();
            }
            Wish::Steer(rates) => {
                // Out of its range: the window does not offer it.
                let Ok(config) = self.config.with_rates(rates) else {
                    return;
                };
                self.config = config;
                if !trainer.set_rates(rates) {
                    self.rates = Some(rates);
                    trainer.save();
                }
            }
        }
    }

    fn set_pace(&mut self, trainer: &mut Trainer) {
        let before = self.walk.pace();
        let epoch = trainer.minibatches().max(1) as u64;
        self.walk
            .take(&self.link.paces(), trainer.steps_done(), epoch);
        let rests = |pace| pace != Pace::Run;
        let pace = self.walk.pace();
        if rests(pace) != rests(before) {
            self.link.tell(Update::Rests(self.run, rests(pace)));
        }
        trainer.step_singly(self.steps_singly());
    }

    fn steps_singly(&self) -> bool {
        matches!(self.walk.pace(), Pace::Minibatches(_))
    }

    /// What the others and the window want to know.
    fn full(&self) -> Observation {
        let mut full = self.base.clone();
        if full.samples == 0 {
            full.samples = SAMPLES;
        }
        if full.statistics == Statistics::None {
            full.statistics = Statistics::Parameters;
        }
        for track in &self.tracked {
            let is_new = |other: &TrackLayer| other.parameter != track.parameter;
            if full.tracked.iter().all(is_new) {
                full.tracked.push(track.clone());
            }
        }
        full
    }

    /// Takes what is the window's alone out of what has happened; what came of it took so long. The trainer is
    /// another one, where the rates demand it.
    ///
    /// # Errors
    /// The device does not take the new program.
    pub fn sort(
        &mut self,
        trainer: &mut Trainer,
        events: &mut Vec<TrainingEvent>,
        seconds: f64,
        took: Duration,
    ) -> anyhow::Result<()> {
        let mut state = None;
        events.retain(|event| match event {
            TrainingEvent::Saved {
                when: SavedWhen::Asked,
                state: asked,
            } => {
                state = Some(Arc::clone(asked));
                std::mem::take(&mut self.saves)
            }
            _ => true,
        });
        if let Some(state) = state {
            self.link
                .tell(Update::State(self.run, Arc::clone(&state), seconds));
            if let Some(rates) = self.rates.take() {
                self.rebuild(trainer, &state)?;
                // Set already: they are in its configuration.
                debug_assert_eq!(self.config.rates(), rates);
                trainer.tell_rates();
            }
        }
        let is_view =
            |event: &TrainingEvent| matches!(event, TrainingEvent::TensorsMeasured { .. });
        if events.iter().any(is_view) {
            self.not_before = Instant::now() + took * SHARE_OF_LOOKS;
            self.is_looking = false;
            if !self.steps_singly() {
                trainer.observe(self.base.clone());
            }
        }
        Ok(())
    }

    /// Takes the training up with a program that has all ops.
    fn rebuild(&self, trainer: &mut Trainer, state: &TrainingState) -> anyhow::Result<()> {
        let mut phases = Phases::start();
        let mut other = self
            .device
            .trainer(&self.config, &self.dataset, &mut phases)?;
        other.resume(state.clone())?;
        if let Some(best) = trainer.best() {
            other.remember_best(best);
        }
        other.observe(self.base.clone());
        other.step_singly(self.steps_singly());
        *trainer = other;
        Ok(())
    }
}
