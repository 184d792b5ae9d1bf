//! The trainer's evaluations of dev and test.

use std::ops::Range;

use super::{Stage, TrainError, Trainer};
use crate::ops::state::StepState;
use crate::program::{Phase, Values};
use crate::train::events::{ConfusionMatrix, Evaluation, Score};

/// A partition that is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Dev,
    Test,
}

impl Trainer {
    pub(super) fn range(&self, part: Part) -> Range<usize> {
        match part {
            Part::Dev => self.dataset.partitions.dev.clone(),
            Part::Test => self.dataset.partitions.test.clone(),
        }
    }

    pub(super) fn start_evaluation(&mut self, part: Part) -> Stage {
        // The samples of dev and test follow the epoch's entries in the visiting order.
        let range = self.range(part);
        let training = self.dataset.partitions.training.len();
        let offset = self.entries() + range.start - training;
        let steps_done = (self.epoch as usize + 1) * self.minibatches();
        self.backend.set_state(StepState {
            offset: offset as u32,
            end: (offset + range.len()) as u32,
            batch: self.compiled.evaluated_at_once as u32,
            ..self.state(steps_done)
        });
        let cells = self.dataset.classes.len().pow(2);
        self.backend.write(
            self.compiled.tensors.confusion,
            &Values::Uint(vec![0; cells]),
        );
        Stage::Evaluate(part, 0)
    }

    pub(super) fn chunks(&self, part: Part) -> usize {
        self.range(part)
            .len()
            .div_ceil(self.compiled.evaluated_at_once)
    }

    pub(super) fn evaluate(&mut self, part: Part, done: usize) -> Result<Stage, TrainError> {
        let steps = (self.backend.steps_at_once() as usize).min(self.chunks(part) - done);
        self.backend.run(Phase::Evaluate, steps as u32)?;
        if done + steps < self.chunks(part) {
            return Ok(Stage::Evaluate(part, done + steps));
        }
        let tensors = self.compiled.tensors;
        let (trained, evaluated) = (
            [tensors.metrics, tensors.found],
            [tensors.evaluated, tensors.confusion],
        );
        if self.finishing {
            self.backend.request(&evaluated);
            Ok(Stage::ReadEvaluation(part))
        } else {
            self.backend.request(&[trained, evaluated].concat());
            Ok(Stage::ReadEpoch)
        }
    }

    pub(super) fn read_evaluation(
        &self,
        part: Part,
        metrics: &Values,
        confusion: &Values,
    ) -> Evaluation {
        let mut score = Score::default();
        self.scores(metrics, self.chunks(part))
            .into_iter()
            .for_each(|chunk| score += chunk);
        let confusion = ConfusionMatrix {
            classes: self.dataset.classes.len(),
            counts: confusion.uint().to_vec(),
        };
        Evaluation { score, confusion }
    }

    /// Evaluates, after the last epoch, what is not evaluated yet.
    pub(super) fn next_final(&mut self) -> Stage {
        let missing = [
            (Part::Dev, self.dev.is_none()),
            (Part::Test, self.test.is_none()),
        ];
        match missing
            .into_iter()
            .find(|(part, none)| *none && !self.range(*part).is_empty())
        {
            Some((part, _)) => self.start_evaluation(part),
            None => Stage::Finish,
        }
    }
}
