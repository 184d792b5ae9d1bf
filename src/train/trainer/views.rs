//! What the trainer tells after the last step of an epoch, or after each that is taken singly, where somebody wants
//! to see it: samples, units, statistics.

use super::{Stage, Trainer};
use crate::ops::metrics::FIGURES;
use crate::program::{Role, TensorId, Values};
use crate::train::Statistics;
use crate::train::events::{SeenSamples, TensorStatistics, TrackedUnits, TrainingEvent};

/// Numbers of a minibatch that are read back at most to choose samples from.
const MOST_NUMBERS: usize = 1 << 22;

impl Trainer {
    /// Asks for what is to be seen; if that is nothing, goes on.
    pub(super) fn look(&mut self) -> Stage {
        let mut parts = Vec::new();
        let tensors = &self.compiled.program.tensors;
        let (_, reach) = self.shown_samples();
        if reach > 0 {
            parts.extend(self.sample_parts(reach));
        }
        for (id, units) in self.tracked_units() {
            parts.push((id, units * tensors.cols(id)));
        }
        if self.observation.statistics != Statistics::None {
            parts.extend(self.measured().into_iter().map(|id| (id, usize::MAX)));
        }
        if self.singly {
            parts.push((self.compiled.tensors.metrics, self.step * FIGURES));
        }
        if parts.is_empty() {
            return self.after_training();
        }
        self.backend.request_first(&parts);
        Stage::ReadViews
    }

    pub(super) fn read_views(&mut self, values: Vec<Values>) -> Stage {
        let epoch = self.epoch;
        let mut values = values.into_iter();
        if self.observation.samples > 0 {
            let (samples, _) = self.shown_samples();
            let samples = spread(seen_samples(&mut values), samples);
            let event = TrainingEvent::SamplesSeen { epoch, samples };
            self.events.push_back(event);
        }
        for (id, units) in self.tracked_units() {
            let tensors = &self.compiled.program.tensors;
            let units = TrackedUnits {
                parameter: tensors[id].name.clone(),
                shape: [units, tensors.cols(id)],
                values: real(values.next()),
            };
            let event = TrainingEvent::UnitsTracked { epoch, units };
            self.events.push_back(event);
        }
        if self.observation.statistics != Statistics::None {
            let measured = self.measured().into_iter().zip(values.by_ref());
            let tensors = measured
                .map(|(id, values)| TensorStatistics::of(&self.snapshot(id, values)))
                .collect();
            let event = TrainingEvent::TensorsMeasured { epoch, tensors };
            self.events.push_back(event);
        }
        if let Some(metrics) = values.next()
            && let Some(score) = self.scores(&metrics, self.step).pop()
        {
            let minibatch = self.step - 1;
            self.events.push_back(TrainingEvent::Stepped {
                epoch,
                minibatch,
                score,
            });
        }
        match self.step < self.minibatches() {
            true => Stage::Train,
            false => self.after_training(),
        }
    }

    /// Samples of the last step that are told, and the first ones of it that they are spread over. A minibatch that
    /// holds all entries has them in the order of the data set, class by class: its first ones are all alike. In
    /// others they are shuffled.
    fn shown_samples(&self) -> (usize, usize) {
        let rows = self.rows_of_last_step();
        let samples = rows.min(self.observation.samples);
        if samples == 0 || self.minibatches() > 1 {
            return (samples, samples);
        }
        let tensors = &self.compiled.program.tensors;
        let most = MOST_NUMBERS / tensors.cols(self.compiled.tensors.x).max(1);
        (samples, rows.min(most).max(samples))
    }

    /// Asks for at most so many samples of the last step.
    pub(super) fn request_samples(&mut self, most: usize) {
        let parts = self.sample_parts(most.min(self.rows_of_last_step()));
        self.backend.request_first(&parts);
    }

    pub(super) fn read_minibatch(&mut self, values: Vec<Values>) {
        let event = TrainingEvent::MinibatchSeen {
            epoch: self.epoch,
            minibatch: self.step - 1,
            samples: seen_samples(&mut values.into_iter()),
        };
        self.events.push_back(event);
    }

    fn sample_parts(&self, samples: usize) -> [(TensorId, usize); 3] {
        let of = self.compiled.tensors;
        let features = self.compiled.program.tensors.cols(of.x);
        [
            (of.x, samples * features),
            (of.label, samples),
            (of.predicted, samples),
        ]
    }

    /// Samples of the last step's minibatch, which may be small.
    pub(super) fn rows_of_last_step(&self) -> usize {
        let before = (self.step.max(1) - 1) * self.compiled.minibatch;
        self.compiled.minibatch.min(self.entries() - before)
    }

    /// The tracked parameters, and how many units of each are told. A vector is one unit.
    fn tracked_units(&self) -> Vec<(TensorId, usize)> {
        let tensors = &self.compiled.program.tensors;
        let tracked = self.observation.tracked.iter().filter_map(|tracked| {
            let id = tensors.find(&tracked.parameter, Role::Parameter)?;
            Some((id, tracked.units.min(tensors.rows(id))))
        });
        tracked.collect()
    }

    /// The tensors whose statistics are told.
    fn measured(&self) -> Vec<TensorId> {
        let tensors = &self.compiled.program.tensors;
        let all = self.observation.statistics == Statistics::All;
        let measured = |role: Role| match role {
            Role::Parameter | Role::Gradient => true,
            Role::Activation | Role::ActivationGradient => all,
            _ => false,
        };
        let real = |id: &TensorId| tensors.is_real(*id) && measured(tensors[*id].role);
        tensors.ids().filter(real).collect()
    }
}

fn seen_samples(values: &mut impl Iterator<Item = Values>) -> SeenSamples {
    let [samples, labels, predicted] = [values.next(), values.next(), values.next()];
    let uint = |values: Option<Values>| values.map_or(Vec::new(), |values| values.uint().to_vec());
    SeenSamples {
        values: real(samples),
        labels: uint(labels),
        predicted: uint(predicted),
    }
}

/// So many of the samples, at equal distances.
fn spread(seen: SeenSamples, samples: usize) -> SeenSamples {
    let all = seen.labels.len().min(seen.predicted.len());
    let samples = samples.min(all);
    if samples == all {
        return seen;
    }
    let features = seen.values.len() / all.max(1);
    let mut kept = SeenSamples {
        values: Vec::with_capacity(samples * features),
        labels: Vec::with_capacity(samples),
        predicted: Vec::with_capacity(samples),
    };
    for sample in 0..samples {
        // The middle of its part.
        let row = (2 * sample + 1) * all / (2 * samples);
        kept.values
            .extend(&seen.values[row * features..][..features]);
        kept.labels.push(seen.labels[row]);
        kept.predicted.push(seen.predicted[row]);
    }
    kept
}

fn real(values: Option<Values>) -> Vec<f32> {
    let values = values.unwrap_or(Values::Uint(Vec::new()));
    values.real().iter().map(|value| *value as f32).collect()
}
