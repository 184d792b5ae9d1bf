//! Where a program's tensors lie on a device.

use super::Gpu;
use crate::backend::BackendError;
use crate::ops::Dispatch;
use crate::program::{Element, Phase, Program, Role};

/// Where a tensor lies on the device: in a buffer of its own, its slab's or that of the data set. Scratch memory
/// has one too.
#[derive(Clone)]
pub(super) struct Room {
    pub(super) buffer: wgpu::Buffer,
    /// In bytes.
    pub(super) offset: u64,
    /// Bytes to bind: the tensor's, rounded up to whole vectors; those of all replicas.
    pub(super) size: u64,
    /// From one replica to the next, in numbers of 32 bits; 0 of what they share.
    pub(super) stride: usize,
}

/// Numbers of 32 bits that strides are multiples of: whole vectors.
const ALIGNMENT: usize = 64;

/// Makes a buffer for each tensor that lies in no other's, and puts `samples` into those of the data set.
///
/// # Errors
/// A tensor is larger than the device allows, or the device is out of memory.
pub(super) fn create_rooms(
    gpu: &Gpu,
    program: &Program,
    dispatches: [&[Dispatch]; 2],
    samples: &[f32],
) -> Result<Vec<Room>, BackendError> {
    let limit = gpu.max_tensor_bytes();
    let tensors = &program.tensors;
    let elements = elements(program, dispatches);
    let mut rest = samples;
    let mut rooms: Vec<Option<Room>> = Vec::new();
    for id in tensors.ids() {
        let tensor = &tensors[id];
        let replicas = tensors.copies(id);
        let stride = elements[id.index()].next_multiple_of(ALIGNMENT);
        let bytes = 4 * (elements[id.index()] + (replicas - 1) * stride) as u64;
        if bytes > limit {
            return Err(BackendError::TooLarge {
                tensor: tensor.name.clone(),
                bytes,
                limit,
                device: gpu.name().to_owned(),
                advice: match tensor.role {
                    Role::Parameter | Role::Gradient | Role::Optimizer => {
                        "choose a smaller --resize or fewer units in --layers"
                    }
                    _ => "choose a smaller --max-minibatch-size or --resize",
                },
            });
        }
        if tensor.place.is_some() || tensor.stand_in.is_some() {
            rooms.push(None);
            continue;
        }
        let size = bytes.next_multiple_of(16).max(16);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(&tensor.name),
            size,
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        // Out of memory shows here first.
        gpu.trouble.check()?;
        if tensor.element == Element::Sample {
            let (part, others) = rest.split_at(tensors.len(id).min(rest.len()));
            rest = others;
            upload(gpu, &buffer, part)?;
        }
        rooms.push(Some(Room {
            buffer,
            offset: 0,
            size,
            stride: if replicas == 1 { 0 } else { stride },
        }));
    }
    let placed = tensors.ids().map(|id| {
        if let Some(other) = tensors[id].stand_in {
            return rooms[other.index()].clone();
        }
        let Some(place) = tensors[id].place else {
            return rooms[id.index()].clone();
        };
        let slab = rooms[place.slab.index()].as_ref()?;
        let others = (tensors.copies(id) - 1) * slab.stride;
        Some(Room {
            buffer: slab.buffer.clone(),
            offset: 4 * place.offset as u64,
            size: (4 * (others + tensors.len(id)) as u64).next_multiple_of(16),
            stride: slab.stride,
        })
    });
    // Slabs and parts of the data set are tensors with rooms of their own.
    Ok(placed.flatten().collect())
}

/// Makes the scratch memory that all dispatches share, as large as the largest need; none if nothing needs any.
///
/// # Errors
/// The device is out of memory.
pub(super) fn create_scratch(
    gpu: &Gpu,
    replicas: usize,
    dispatches: [&[Dispatch]; 2],
) -> Result<Option<Room>, BackendError> {
    let needs = dispatches.into_iter().flatten();
    let needs = needs.filter_map(|dispatch| dispatch.scratch);
    let Some(elements) = needs.map(|scratch| scratch.elements).max() else {
        return Ok(None);
    };
    let stride = elements.next_multiple_of(ALIGNMENT);
    let elements = elements + (replicas - 1) * stride;
    let size = (4 * elements as u64).next_multiple_of(16).max(16);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("scratch"),
        size,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    gpu.trouble.check()?;
    Ok(Some(Room {
        buffer,
        offset: 0,
        size,
        stride: if replicas == 1 { 0 } else { stride },
    }))
}

/// Copies numbers to a buffer, bit by bit: what is on its way lies in memory once more.
fn upload(gpu: &Gpu, buffer: &wgpu::Buffer, numbers: &[f32]) -> Result<(), BackendError> {
    /// Numbers on their way at once: 2 MiB.
    const AT_ONCE: usize = 1 << 19;
    for (i, numbers) in numbers.chunks(AT_ONCE).enumerate() {
        let offset = 4 * (i * AT_ONCE) as u64;
        let bytes = bytemuck::cast_slice(numbers);
        gpu.queue.write_buffer(buffer, offset, bytes);
        gpu.queue.submit([]);
        // A browser does not wait, and frees what is copied when it can.
        #[cfg(feature = "native")]
        let _ = gpu.device.poll(wgpu::PollType::wait_indefinitely());
        gpu.trouble.check()?;
    }
    Ok(())
}

/// Elements that each tensor needs room for: of one with a row a sample, as many rows as the phases that use
/// it have samples at once, and none if no dispatch of theirs does.
fn elements(program: &Program, dispatches: [&[Dispatch]; 2]) -> Vec<usize> {
    let tensors = &program.tensors;
    let mut elements: Vec<usize> = tensors
        .ids()
        .map(|id| {
            if tensors.is_batch(id) {
                0
            } else {
                tensors.len(id)
            }
        })
        .collect();
    for (phase, dispatches) in [Phase::Train, Phase::Evaluate].into_iter().zip(dispatches) {
        let tensors = program.tensors_of(phase);
        for operand in dispatches.iter().flat_map(|dispatch| &dispatch.operands) {
            let needed = &mut elements[operand.tensor.index()];
            *needed = tensors.len(operand.tensor).max(*needed);
        }
    }
    elements
}

impl Room {
    pub(super) fn binding(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.buffer,
            offset: self.offset,
            size: std::num::NonZero::new(self.size),
        })
    }
}
