//! A program on a GPU: its buffers, and its steps ready to be submitted.

use std::sync::Arc;

use super::pipelines::{Pipeline, dispatches_of};
#[cfg(feature = "native")]
use super::profiler::Profiler;
use super::readback::{Piece, Readback};
use super::rooms::{Room, create_rooms, create_scratch};
use super::{Gpu, MAX_ITERATIONS, Pipelines};
#[cfg(feature = "native")]
use crate::backend::profile::Profile;
use crate::backend::{Backend, BackendError, Counters, steps_within};
use crate::ops::Dispatch;
use crate::ops::state::StepState;
use crate::program::{Phase, Program, TensorId, Tensors, Values};

/// Multiply-adds after which a submission ends, so that no driver takes it for a hung one: a third of a second on a
/// software adapter.
const WORK_AT_ONCE: usize = 8_000_000_000;

/// A dispatch with all that it needs.
pub(super) struct Ready {
    pipeline: Arc<Pipeline>,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

impl Ready {
    pub(super) fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline.compute);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// Values of replicas that follow each other, to be written at once.
struct Upload {
    tensor: TensorId,
    /// The first replica, and the one that comes next.
    replicas: std::ops::Range<usize>,
    bytes: Vec<u8>,
}

/// Bytes from one replica to the next up to which writes of several become one.
const WRITTEN_ALONG: usize = 4096;

/// A program loaded on a GPU. Buffers, pipelines and bind groups are made once, here.
pub struct GpuBackend {
    gpu: Gpu,
    program: Arc<Program>,
    rooms: Vec<Room>,
    train: Vec<Ready>,
    /// Dispatches of `train` up to the minibatch, and up to its loss.
    fetch: usize,
    loss: usize,
    evaluate: Vec<Ready>,
    steps_at_once: u32,
    upload: Option<Upload>,
    readback: Option<Readback>,
    counters: Counters,
    #[cfg(feature = "native")]
    profiler: Option<Profiler>,
}

impl GpuBackend {
    /// Loads a program; its sample tensors hold the data set's `samples`, one after the other.
    ///
    /// # Errors
    /// A tensor is larger than the device allows, a kernel would loop too long, or the device is out
    /// of memory.
    pub fn new(
        pipelines: &Pipelines,
        program: Arc<Program>,
        samples: &Arc<Vec<f32>>,
    ) -> Result<Self, BackendError> {
        let gpu = pipelines.gpu().clone();
        let dispatches = |phase| dispatches_of(&program, phase, gpu.target());
        let [train, evaluate] = [Phase::Train, Phase::Evaluate].map(dispatches);
        let rooms = create_rooms(
            &gpu,
            &program,
            [&train, &evaluate],
            samples,
            pipelines.data_sets(),
        )?;
        let tensors = &program.tensors;
        let scratch = create_scratch(&gpu, tensors.replicas(), [&train, &evaluate])?;
        pipelines.prepare(tensors, train.iter().chain(&evaluate));
        let train = load(pipelines, tensors, &rooms, scratch.as_ref(), &train)?;
        let evaluate = load(pipelines, tensors, &rooms, scratch.as_ref(), &evaluate)?;
        gpu.trouble.check()?;
        let fetch = dispatches(Phase::Fetch).len();
        Ok(Self {
            fetch,
            loss: fetch + dispatches(Phase::Loss).len(),
            steps_at_once: steps_within(&program, WORK_AT_ONCE),
            gpu,
            program,
            rooms,
            train,
            evaluate,
            upload: None,
            readback: None,
            counters: Counters::default(),
            #[cfg(feature = "native")]
            profiler: None,
        })
    }

    fn dispatches(&self, phase: Phase) -> &[Ready] {
        match phase {
            Phase::Train => &self.train,
            Phase::Fetch => &self.train[..self.fetch],
            Phase::Loss => &self.train[self.fetch..self.loss],
            Phase::Evaluate => &self.evaluate,
        }
    }

