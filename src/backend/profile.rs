//! What a device did, kernel by kernel: what `--profiling` shows.

mod cost;
mod recorder;

pub use cost::{Cost, Work};
pub(super) use recorder::{Known, Recorder};

use crate::program::Phase;

/// What the times of a [`Profile`] were taken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The host's, around each op that it ran.
    Host,
    /// The device's, before and after each kernel.
    Timestamps,
    /// The host's, around each submission, which it waited for: the device has no clock to ask.
    Submissions,
}

/// All that a device did of a program from one asking to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub clock: Clock,
    /// In the order of a training step, then in that of an evaluation's; without a clock on the device the
    /// kernels of a step stand together as one.
    pub kernels: Vec<KernelProfile>,
    /// What was done first, in order; at most [`MAX_SPANS`].
    pub spans: Vec<Span>,
    /// What was done in all, in such spans.
    pub done: u64,
}

/// Most spans that a profile keeps; the figures of its kernels count all.
pub const MAX_SPANS: usize = 4000;

/// A kernel of a program, on the CPU an op, and what its calls came to.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelProfile {
    /// [`Phase::Train`] or [`Phase::Evaluate`].
    pub phase: Phase,
    /// On a GPU the shader and the entry point.
    pub name: String,
    /// The tensors that it writes.
    pub writes: String,
    /// Dispatches that it stands for: 1, or those of a whole step.
    pub dispatches: usize,
    pub calls: u64,
    pub nanoseconds: u64,
    /// Of all calls.
    pub work: Work,
}

/// A call of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Position in [`Profile::kernels`].
    pub kernel: usize,
    /// Nanoseconds since profiling began, on the host's clock.
    pub begin: u64,
    pub end: u64,
    pub work: Work,
}
