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

/// Bytes from one replica to the next up to which what lies between two is brought along: that costs less than a copy
/// of its own.
const BROUGHT_ALONG: u64 = 4096;

impl Piece {
    pub(super) fn all_bytes(&self) -> u64 {
        self.copies * self.bytes
    }

    /// Bytes from one replica to the next in the readback buffer.
    fn step(&self) -> u64 {
        match self.stride <= BROUGHT_ALONG {
            true => self.stride.max(self.bytes),
            false => self.bytes,
        }
    }

    fn bytes_there(&self) -> u64 {
        self.copies.saturating_sub(1) * self.step() + self.bytes
    }
}

/// Tensors on their way to the host.
pub(super) struct Readback {
    pieces: Vec<Piece>,
    staging: wgpu::Buffer,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Readback {
    /// Queues copies of the buffers to one that the host can map, and maps it when that is done.
    pub(super) fn request(gpu: &Gpu, pieces: Vec<Piece>) -> Self {
        let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: pieces.iter().map(Piece::bytes_there).sum::<u64>().max(4),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut offset = 0;
        for piece in &pieces {
            let mut copy = |from, to, bytes| {
                let from = piece.offset + from;
                encoder.copy_buffer_to_buffer(&piece.buffer, from, &staging, offset + to, bytes);
            };
            if piece.step() == piece.stride {
                copy(0, 0, piece.bytes_there());
            } else {
                for replica in 0..piece.copies {
                    copy(replica * piece.stride, replica * piece.step(), piece.bytes);
                }
            }
            offset += piece.bytes_there();
        }
        gpu.queue.submit([encoder.finish()]);
        let (done, mapped) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone if the run ended meanwhile: then nobody wants to know.
            let _ = done.send(result);
        });
        Self {
            pieces,
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
        for piece in &self.pieces {
            let end = offset + piece.bytes_there() as usize;
            let replicas = view[offset..end].chunks(piece.step().max(4) as usize);
            let words = replicas.flat_map(|own| own[..piece.bytes as usize].chunks_exact(4));
            let words = words.map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
            values.push(match piece.element {
                Element::Uint => Values::Uint(words.collect()),
                Element::Real | Element::Sample | Element::ByteSample => {
                    Values::Real(words.map(|word| f64::from(f32::from_bits(word))).collect())
                }
            });
            offset = end;
        }
        Ok(Some(values))
    }
}
