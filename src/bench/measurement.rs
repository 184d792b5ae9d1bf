//! What a measurement found, as it is written in JSON.

use serde::{Deserialize, Serialize};

use super::statistics::Spread;
use crate::backend::Counters;
use crate::model::Initial;
use crate::train::Compiled;

/// One training of a workload on a device, in a process of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// `shadernets <device as asked for>`.
    pub name: String,
    pub workload: String,
    /// The adapter with its API, or the CPU.
    pub device: String,
    /// The adapter's driver; empty for the CPU.
    pub driver: String,
    /// Threads of the CPU backend.
    pub threads: usize,
    /// Samples of training and dev.
    pub samples: [usize; 2],
    pub minibatch: usize,
    /// Training steps of an epoch.
    pub steps: usize,
    /// Elements of all parameters.
    pub parameters: usize,
    /// Of all matrix products of an epoch, dev included.
    pub epoch_flops: f64,
    /// From samples and initial values in host memory to the end of the first epoch.
    pub first_epoch_seconds: f64,
    /// Every epoch after the first: all minibatches and dev, results on the host.
    pub epoch_seconds: Vec<f64>,
    /// Of every epoch; null where a cost is not finite.
    pub train_cost: Vec<Option<f64>>,
    pub dev_cost: Vec<Option<f64>>,
    /// What the host asked of the device in an epoch, on average over the epochs after the first.
    pub epoch_counts: Counts,
    /// The same in a training step, without the epoch's evaluation and readback.
    pub step_counts: Counts,
    /// Seconds of CPU per training step that the training thread used, all work of an epoch included.
    pub thread_seconds_per_step: Option<f64>,
    /// The same of all threads of the process: on the CPU, and on software adapters, they compute.
    pub process_seconds_per_step: Option<f64>,
    /// Largest resident size of the process.
    pub peak_rss_mib: Option<f64>,
    /// Of that, what was there before the data set.
    pub base_rss_mib: Option<f64>,
}

impl Measurement {
    /// Seconds per epoch after the first; of the first where there is no other.
    pub fn seconds(&self) -> Spread {
        let first = self.first_epoch_seconds;
        Spread::of(&self.epoch_seconds).unwrap_or(Spread {
            min: first,
            quartile1: first,
            median: first,
            quartile3: first,
            max: first,
        })
    }

    pub fn samples_per_second(&self) -> f64 {
        self.samples[0] as f64 / self.seconds().median
    }

    pub fn flops_per_second(&self) -> f64 {
        self.epoch_flops / self.seconds().median
    }

    /// The device as it was asked for.
    pub fn choice(&self) -> &str {
        self.name.strip_prefix(NAME).unwrap_or(&self.name)
    }
}

/// Before the device in [`Measurement::name`].
pub const NAME: &str = "shadernets ";

/// [`Counters`] of a part of a training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    pub dispatches: f64,
    pub submissions: f64,
    pub uploads: f64,
    pub uploaded_bytes: f64,
    pub readbacks: f64,
    pub readback_bytes: f64,
    pub waits: f64,
}

impl Counts {
    /// What came from one reading of the counters to another, divided among `parts`.
    pub fn between(before: &Counters, after: &Counters, parts: usize) -> Self {
        let share = |count: fn(&Counters) -> u64| {
            (count(after) - count(before)) as f64 / parts.max(1) as f64
        };
        Self {
            dispatches: share(|c| c.dispatches),
            submissions: share(|c| c.submissions),
            uploads: share(|c| c.uploads),
            uploaded_bytes: share(|c| c.uploaded_bytes),
            readbacks: share(|c| c.readbacks),
            readback_bytes: share(|c| c.readback_bytes),
            waits: share(|c| c.waits),
        }
    }
}

/// A device's own limits, measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// `shadernets <device as asked for>`.
    pub name: String,
    pub device: String,
    pub driver: String,
    /// Bytes read and written per second by a copy in the device's memory.
    pub copy_bytes_per_second: f64,
    /// Of a product of 1024 x 1024 matrices, 2 operations a multiply-add.
    pub matmul_flops_per_second: f64,
}

/// Floating-point operations of the matrix products of an epoch, `samples` of training and dev.
///
/// Each weight takes part in one multiply-add a sample forward, one for its own gradient, and, but for the
/// first layer, whose inputs need no gradient, one for that of its inputs; dev goes forward only.
pub fn epoch_flops(compiled: &Compiled, samples: [usize; 2]) -> f64 {
    let tensors = &compiled.program.tensors;
    let weights = compiled.parameters.iter().filter_map(|parameter| {
        let is_weight = matches!(parameter.initial, Initial::Weights { .. });
        is_weight.then(|| tensors.len(parameter.value) as f64)
    });
    let [training, dev] = samples.map(|samples| samples as f64);
    let products = |(layer, weights): (usize, f64)| {
        let trained = if layer == 0 { 2.0 } else { 3.0 };
        2.0 * weights * (trained * training + dev)
    };
    weights.enumerate().map(products).sum()
}