    /// Hands steps to the device.
    fn submit(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError> {
        #[cfg(feature = "native")]
        if let Some(mut profiler) = self.profiler.take() {
            let submitted = profiler.submit(&self.gpu, phase, self.dispatches(phase), steps);
            self.profiler = Some(profiler);
            return submitted;
        }
        let step = std::iter::repeat_n(self.dispatches(phase), steps as usize);
        submit(&self.gpu, step.flatten());
        Ok(())
    }

    fn upload(&mut self, replica: usize, tensor: TensorId, bytes: &[u8]) {
        let room = &self.rooms[tensor.index()];
        let bytes = &bytes[..bytes.len().min(self.bytes(tensor) as usize)];
        let (stride, offset) = (4 * room.stride, room.offset);
        // What lies between whole replicas is nobody's, except in a slab.
        let own = &self.program.tensors[tensor];
        let is_alone = own.place.is_none() && own.stand_in.is_none();
        let is_whole = bytes.len() as u64 == self.bytes(tensor);
        if !(is_alone && is_whole && (1..=WRITTEN_ALONG).contains(&stride)) {
            self.finish_upload();
            let offset = offset + (replica * stride) as u64;
            return self.write_bytes(tensor, offset, bytes);
        }
        let follows = |upload: &Upload| upload.tensor == tensor && upload.replicas.end == replica;
        if !self.upload.as_ref().is_some_and(follows) {
            self.finish_upload();
        }
        let upload = self.upload.get_or_insert_with(|| Upload {
            tensor,
            replicas: replica..replica,
            bytes: Vec::new(),
        });
        let before = (replica - upload.replicas.start) * stride;
        upload.bytes.resize(before, 0);
        upload.bytes.extend_from_slice(bytes);
        upload.replicas.end = replica + 1;
    }

    /// Hands over what is gathered, before what comes after it.
    fn finish_upload(&mut self) {
        if let Some(upload) = self.upload.take() {
            let room = &self.rooms[upload.tensor.index()];
            let offset = room.offset + 4 * (upload.replicas.start * room.stride) as u64;
            self.write_bytes(upload.tensor, offset, &upload.bytes);
        }
    }

    fn write_bytes(&mut self, tensor: TensorId, offset: u64, bytes: &[u8]) {
        let buffer = &self.rooms[tensor.index()].buffer;
        self.gpu.queue.write_buffer(buffer, offset, bytes);
        self.counters.uploads += 1;
        self.counters.uploaded_bytes += bytes.len() as u64;
    }

    /// Bytes of a replica's tensor on the device: of one with a row a sample, of the rows that there is room for.
    fn bytes(&self, tensor: TensorId) -> u64 {
        let room = &self.rooms[tensor.index()];
        let others = (self.program.tensors.copies(tensor) - 1) * room.stride;
        let all = 4 * self.program.tensors.len(tensor) as u64;
        all.min(room.size - 4 * others as u64)
    }
}

/// Binds the operands of dispatches, and their scratch memory.
fn load(
    pipelines: &Pipelines,
    tensors: &Tensors,
    rooms: &[Room],
    scratch: Option<&Room>,
    dispatches: &[Dispatch],
) -> Result<Vec<Ready>, BackendError> {
    let device = &pipelines.gpu().device;
    if let Some(dispatch) = dispatches.iter().find(|d| d.iterations > MAX_ITERATIONS) {
        return Err(BackendError::TooLong {
            op: dispatch.entry,
            iterations: dispatch.iterations,
            limit: MAX_ITERATIONS,
        });
    }

    // All params lie in one buffer, each at the alignment that the device asks for.
    let alignment = device.limits().min_storage_buffer_offset_alignment as usize;
    let mut words = Vec::new();
    let (mut offsets, mut sizes) = (Vec::new(), Vec::new());
    for dispatch in dispatches {
        offsets.push(words.len());
        let mut params = dispatch.params.clone();
        if tensors.replicas() > 1 {
            params.splice(..0, strides(tensors.replicas(), dispatch, rooms, scratch));
        }
        words.extend_from_slice(bytemuck::cast_slice(&params));
        sizes.push((4 * params.len()).next_multiple_of(16).max(16) as u64);
        words.resize(words.len().next_multiple_of(alignment.max(16)), 0);
    }
    let params = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("params"),
        size: words.len().max(16) as u64,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    pipelines.gpu().queue.write_buffer(&params, 0, &words);

    let places = offsets.into_iter().zip(sizes);
    let ready = dispatches
        .iter()
        .zip(places)
        .map(|(dispatch, (offset, size))| {
            let pipeline = pipelines.get(tensors, dispatch);
            let mut entries = vec![wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &params,
                    offset: offset as u64,
                    size: std::num::NonZero::new(size),
                }),
            }];
            let operands = dispatch.operands.iter();
            let operands = operands.map(|operand| &rooms[operand.tensor.index()]);
            let scratch = dispatch.scratch.and(scratch);
            for (room, binding) in operands.chain(scratch).zip(1..) {
                entries.push(wgpu::BindGroupEntry {
                    binding,
                    resource: room.binding(),
                });
            }
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(dispatch.entry),
                layout: &pipeline.layout,
                entries: &entries,
            });
            Ready {
                pipeline,
                bind_group,
                workgroups: dispatch.workgroups_of(replicas_of(dispatch, tensors)),
            }
        });
    Ok(ready.collect())
}

/// Strides of the bindings, as `replicas::of_many` declares them.
fn strides(
    replicas: usize,
    dispatch: &Dispatch,
    rooms: &[Room],
    scratch: Option<&Room>,
) -> Vec<u32> {
    let operands = dispatch.operands.iter();
    let operands = operands.map(|operand| rooms[operand.tensor.index()].stride);
    let scratch = dispatch.scratch.and(scratch).map(|room| room.stride);
    // Binding 0, the params, has none: there stands how many replicas there are.
    let strides = std::iter::once(replicas).chain(operands).chain(scratch);
    let mut strides: Vec<u32> = strides.map(|stride| stride as u32).collect();
    strides.resize(super::replicas::BINDINGS, 0);
    strides
}

/// How many replicas a dispatch works for: one if all that it uses is shared.
fn replicas_of(dispatch: &Dispatch, tensors: &Tensors) -> usize {
    let copies = dispatch.operands.iter().map(|o| tensors.copies(o.tensor));
    copies.max().unwrap_or(1)
}

