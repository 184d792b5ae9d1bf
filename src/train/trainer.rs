//! The trainer: a state machine that does a bounded piece of work each time it is asked.

pub(crate) mod activity;
mod checks;
mod evaluation;
mod saving;
mod steering;
mod views;

use std::collections::VecDeque;
use std::sync::Arc;

use super::compile::{Compiled, learning_rate};
use super::events::{Evaluation, Instability, SavedWhen, Score, TrainingEvent};
use super::gradient_check::SharedChecks;
use super::state::{BegunEpoch, TrainingState};
use super::{EarlyStopping, GradientReport, Observation};
use crate::backend::{Backend, BackendError};
use crate::config::{self, CheckAction, ExperimentConfig};
use crate::data::batches::epoch_order;
use crate::data::{DataError, Dataset};
use crate::model::initial_values;
use crate::ops::adam::BETAS;
use crate::ops::metrics::FIGURES;
use crate::ops::rng;
use crate::ops::state::StepState;
use crate::program::{Phase, Values};
use evaluation::Part;

/// What ends a training before its last epoch.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(
        "epoch {epoch}: the gradient of {} is off by {:.3e}, more than {:.0e}; \
         --gradient-checks=warning goes on in spite of it",
        .report.parameter, .report.distance, .report.limit
    )]
    Gradient { epoch: u32, report: GradientReport },
    #[error(
        "epoch {epoch}: {found}; try a smaller --learning-rate, or --instability-checks=warning to go on in spite of it"
    )]
    Unstable { epoch: u32, found: Instability },
}

/// What a call of [`Trainer::advance`] came to.
#[derive(Debug)]
pub enum Advance {
    /// Something was done; ask again.
    Working(Vec<TrainingEvent>),
    /// The device is at work; ask again later, or [`Trainer::wait`].
    Waiting,
    /// All is done.
    Finished,
}

/// What the trainer is about to do.
enum Stage {
    StartEpoch,
    /// Waiting for the parameters before a step whose gradients are checked.
    BeforeCheck(StepState),
    /// Waiting for the gradients of that step.
    AfterCheck(StepState, Vec<Values>),
    /// The parameters before that step and its gradients are there, to be checked.
    Check(checks::Check),
    /// They are checked.
    Checked(checks::Checked),
    Train,
    /// Waiting for the instability counts after a single step.
    Inspect,
    /// Waiting for the tensors of an unstable step.
    Dump(Instability),
    /// Waiting for the samples of a single step; then its instability counts are wanted, or not.
    ReadMinibatch(bool),
    /// Waiting for what is to be seen of the epoch.
    ReadViews,
    Evaluate(Part, usize),
    /// Waiting for the figures of an epoch: of its minibatches, and of dev if that is evaluated.
    ReadEpoch,
    /// Waiting for the figures of a partition that is evaluated after the last epoch.
    ReadEvaluation(Part),
    FinishEpoch,
    /// All epochs are done: evaluate what is not evaluated yet.
    Evaluations,
    /// Waiting for the state.
    ReadState(SavedWhen),
    /// Waiting for a state that was asked for; whether the epoch is started already.
    ReadAsked(bool),
    Finish,
    Finished,
}

/// The order of an epoch, from the epoch's number.
type Visits = Box<dyn Fn(u32) -> Vec<u32> + Send>;

