//! Who runs a [`Program`](crate::program::Program): the [`cpu`] on ndarray, or a [`gpu`] on WGSL.

pub mod check;
pub mod cpu;
pub mod gpu;
pub mod group;
#[cfg(feature = "native")]
pub mod profile;

use crate::ops::state::StepState;
use crate::program::{Phase, Program, Role, TensorId, Values};

/// A program loaded on a device, with its tensors.
///
/// Nothing here blocks: [`run`](Self::run) may only queue work, and results come back through
/// [`poll`](Self::poll).
pub trait Backend: Send {
    /// The device, for people.
    fn device(&self) -> &str;

    /// How exact its arithmetic is: the distance from 1 to the next number.
    fn epsilon(&self) -> f64;

    /// Sets the step states, one a replica, before the steps that are run next. All stand at the same place
    /// in the epoch. The last also goes for replicas that have none.
    fn set_states(&mut self, states: &[StepState]);

    /// Sets the step state of all replicas, before the steps that are run next.
    fn set_state(&mut self, state: StepState) {
        self.set_states(&[state]);
    }

    /// Sets a tensor, of all replicas, before the steps that are run next; `values` fill it from its start.
    fn write(&mut self, tensor: TensorId, values: &Values);

    /// The same of one replica.
    fn write_replica(&mut self, replica: usize, tensor: TensorId, values: &Values);

    /// Runs the phase's ops so many times, or queues that.
    ///
    /// # Errors
    /// The device was lost or ran out of memory.
    fn run(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError>;

    /// Asks for the tensors as they are after all that was run so far: of all replicas, one after the other
    /// (see [`Values::of_replica`]). One request at a time.
    fn request(&mut self, tensors: &[TensorId]) {
        let whole: Vec<_> = tensors.iter().map(|id| (*id, usize::MAX)).collect();
        self.request_first(&whole);
    }

    /// As [`request`](Self::request), for at most so many elements from the start of each, of each replica.
    fn request_first(&mut self, tensors: &[(TensorId, usize)]);

    /// The requested tensors, in the order of the request, or `None` while the device is at work.
    ///
    /// # Errors
    /// The device was lost or ran out of memory.
    fn poll(&mut self) -> Result<Option<Vec<Values>>, BackendError>;

    /// Blocks until [`poll`](Self::poll) has an answer.
    ///
    /// # Errors
    /// The device was lost.
    #[cfg(feature = "native")]
    fn wait(&mut self) -> Result<(), BackendError>;

    /// Nothing more will be asked: where others share the device's work, they need not wait for this one.
    fn leave(&mut self) {}

    /// What the host has asked of the device so far.
    fn counters(&self) -> Counters;

    /// Notes from now on what each kernel takes, in nanoseconds since `origin`. The results stay the same. A program
    /// of several replicas is not profiled.
    #[cfg(feature = "native")]
    fn start_profile(&mut self, origin: std::time::Instant);

    /// What the kernels took since the last time, or since profiling began; `None` if it did not. Blocks until the
    /// device has done all that was run.
    ///
    /// # Errors
    /// The device was lost.
    #[cfg(feature = "native")]
    fn take_profile(&mut self) -> Result<Option<profile::Profile>, BackendError>;

    /// Steps worth queueing at once: enough to keep the device busy, few enough to stay responsive. The same
    /// however many replicas there are, since the step state is set anew after so many.
    fn steps_at_once(&self) -> u32;
}

/// What a host asks of its device: each costs time however little it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Kernels started; ops run, on the CPU.
    pub dispatches: u64,
    /// Command buffers handed to the device.
    pub submissions: u64,
    /// Tensors written from the host, and their bytes.
    pub uploads: u64,
    pub uploaded_bytes: u64,
    /// Requests for tensors, and the bytes that came back.
    pub readbacks: u64,
    pub readback_bytes: u64,
    /// Times the host blocked.
    pub waits: u64,
}

/// Steps whose multiply-adds come to `work`, at least 1 and at most 64: beyond that another command buffer
/// costs nothing. A step multiplies each parameter with each sample of its minibatch about three times.
fn steps_within(program: &Program, work: usize) -> u32 {
    let tensors = program.tensors_of(Phase::Train);
    let parameters = tensors.with_role(Role::Parameter);
    let parameters: usize = parameters.iter().map(|id| tensors.len(*id)).sum();
    let of_step = (3 * parameters * tensors.max_batch()).max(1);
    ((work / of_step) as u32).clamp(1, 64)
}

/// Why a program does not run on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    #[error(
        "`{tensor}` needs {bytes} bytes and {device} allows {limit} in one buffer; {advice}, or use --device=cpu"
    )]
    TooLarge {
        tensor: String,
        bytes: u64,
        limit: u64,
        device: String,
        advice: &'static str,
    },
    #[error(
        "the {op} kernel would loop {iterations} times, more than the {limit} that software adapters allow; \
         choose a smaller --max-minibatch-size or model, or use --device=cpu"
    )]
    TooLong {
        op: &'static str,
        iterations: usize,
        limit: usize,
    },
    #[error(
        "{device} ran out of memory: {message}; choose a smaller --max-minibatch-size, --resize or model, or use --device=cpu"
    )]
    OutOfMemory { device: String, message: String },
    #[error(
        "training needs {:.1} GiB of memory, which cannot be allocated; choose a smaller --layers, \
         --max-minibatch-size, --nbr-clones or --resize", *.bytes as f64 / f64::from(1 << 30)
    )]
    NoHostMemory { bytes: u128 },
    #[error("{device} was lost: {message}; run again, or use --device=cpu")]
    Lost { device: String, message: String },
    #[error(
        "{device} rejected the program: {message}; please report this, and use --device=cpu meanwhile"
    )]
    Rejected { device: String, message: String },
    #[error("{0}")]
    NoAdapter(String),
}