/// Hands dispatches to the device, in order.
pub(super) fn submit<'a>(gpu: &Gpu, dispatches: impl Iterator<Item = &'a Ready>) {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        dispatches.for_each(|ready| ready.dispatch(&mut pass));
    }
    gpu.queue.submit([encoder.finish()]);
}

impl Backend for GpuBackend {
    fn device(&self) -> &str {
        self.gpu.name()
    }

    fn epsilon(&self) -> f64 {
        f64::from(f32::EPSILON)
    }

    fn set_states(&mut self, states: &[StepState]) {
        let Some(last) = states.last() else { return };
        let replicas = self.program.tensors.replicas();
        let states: Vec<_> = (0..replicas)
            .map(|replica| *states.get(replica).unwrap_or(last))
            .collect();
        let words = StepState::to_words(&states);
        self.upload(0, Tensors::STATE, bytemuck::cast_slice(&words));
        #[cfg(feature = "native")]
        if let Some(profiler) = &mut self.profiler {
            profiler.set_state(states[0]);
        }
    }

    fn write(&mut self, tensor: TensorId, values: &Values) {
        for replica in 0..self.program.tensors.copies(tensor) {
            self.write_replica(replica, tensor, values);
        }
    }

    fn write_replica(&mut self, replica: usize, tensor: TensorId, values: &Values) {
        match values {
            Values::Uint(values) => self.upload(replica, tensor, bytemuck::cast_slice(values)),
            Values::Real(values) => {
                let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
                self.upload(replica, tensor, bytemuck::cast_slice(&values));
            }
        }
    }

    fn run(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError> {
        self.finish_upload();
        let dispatches = self.dispatches(phase).len() as u64;
        // The work of all replicas together is what a driver may take for a hung one.
        let replicas = self.program.tensors.replicas() as u32;
        let at_once = (self.steps_at_once / replicas).max(1);
        let mut left = steps;
        while left > 0 {
            let steps = left.min(at_once);
            self.submit(phase, steps)?;
            self.counters.submissions += 1;
            left -= steps;
        }
        self.counters.dispatches += u64::from(steps) * dispatches;
        self.gpu.trouble.check()
    }

    fn request_first(&mut self, tensors: &[(TensorId, usize)]) {
        let pieces = tensors.iter().map(|(id, most)| Piece {
            buffer: self.rooms[id.index()].buffer.clone(),
            offset: self.rooms[id.index()].offset,
            element: self.program.tensors[*id].element,
            bytes: self.bytes(*id).min(4u64.saturating_mul(*most as u64)),
            copies: self.program.tensors.copies(*id) as u64,
            stride: 4 * self.rooms[id.index()].stride as u64,
        });
        let pieces: Vec<Piece> = pieces.collect();
        self.finish_upload();
        self.counters.readbacks += 1;
        self.counters.readback_bytes += pieces.iter().map(Piece::all_bytes).sum::<u64>();
        self.counters.submissions += 1;
        self.readback = Some(Readback::request(&self.gpu, pieces));
    }

    fn poll(&mut self) -> Result<Option<Vec<Values>>, BackendError> {
        let polled = self.gpu.device.poll(wgpu::PollType::Poll);
        self.gpu.trouble.check()?;
        polled.map_err(|error| BackendError::Lost {
            device: self.gpu.name().to_owned(),
            message: error.to_string(),
        })?;
        let Some(readback) = &mut self.readback else {
            return Ok(None);
        };
        let values = readback.poll(&self.gpu)?;
        if values.is_some() {
            self.readback = None;
        }
        Ok(values)
    }

    #[cfg(feature = "native")]
    fn wait(&mut self) -> Result<(), BackendError> {
        self.counters.waits += 1;
        let waited = self.gpu.device.poll(wgpu::PollType::wait_indefinitely());
        self.gpu.trouble.check()?;
        waited.map(|_| ()).map_err(|error| BackendError::Lost {
            device: self.gpu.name().to_owned(),
            message: error.to_string(),
        })
    }

    fn counters(&self) -> Counters {
        self.counters
    }

    #[cfg(feature = "native")]
    fn start_profile(&mut self, origin: std::time::Instant) {
        if self.program.tensors.replicas() > 1 {
            return;
        }
        let target = self.gpu.target();
        let dispatches = |phase| dispatches_of(&self.program, phase, target);
        let [train, evaluate] = [Phase::Train, Phase::Evaluate].map(dispatches);
        let dispatches = [&train[..], &evaluate];
        self.profiler = Some(Profiler::new(
            &self.gpu,
            &self.program,
            dispatches,
            self.fetch,
            origin,
        ));
    }

    #[cfg(feature = "native")]
    fn take_profile(&mut self) -> Result<Option<Profile>, BackendError> {
        let profiler = self.profiler.as_mut();
        profiler
            .map(|profiler| profiler.take(&self.gpu))
            .transpose()
    }

    fn steps_at_once(&self) -> u32 {
        self.steps_at_once
    }
}
