//! What the harnesses of the Rust peers share: the [`Workload`] that `shadernets bench --export` wrote, the
//! [`Arguments`] of a harness, and the [`Measurement`] that it prints as one line of JSON.
//!
//! The model is NLayers: per hidden layer Dense without bias, BatchNorm (eps 1e-5, momentum 0.1), leaky ReLU
//! (slope [`SLOPE`]); then Dense without bias, BatchNorm and softmax cross-entropy. Adam with betas 0.9 and
//! 0.999 and epsilon [`ADAM_EPSILON`].

mod file;
mod measurement;

use std::path::PathBuf;

pub use file::{Block, Split, Visits, Workload};
pub use measurement::{Measurement, measure};

/// Slope of the leaky ReLU for negative inputs.
pub const SLOPE: f64 = 0.01;
/// Added to the square root of Adam's second moment.
pub const ADAM_EPSILON: f64 = 1e-8;
/// Added to the variance in BatchNorm.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;

/// What a harness is asked to measure.
#[derive(clap::Args)]
pub struct Arguments {
    /// The exported workload, a safetensors file
    #[arg(long)]
    pub from: PathBuf,
    /// Epochs to train, the first one included
    #[arg(long, default_value_t = 10)]
    pub epochs: usize,
}
