//! The step state: the few numbers that change from minibatch to minibatch. The host writes it once
//! an epoch; the `advance` op moves it on at the start of each step, on the device.

use bytemuck::{Pod, Zeroable};

/// As it lies in the device's memory (`shaders/shared/state.wgsl` declares the same words).
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
    pub model_seed: u32,
    pub dataset_seed: u32,
    pub learning_rate: f32,
    pub correction1: f32,
    pub correction2: f32,
}

/// As the host and the CPU backend hold it.
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
    pub model_seed: u32,
    pub dataset_seed: u32,
    pub learning_rate: f64,
    /// `1 - beta1^step` of Adam.
    pub correction1: f64,
    /// `1 - beta2^step` of Adam.
    pub correction2: f64,
}

impl StepState {
    /// Size of [`DeviceState`] in 32-bit words.
    pub const WORDS: usize = size_of::<DeviceState>() / 4;

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

    /// The words that a GPU is given.
    pub fn to_device(self) -> DeviceState {
        DeviceState {
            offset: self.offset,
            rows: self.rows,
            end: self.end,
            batch: self.batch,
            step: self.step,
            slot: self.slot,
            epoch: self.epoch,
            model_seed: self.model_seed,
            dataset_seed: self.dataset_seed,
            learning_rate: self.learning_rate as f32,
            correction1: self.correction1 as f32,
            correction2: self.correction2 as f32,
        }
    }
}
