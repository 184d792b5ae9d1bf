//! Where a program's tensors lie on a device.

use super::Gpu;
use crate::backend::BackendError;
use crate::program::{Element, Role, Tensors};

/// Where a tensor lies on the device: in a buffer of its own, or in its slab's.
#[derive(Clone)]
pub(super) struct Room {
    pub(super) buffer: wgpu::Buffer,
    /// In bytes.
    pub(super) offset: u64,
    /// Bytes to bind: the tensor's, rounded up to whole vectors.
    pub(super) size: u64,
}

/// Makes a buffer for each tensor that lies in no other's, and puts `samples` into those of the data set.
///
/// # Errors
/// A tensor is larger than the device allows, or the device is out of memory.
pub(super) fn create_rooms(
    gpu: &Gpu,
    tensors: &Tensors,
    samples: &[f32],
) -> Result<Vec<Room>, BackendError> {
    let limit = gpu.max_tensor_bytes();
    let mut rest = samples;
    let mut rooms: Vec<Option<Room>> = Vec::new();
    for id in tensors.ids() {
        let tensor = &tensors[id];
        let bytes = 4 * tensors.len(id) as u64;
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
        if tensor.place.is_some() {
            rooms.push(None);
            continue;
        }
        let is_sample = tensor.element == Element::Sample;
        let size = bytes.next_multiple_of(16).max(16);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(&tensor.name),
            size,
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: is_sample,
        });
        // Out of memory shows here first: an invalid buffer must not be mapped.
        gpu.trouble.check()?;
        if is_sample {
            let (part, others) = rest.split_at(tensors.len(id).min(rest.len()));
            rest = others;
            let mut view =
                buffer
                    .get_mapped_range_mut(..)
                    .map_err(|error| BackendError::OutOfMemory {
                        device: gpu.name().to_owned(),
                        message: error.to_string(),
                    })?;
            view.slice(..4 * part.len())
                .copy_from_slice(bytemuck::cast_slice(part));
            drop(view);
            buffer.unmap();
        }
        rooms.push(Some(Room {
            buffer,
            offset: 0,
            size,
        }));
    }
    let placed = tensors.ids().map(|id| {
        let Some(place) = tensors[id].place else {
            return rooms[id.index()].clone();
        };
        let slab = rooms[place.slab.index()].as_ref()?;
        Some(Room {
            buffer: slab.buffer.clone(),
            offset: 4 * place.offset as u64,
            size: (4 * tensors.len(id) as u64).next_multiple_of(16),
        })
    });
    // Every slab is a tensor of its own, with a room of its own.
    Ok(placed.flatten().collect())
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
