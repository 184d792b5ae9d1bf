//! The step state: the few numbers that change from minibatch to minibatch, and the rates of each network.
//! The host writes it once an epoch; the `advance` op moves it on at the start of each step, on the device.

use bytemuck::{Pod, Zeroable};

/// What all replicas have in common, as it lies in the device's memory (`shaders/shared/state.wgsl` declares
/// the same words). An [`OwnState`] of each replica follows it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct DeviceState {
    pub offset: u32,
    pub rows: u32,
    pub end: u32,
    pub batch: u32,
    pub step: u32,
    pub slot: u32,
    pub epoch: u32,
    pub dataset_seed: u32,
    pub correction1: f32,
    pub correction2: f32,
}

/// What is a replica's own, as it follows the [`DeviceState`].
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct OwnState {
    pub model_seed: u32,
    pub learning_rate: f32,
    pub weight_decay: f32,
    /// A unit is dropped if the top 24 bits of its random word are below.
    pub drop_below: u32,
    /// What kept units are multiplied with.
    pub keep_scale: f32,
}

/// As the host and the CPU backend hold it, of one replica.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepState {
    /// Position in the visiting order of the minibatch's first entry.
    pub offset: u32,
    /// Samples in the minibatch; 0 before an epoch's first step.
    pub rows: u32,
    /// Where in the visiting order the epoch or partition ends.
    pub end: u32,
    /// Most samples a minibatch takes.
    pub batch: u32,
    /// Training steps begun so far, from the first epoch on: Adam's t, and the dropout counter.
    pub step: u32,
    /// Row of the metrics tensor that this step writes; `u32::MAX` before the first.
    pub slot: u32,
    /// From 0.
    pub epoch: u32,
    pub dataset_seed: u32,
    /// `1 - beta1^step` of Adam.
    pub correction1: f64,
    /// `1 - beta2^step` of Adam.
    pub correction2: f64,
    /// The replica's own, as are the rates.
    pub model_seed: u32,
    pub learning_rate: f64,
    /// Factor of the L2 term.
    pub weight_decay: f64,
    /// Share of units dropped while training, 0 <= rate < 1.
    pub dropout_rate: f64,
}

impl StepState {
    /// Size of [`DeviceState`] and of [`OwnState`] in 32-bit words.
    pub const WORDS: usize = size_of::<DeviceState>() / 4;
    pub const OWN_WORDS: usize = size_of::<OwnState>() / 4;

    /// Moves to the next minibatch: what the `advance` op does. A step of training also counts itself.
    pub fn advance(&mut self, training: bool, beta1: f64, beta2: f64) {
        self.offset += self.rows;
        self.rows = self.batch.min(self.end - self.offset);
        self.slot = self.slot.wrapping_add(1);
        if training {
            self.step += 1;
            self.correction1 = self.correction1 * beta1 + (1.0 - beta1);
            self.correction2 = self.correction2 * beta2 + (1.0 - beta2);
        }
    }

    /// The same place in the epoch as another replica's, with this one's seed and rates.
    pub fn at(self, other: &Self) -> Self {
        Self {
            model_seed: self.model_seed,
            learning_rate: self.learning_rate,
            weight_decay: self.weight_decay,
            dropout_rate: self.dropout_rate,
            ..*other
        }
    }

    /// A unit is dropped if the top 24 bits of its random word are below.
    pub fn drop_below(&self) -> u32 {
        (self.dropout_rate * 2f64.powi(24)).round() as u32
    }

    /// What units that are kept are multiplied with.
    pub fn keep_scale(&self) -> f64 {
        1.0 / (1.0 - self.dropout_rate)
    }

    /// The words that a GPU is given, of one state a replica.
    pub fn to_words(states: &[Self]) -> Vec<u32> {
        let Some(first) = states.first() else {
            return Vec::new();
        };
        let common = bytemuck::cast::<_, [u32; Self::WORDS]>(first.to_device());
        let own = states.iter();
        let own = own.flat_map(|state| bytemuck::cast::<_, [u32; Self::OWN_WORDS]>(state.own()));
        common.into_iter().chain(own).collect()
    }

    /// The words that all replicas share.
    pub fn to_device(self) -> DeviceState {
        DeviceState {
            offset: self.offset,
            rows: self.rows,
            end: self.end,
            batch: self.batch,
            step: self.step,
            slot: self.slot,
            epoch: self.epoch,
            dataset_seed: self.dataset_seed,
            correction1: self.correction1 as f32,
            correction2: self.correction2 as f32,
        }
    }

    /// With a replica's own seed and rates.
    pub fn of_replica(self, own: Self) -> Self {
        Self {
            model_seed: own.model_seed,
            learning_rate: own.learning_rate,
            weight_decay: own.weight_decay,
            dropout_rate: own.dropout_rate,
            ..self
        }
    }

    fn own(self) -> OwnState {
        OwnState {
            model_seed: self.model_seed,
            learning_rate: self.learning_rate as f32,
            weight_decay: self.weight_decay as f32,
            drop_below: self.drop_below(),
            keep_scale: self.keep_scale() as f32,
        }
    }
}
