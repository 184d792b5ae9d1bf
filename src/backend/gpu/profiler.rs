//! Timing the kernels of a program: by the device's own clock before and after each, where it can be asked, else by
//! the host's around submissions that it waits for.

use std::collections::VecDeque;
use std::time::Instant;

use super::Gpu;
use super::program::Ready;
use super::readback::{Piece, Readback};
use crate::backend::BackendError;
use crate::backend::profile::{Clock, Cost, Known, Profile, Recorder};
use crate::ops::state::StepState;
use crate::ops::{Access, Dispatch};
use crate::program::{Element, Phase, Program, Tensors};

/// Kernels of one query set, each with two timestamps.
const KERNELS_OF_SET: usize = wgpu::QUERY_SET_MAX_QUERIES as usize / 2;

/// Bytes of the two timestamps.
const PAIR: usize = 2 * wgpu::QUERY_SIZE as usize;

/// Times what a program does on a GPU.
pub(super) struct Profiler {
    recorder: Recorder,
    clock: Clock,
    /// Of timestamps that are on their way.
    pending: VecDeque<Pending>,
    /// A timestamp, and the nanosecond on the host's clock that it stands for.
    zero: Option<[u64; 2]>,
    /// As the device has it.
    state: StepState,
}

/// The timestamps of a submission.
struct Pending {
    phase: Phase,
    /// Of each step.
    rows: Vec<u64>,
    submitted: u64,
    readback: Readback,
}

impl Profiler {
    /// `dispatches`: of training, of which the first `fetch` fetch the minibatch, and of an evaluation.
    pub(super) fn new(
        gpu: &Gpu,
        program: &Program,
        [train, evaluate]: [&[Dispatch]; 2],
        fetch: usize,
        origin: Instant,
    ) -> Self {
        let clock = match gpu.has_timestamps() {
            true => Clock::Timestamps,
            false => Clock::Submissions,
        };
        let known = |dispatches: &[Dispatch], phase| {
            let tensors = program.tensors_of(phase);
            dispatches.iter().map(|d| known(d, &tensors)).collect()
        };
        let (train, evaluate) = (known(train, Phase::Train), known(evaluate, Phase::Evaluate));
        Self {
            recorder: Recorder::new(clock, origin, train, fetch, evaluate),
            clock,
            pending: VecDeque::new(),
            zero: None,
            state: StepState::default(),
        }
    }

    /// What the steps that come next begin with.
    pub(super) fn set_state(&mut self, state: StepState) {
        self.state = state;
    }

    /// Hands so many steps to the device, timed.
    ///
    /// # Errors
    /// The device was lost.
    pub(super) fn submit(
        &mut self,
        gpu: &Gpu,
        phase: Phase,
        step: &[Ready],
        steps: u32,
    ) -> Result<(), BackendError> {
        let rows: Vec<u64> = (0..steps).map(|_| self.advance(phase)).collect();
        let dispatches = std::iter::repeat_n(step, steps as usize).flatten();
        let submitted = self.recorder.now();
        if self.clock == Clock::Submissions {
            super::program::submit(gpu, dispatches);
            // The next check tells of a loss.
            let _ = gpu.device.poll(wgpu::PollType::wait_indefinitely());
            let times = [submitted, self.recorder.now()];
            self.recorder.steps(phase, &rows, times);
            return Ok(());
        }
        let dispatches: Vec<&Ready> = dispatches.collect();
        if !dispatches.is_empty() {
            self.pending.push_back(Pending {
                phase,
                rows,
                submitted,
                readback: submit_timed(gpu, &dispatches),
            });
        }
        // So that what is on its way does not pile up.
        let _ = gpu.device.poll(wgpu::PollType::Poll);
        self.collect(gpu)
    }

    /// What was done since the last time; waits for what is under way.
    ///
    /// # Errors
    /// The device was lost.
    pub(super) fn take(&mut self, gpu: &Gpu) -> Result<Profile, BackendError> {
        while !self.pending.is_empty() {
            let waited = gpu.device.poll(wgpu::PollType::wait_indefinitely());
            gpu.trouble.check()?;
            waited.map_err(|error| BackendError::Lost {
                device: gpu.name().to_owned(),
                message: error.to_string(),
            })?;
            self.collect(gpu)?;
        }
        Ok(self.recorder.take())
    }