/// Trains one experiment.
pub struct Trainer {
    config: ExperimentConfig,
    dataset: Arc<Dataset>,
    compiled: Compiled,
    backend: Box<dyn Backend>,
    stage: Stage,
    epoch: u32,
    /// Training steps done in this epoch.
    step: usize,
    /// The step of this epoch before which the device is told its state again.
    state_until: usize,
    /// All epochs are done; what is left is evaluating.
    finishing: bool,
    /// Asked to stop.
    stopping: bool,
    /// Asked for its state.
    saving: bool,
    /// One training step at a time, each looked at.
    singly: bool,
    /// Early stopping has ended the training.
    stopped_early: bool,
    /// What another trainer has done of the epoch.
    begun: Option<BegunEpoch>,
    observation: Observation,
    /// The state after the best epoch, where it may be brought back.
    best: Option<Arc<TrainingState>>,
    order: Vec<u32>,
    /// The device has an epoch's order.
    order_sent: bool,
    /// Whether the program has ops for weight decay, and for dropout.
    has_rates: [bool; 2],
    /// Instead of the shuffle: see [`Trainer::visit`].
    visits: Option<Visits>,
    training: Score,
    dev: Option<Evaluation>,
    test: Option<Evaluation>,
    early_stopping: EarlyStopping,
    gradient_checks: SharedChecks,
    /// Kinds of instability that were told already.
    told: [bool; 2],
    events: VecDeque<TrainingEvent>,
}

impl Trainer {
    /// Sets up an experiment on a backend that has loaded its program.
    pub fn new(
        config: ExperimentConfig,
        dataset: Arc<Dataset>,
        compiled: Compiled,
        mut backend: Box<dyn Backend>,
    ) -> Self {
        for (index, parameter) in compiled.parameters.iter().enumerate() {
            let length = compiled.program.tensors.len(parameter.value);
            let values = initial_values(parameter.initial, length, config.model.seed, index);
            backend.write(parameter.value, &Values::Real(values));
        }
        for (running, value) in &compiled.running {
            let length = compiled.program.tensors.len(*running);
            backend.write(*running, &Values::Real(vec![*value; length]));
        }
        let labels = dataset.labels.iter().map(|label| label.0).collect();
        backend.write(compiled.tensors.labels, &Values::Uint(labels));

        let clones = config.data.augmentation.clones as usize;
        let partitions = &dataset.partitions;
        let mut order = vec![0; partitions.training.len() * clones];
        let evaluated = partitions.dev.clone().chain(partitions.test.clone());
        order.extend(evaluated.map(|sample| sample as u32));
        backend.write(compiled.tensors.order, &Values::Uint(order.clone()));

        let patience = config.training.early_stopping_patience;
        let has_rates = [config.optimizer.weight_decay, config.model.dropout_rate];
        Self {
            has_rates: has_rates.map(|rate| rate > 0.0),
            config,
            dataset,
            compiled,
            backend,
            stage: Stage::StartEpoch,
            epoch: 0,
            step: 0,
            state_until: 0,
            finishing: false,
            stopping: false,
            saving: false,
            singly: false,
            stopped_early: false,
            begun: None,
            observation: Observation::default(),
            best: None,
            order,
            order_sent: false,
            visits: None,
            training: Score::default(),
            dev: None,
            test: None,
            early_stopping: EarlyStopping::new(patience),
            gradient_checks: SharedChecks::default(),
            told: [false; 2],
            events: VecDeque::new(),
        }
    }

