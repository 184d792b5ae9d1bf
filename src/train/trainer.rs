//! The trainer: a state machine that does a bounded piece of work each time it is asked.

mod checks;
mod evaluation;

use std::collections::VecDeque;
use std::sync::Arc;

use super::compile::{Compiled, learning_rate};
use super::events::{Evaluation, Instability, Score, TrainingEvent};
use super::gradient_check::GradientCheck;
use super::{EarlyStopping, GradientReport};
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
    Train,
    /// Waiting for the instability counts after a single step.
    Inspect,
    /// Waiting for the tensors of an unstable step.
    Dump(Instability),
    Evaluate(Part, usize),
    /// Waiting for the figures of an epoch: of its minibatches, and of dev if that is evaluated.
    ReadEpoch,
    /// Waiting for the figures of a partition that is evaluated after the last epoch.
    ReadEvaluation(Part),
    FinishEpoch,
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
    /// All epochs are done; what is left is evaluating.
    finishing: bool,
    order: Vec<u32>,
    /// The device has an epoch's order.
    order_sent: bool,
    /// Instead of the shuffle: see [`Trainer::visit`].
    visits: Option<Visits>,
    training: Score,
    dev: Option<Evaluation>,
    test: Option<Evaluation>,
    early_stopping: EarlyStopping,
    gradient_check: Option<GradientCheck>,
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
        Self {
            config,
            dataset,
            compiled,
            backend,
            stage: Stage::StartEpoch,
            epoch: 0,
            step: 0,
            finishing: false,
            order,
            order_sent: false,
            visits: None,
            training: Score::default(),
            dev: None,
            test: None,
            early_stopping: EarlyStopping::new(patience),
            gradient_check: None,
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

    /// Does a bounded piece of work: some steps, or the handling of a result. Never blocks.
    ///
    /// # Errors
    /// The device failed, or a check whose action is `exception` did not pass.
    pub fn advance(&mut self) -> Result<Advance, TrainError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Finished);
        let next = match stage {
            Stage::StartEpoch => self.start_epoch()?,
            Stage::Train => self.train()?,
            Stage::Evaluate(part, done) => self.evaluate(part, done)?,
            Stage::FinishEpoch => self.finish_epoch(),
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

    /// The step state before the first step of an epoch, or of an evaluation after it.
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
        self.backend
            .write(self.compiled.tensors.found, &Values::Uint(vec![0; 2]));
        let state = self.state(self.epoch as usize * self.minibatches());
        self.backend.set_state(state);
        self.step = 0;
        let checks = &self.config.training.gradient_checks;
        if checks.action == CheckAction::Off || !self.epoch.is_multiple_of(checks.every) {
            return Ok(Stage::Train);
        }
        let parameters: Vec<_> = self.compiled.parameters.iter().map(|p| p.value).collect();
        self.backend.request(&parameters);
        Ok(Stage::BeforeCheck(state))
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
        let step_by_step = self.config.training.instability_checks == CheckAction::Debug;
        let at_once = if step_by_step {
            1
        } else {
            self.backend.steps_at_once() as usize
        };
        let steps = at_once.min(self.minibatches() - self.step);
        self.backend.run(Phase::Train, steps as u32)?;
        self.step += steps;
        Ok(self.after_step(step_by_step))
    }

    fn after_step(&mut self, inspect: bool) -> Stage {
        let tensors = self.compiled.tensors;
        if inspect && self.told != [true; 2] {
            self.backend.request(&[tensors.found]);
            return Stage::Inspect;
        }
        if self.step < self.minibatches() {
            return Stage::Train;
        }
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
                self.check_gradients(state, &parameters, &values)?;
                let debug = self.config.training.instability_checks == CheckAction::Debug;
                Ok(self.after_step(debug))
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
        self.events.push_back(TrainingEvent::EpochFinished {
            epoch,
            minibatches: self.minibatches(),
            training: self.training,
            dev: self.dev.clone(),
            learning_rate: learning_rate(&self.config, epoch),
        });
        let mut stops = false;
        if let Some(dev) = &self.dev
            && self.early_stopping.ends_with(dev.score.cost())
        {
            stops = self.config.training.early_stopping == config::EarlyStopping::Stop;
            self.events
                .push_back(TrainingEvent::EarlyStop { epoch, stops });
        }
        if stops || epoch + 1 == self.config.training.epochs {
            self.finishing = true;
            return self.next_final();
        }
        self.epoch += 1;
        self.dev = None;
        Stage::StartEpoch
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
