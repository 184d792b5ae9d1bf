//! Bringing tensors back to the host without waiting.

use futures_channel::oneshot;

use super::Gpu;
use crate::backend::BackendError;
use crate::program::{Element, Values};

/// Where one tensor lies in the readback buffer.
pub(super) struct Piece {
    pub(super) buffer: wgpu::Buffer,
    /// Where in the buffer it begins, in bytes.
    pub(super) offset: u64,
    pub(super) element: Element,
    /// Bytes of one replica, a multiple of 4.
    pub(super) bytes: u64,
    /// How many replicas, and bytes from one to the next.
    pub(super) copies: u64,
    pub(super) stride: u64,
}

impl Piece {
    pub(super) fn all_bytes(&self) -> u64 {
        self.copies * self.bytes
    }
}

/// Tensors on their way to the host.
pub(super) struct Readback {
    pieces: Vec<(Element, u64)>,
    staging: wgpu::Buffer,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Readback {
    /// Queues copies of the buffers to one that the host can map, and maps it when that is done.
    pub(super) fn request(gpu: &Gpu, pieces: Vec<Piece>) -> Self {
        let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: pieces.iter().map(Piece::all_bytes).sum::<u64>().max(4),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut offset = 0;
        for piece in &pieces {
            for replica in 0..piece.copies {
                encoder.copy_buffer_to_buffer(
                    &piece.buffer,
                    piece.offset + replica * piece.stride,
                    &staging,
                    offset,
                    piece.bytes,
                );
                offset += piece.bytes;
            }
        }
        gpu.queue.submit([encoder.finish()]);
        let (done, mapped) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone if the run ended meanwhile: then nobody wants to know.
            let _ = done.send(result);
        });
        Self {
            pieces: pieces
                .iter()
                .map(|piece| (piece.element, piece.all_bytes()))
                .collect(),
            staging,
            mapped,
        }
    }

    /// The tensors, once they are here.
    pub(super) fn poll(&mut self, gpu: &Gpu) -> Result<Option<Vec<Values>>, BackendError> {
        let lost = |message: String| BackendError::Lost {
            device: gpu.name().to_owned(),
            message,
        };
        match self.mapped.try_recv() {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(()))) => {}
            Ok(Some(Err(error))) => return Err(lost(error.to_string())),
            Err(oneshot::Canceled) => return Err(lost("its queue is gone".to_owned())),
        }
        let view = self
            .staging
            .get_mapped_range(..)
            .map_err(|error| lost(error.to_string()))?;
        let mut offset = 0;
        let mut values = Vec::with_capacity(self.pieces.len());
        for (element, bytes) in &self.pieces {
            let end = offset + *bytes as usize;
            let words = view[offset..end].chunks_exact(4);
            let words = words.map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
            values.push(match element {
                Element::Uint => Values::Uint(words.collect()),
                Element::Real | Element::Sample => {
                    Values::Real(words.map(|word| f64::from(f32::from_bits(word))).collect())
                }
            });
            offset = end;
        }
        Ok(Some(values))
    }
}