    /// Follows the device's own state by a step; the rows that it has.
    fn advance(&mut self, phase: Phase) -> u64 {
        let state = &mut self.state;
        if phase != Phase::Loss {
            state.offset = state.offset.saturating_add(state.rows);
            state.rows = state.batch.min(state.end.saturating_sub(state.offset));
        }
        u64::from(state.rows)
    }

    /// Notes the timestamps that have come.
    fn collect(&mut self, gpu: &Gpu) -> Result<(), BackendError> {
        let period = f64::from(gpu.queue.get_timestamp_period());
        while let Some(pending) = self.pending.front_mut() {
            let Some(values) = pending.readback.poll(gpu)? else {
                return Ok(());
            };
            let words = values.first().map_or(&[][..], |values| values.uint());
            let ticks = words.chunks_exact(2);
            let ticks = ticks.map(|word| u64::from(word[0]) | u64::from(word[1]) << 32);
            let ticks: Vec<u64> = ticks.collect();
            // The two clocks are as far apart as it takes for no submission to begin before it is handed over.
            let first = [
                ticks.first().copied().unwrap_or_default(),
                pending.submitted,
            ];
            let on_host = |[zero, since]: [u64; 2], tick: u64| {
                since + (tick.saturating_sub(zero) as f64 * period) as u64
            };
            let known = self
                .zero
                .filter(|zero| on_host(*zero, first[0]) >= first[1]);
            let zero = *self.zero.insert(known.unwrap_or(first));
            let kernels = ticks.len() / 2 / pending.rows.len().max(1);
            for (i, pair) in ticks.chunks_exact(2).enumerate() {
                let (step, kernel) = (i / kernels, i % kernels);
                let (rows, times) = (
                    pending.rows[step],
                    [pair[0], pair[1]].map(|tick| on_host(zero, tick)),
                );
                self.recorder.kernel(pending.phase, kernel, rows, times);
            }
            self.pending.pop_front();
        }
        Ok(())
    }
}

/// Hands dispatches to the device, each in a pass of its own between two timestamps, which come back.
fn submit_timed(gpu: &Gpu, dispatches: &[&Ready]) -> Readback {
    let bytes = (PAIR * dispatches.len()) as u64;
    let resolved = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("timestamps"),
        size: bytes,
        usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    for (i, dispatches) in dispatches.chunks(KERNELS_OF_SET).enumerate() {
        let count = 2 * dispatches.len() as u32;
        let set = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("timestamps"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        for (ready, first) in dispatches.iter().zip((0..).step_by(2)) {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &set,
                    beginning_of_pass_write_index: Some(first),
                    end_of_pass_write_index: Some(first + 1),
                }),
            });
            ready.dispatch(&mut pass);
        }
        let offset = (i * KERNELS_OF_SET * PAIR) as u64;
        encoder.resolve_query_set(&set, 0..count, &resolved, offset);
    }
    gpu.queue.submit([encoder.finish()]);
    let piece = Piece {
        buffer: resolved,
        offset: 0,
        element: Element::Uint,
        bytes,
        copies: 1,
        stride: 0,
    };
    Readback::request(gpu, vec![piece])
}

fn known(dispatch: &Dispatch, tensors: &Tensors) -> Known {
    let mut writes: Vec<&str> = dispatch
        .operands
        .iter()
        .filter(|operand| operand.access != Access::Read)
        .map(|operand| tensors[operand.tensor].name.as_str())
        .collect();
    if dispatch.scratch.is_some_and(|s| s.access != Access::Read) {
        writes.push("scratch");
    }
    Known {
        name: format!("{} / {}", dispatch.shader.name, dispatch.entry),
        writes: writes.join(", "),
        cost: Cost::of_dispatch(dispatch, tensors),
    }
}