    /// The program and what its tensors are.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    pub fn backend(&mut self) -> &mut dyn Backend {
        self.backend.as_mut()
    }

    /// Visits the training entries of each epoch in the order that `visits` returns for it, each entry
    /// once, instead of shuffling them: to train exactly as another trainer did.
    pub fn visit(&mut self, visits: impl Fn(u32) -> Vec<u32> + Send + 'static) {
        self.visits = Some(Box::new(visits));
    }

    /// Tells more than figures from now on.
    pub fn observe(&mut self, observation: Observation) {
        self.observation = observation;
    }

    /// Ends the training after the steps that are under way: with a last
    /// [`Saved`](TrainingEvent::Saved) if that is observed, and [`Interrupted`](TrainingEvent::Interrupted).
    /// What comes after the last epoch is still done.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Does a bounded piece of work: some steps, or the handling of a result. Never blocks.
    ///
    /// # Errors
    /// The device failed, or a check whose action is `exception` did not pass.
    pub fn advance(&mut self) -> Result<Advance, TrainError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Finished);
        let next = match stage {
            Stage::StartEpoch | Stage::Train | Stage::Evaluate(..)
                if self.stopping && !self.finishing =>
            {
                self.interrupt()
            }
            Stage::StartEpoch | Stage::Train if std::mem::take(&mut self.saving) => {
                self.request_asked(matches!(stage, Stage::Train))
            }
            Stage::StartEpoch => self.start_epoch()?,
            Stage::Train => self.train()?,
            Stage::Evaluate(part, done) => self.evaluate(part, done)?,
            Stage::Check(check) => Stage::Checked(self.do_check(check)),
            Stage::Checked(checked) => self.tell_check(checked)?,
            Stage::FinishEpoch => self.finish_epoch(),
            Stage::Evaluations => {
                if self.stopped_early {
                    self.restore_best();
                }
                self.next_final()
            }
            Stage::Finish if self.observation.save_last => self.request_state(SavedWhen::End),
            Stage::Finish => self.finish(),
            Stage::Finished => return Ok(Advance::Finished),
            waiting => {
                let Some(values) = self.backend.poll()? else {
                    self.stage = waiting;
                    return Ok(Advance::Waiting);
                };
                self.receive(waiting, values)?
            }
        };
        self.stage = next;
        Ok(Advance::Working(self.events.drain(..).collect()))
    }

    /// Blocks until the device has answered.
    ///
    /// # Errors
    /// The device failed.
    #[cfg(feature = "native")]
    pub fn wait(&mut self) -> Result<(), TrainError> {
        Ok(self.backend.wait()?)
    }

    fn entries(&self) -> usize {
        self.dataset.partitions.training.len() * self.config.data.augmentation.clones as usize
    }

    /// Minibatches of an epoch.
    pub fn minibatches(&self) -> usize {
        self.entries().div_ceil(self.compiled.minibatch)
    }

    /// The step state after so many steps of all, for the first of an epoch or of an evaluation after it.
    fn state(&self, steps_done: usize) -> StepState {
        let correction = |beta: f64| 1.0 - beta.powf(steps_done as f64);
        StepState {
            offset: 0,
            rows: 0,
            end: self.entries() as u32,
            batch: self.compiled.minibatch as u32,
            step: steps_done as u32,
            slot: u32::MAX,
            epoch: self.epoch,
            model_seed: rng::fold(self.config.model.seed),
            dataset_seed: rng::fold(self.config.data.seed),
            learning_rate: learning_rate(&self.config, self.epoch),
            weight_decay: self.config.optimizer.weight_decay,
            dropout_rate: self.config.model.dropout_rate,
            correction1: correction(BETAS[0]),
            correction2: correction(BETAS[1]),
        }
    }

    fn start_epoch(&mut self) -> Result<Stage, TrainError> {
        self.send_order()?;
        let begun = self.begun.take().unwrap_or(BegunEpoch {
            steps: 0,
            metrics: Vec::new(),
            found: [0; 2],
        });
        let tensors = self.compiled.tensors;
        let found = Values::Uint(begun.found.to_vec());
        self.backend.write(tensors.found, &found);
        self.step = begun.steps.min(self.minibatches());
        self.state_until = 0;
        if self.step > 0 {
            self.backend
                .write(tensors.metrics, &Values::Real(begun.metrics));
            return Ok(self.after_step(false));
        }
        let state = self.state_before_step();
        self.backend.set_state(state);
        let checks = &self.config.training.gradient_checks;
        if checks.action == CheckAction::Off || !self.epoch.is_multiple_of(checks.every) {
            return Ok(Stage::Train);
        }
        let parameters: Vec<_> = self.compiled.parameters.iter().map(|p| p.value).collect();
        self.backend.request(&parameters);
        Ok(Stage::BeforeCheck(state))
    }

    /// The step state before the epoch's next step.
    fn state_before_step(&self) -> StepState {
        StepState {
            offset: (self.step * self.compiled.minibatch) as u32,
            slot: (self.step as u32).wrapping_sub(1),
            ..self.state(self.epoch as usize * self.minibatches() + self.step)
        }
    }

    /// Draws the order in which the epoch visits its entries. Where one minibatch holds them all there is
    /// nothing to choose: they stay in the order of the data set, which saves copying them.
    fn send_order(&mut self) -> Result<(), TrainError> {
        let (entries, whole) = (self.entries(), self.minibatches() == 1);
        if whole && self.order_sent {
            return Ok(());
        }
        let training = self.dataset.partitions.training.len();
        let clones = self.config.data.augmentation.clones;
        let drawn = match &self.visits {
            _ if whole => (0..entries as u32).collect(),
            Some(visits) => visits(self.epoch),
            None => epoch_order(self.config.data.seed, self.epoch, training, clones)?,
        };
        // On the device an entry is clone * samples of all partitions + sample.
        let (training, total) = (training as u32, self.dataset.len() as u32);
        for (entry, drawn) in self.order.iter_mut().zip(drawn) {
            *entry = (drawn / training) * total + drawn % training;
        }
        let visits = Values::Uint(self.order[..entries].to_vec());
        self.backend.write(self.compiled.tensors.order, &visits);
        self.order_sent = true;
        Ok(())
    }

    fn train(&mut self) -> Result<Stage, TrainError> {
        let inspect = self.config.training.instability_checks == CheckAction::Debug;
        let at_once = if inspect || self.singly || self.observation.minibatches {
            1
        } else {
            self.backend.steps_at_once() as usize
        };
        let steps = at_once.min(self.minibatches() - self.step);
        // Anew, though the device keeps it, so that a training that is taken up here does the very same; but not
        // for single steps of what would have been one piece of work.
        if self.step > 0 && self.step >= self.state_until {
            let state = self.state_before_step();
            self.backend.set_state(state);
        }
        if self.step >= self.state_until {
            self.state_until = self.step + self.backend.steps_at_once() as usize;
        }
        self.backend.run(Phase::Train, steps as u32)?;
        self.step += steps;
        Ok(self.after_steps(inspect))
    }

    fn after_steps(&mut self, inspect: bool) -> Stage {
        if self.observation.minibatches {
            self.request_samples(usize::MAX);
            return Stage::ReadMinibatch(inspect);
        }
        self.after_step(inspect)
    }

    fn after_step(&mut self, inspect: bool) -> Stage {
        let tensors = self.compiled.tensors;
        if inspect && self.told != [true; 2] {
            self.backend.request(&[tensors.found]);
            return Stage::Inspect;
        }
        if self.step < self.minibatches() && !self.singly {
            return Stage::Train;
        }
        self.look()
    }

    /// What comes after the last step of an epoch.
    fn after_training(&mut self) -> Stage {
        let tensors = self.compiled.tensors;
        if self.config.training.eval_dev && !self.range(Part::Dev).is_empty() {
            return self.start_evaluation(Part::Dev);
        }
        self.backend.request(&[tensors.metrics, tensors.found]);
        Stage::ReadEpoch
    }

    /// Goes on with the answer that a stage was waiting for.
    fn receive(&mut self, stage: Stage, values: Vec<Values>) -> Result<Stage, TrainError> {
        match stage {
            Stage::BeforeCheck(state) => {
                self.backend.run(Phase::Train, 1)?;
                self.step = 1;
                let gradients: Vec<_> = self.gradients().collect();
                self.backend.request(&gradients);
                Ok(Stage::AfterCheck(state, values))
            }
            Stage::AfterCheck(state, parameters) => {
                let gradients = values;
                Ok(Stage::Check(checks::Check {
                    state,
                    parameters,
                    gradients,
                }))
            }
            Stage::Inspect => Ok(match self.instability(&values[0]) {
                Some(found) => {
                    let suspects = self.suspects();
                    self.backend.request(&suspects);
                    Stage::Dump(found)
                }
                None => self.after_step(false),
            }),
            Stage::Dump(found) => {
                self.tell(found, self.snapshots(found, values));
                Ok(self.after_step(false))
            }
            Stage::ReadMinibatch(inspect) => {
                self.read_minibatch(values);
                Ok(self.after_step(inspect))
            }
            Stage::ReadViews => Ok(self.read_views(values)),
            Stage::ReadState(when) => Ok(self.read_state(when, values)?),
            Stage::ReadAsked(is_started) => Ok(self.read_asked(is_started, values)),
            Stage::ReadEpoch => {
                self.read_training(&values)?;
                if let [_, _, metrics, confusion] = values.as_slice() {
                    self.dev = Some(self.read_evaluation(Part::Dev, metrics, confusion));
                }
                Ok(Stage::FinishEpoch)
            }
            Stage::ReadEvaluation(part) => {
                let evaluation = Some(self.read_evaluation(part, &values[0], &values[1]));
                match part {
                    Part::Dev => self.dev = evaluation,
                    Part::Test => self.test = evaluation,
                }
                Ok(self.next_final())
            }
            other => Ok(other),
        }
    }

    fn read_training(&mut self, values: &[Values]) -> Result<(), TrainError> {
        let scores: Vec<_> = self.scores(&values[0], self.minibatches());
        self.training = Score::default();
        for (minibatch, score) in scores.into_iter().enumerate() {
            self.training += score;
            let epoch = self.epoch;
            let event = TrainingEvent::MinibatchTrained {
                epoch,
                minibatch,
                score,
                learning_rate: learning_rate(&self.config, epoch),
            };
            self.events.push_back(event);
        }
        let action = self.config.training.instability_checks;
        while let Some(found) = self
            .instability(&values[1])
            .filter(|_| action != CheckAction::Off)
        {
            let epoch = self.epoch;
            if action == CheckAction::Exception {
                return Err(TrainError::Unstable { epoch, found });
            }
            self.tell(found, Vec::new());
        }
        Ok(())
    }

    fn scores(&self, metrics: &Values, minibatches: usize) -> Vec<Score> {
        let rows = metrics.real().chunks_exact(FIGURES);
        rows.take(minibatches).map(Score::from_figures).collect()
    }

    fn finish_epoch(&mut self) -> Stage {
        let epoch = self.epoch;
        let cost = self.dev.as_ref().map(|dev| dev.score.cost());
        let early_stop = cost.is_some_and(|cost| self.early_stopping.ends_with(epoch, cost));
        self.events.push_back(TrainingEvent::EpochFinished {
            epoch,
            minibatches: self.minibatches(),
            training: self.training,
            dev: self.dev.clone(),
            learning_rate: learning_rate(&self.config, epoch),
            early_stop,
        });
        if early_stop {
            let stops = self.config.training.early_stopping == config::EarlyStopping::Stop;
            self.events
                .push_back(TrainingEvent::EarlyStop { epoch, stops });
            self.stopped_early = stops;
        }
        let observation = &self.observation;
        let due = observation.save_every > 0 && (epoch + 1).is_multiple_of(observation.save_every);
        let best = self.early_stopping.is_best(epoch);
        if due || best && (observation.save_best || observation.restore_best) {
            return self.request_state(SavedWhen::Epoch { due, best });
        }
        self.next_epoch()
    }

    fn next_epoch(&mut self) -> Stage {
        if self.stopped_early || self.epoch + 1 == self.config.training.epochs {
            return self.last_epoch();
        }
        self.epoch += 1;
        self.step = 0;
        self.dev = None;
        Stage::StartEpoch
    }

    /// What comes after the last epoch.
    fn last_epoch(&mut self) -> Stage {
        self.finishing = true;
        Stage::Evaluations
    }

    fn interrupt(&mut self) -> Stage {
        if self.observation.save_last {
            return self.request_state(SavedWhen::Interrupted);
        }
        self.interrupted()
    }

    fn interrupted(&mut self) -> Stage {
        let epoch = self.epoch;
        self.events.push_back(TrainingEvent::Interrupted { epoch });
        Stage::Finished
    }

    fn finish(&mut self) -> Stage {
        self.events.push_back(TrainingEvent::Finished {
            training: self.training,
            dev: self.dev.clone(),
            test: self.test.clone(),
        });
        Stage::Finished
    }
}
