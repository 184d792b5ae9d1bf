//! The data sets that lie on a device: each once, whoever trains on it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::program::Element;

/// A part of a data set on the device.
#[derive(Debug)]
struct Part {
    /// Gone when nobody on the host has the data set any more.
    samples: Weak<Vec<f32>>,
    /// Which of its numbers, as what.
    numbers: std::ops::Range<usize>,
    element: Element,
    buffer: wgpu::Buffer,
}

/// The parts that are there. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct DataSets(Arc<Mutex<Vec<Part>>>);

impl DataSets {
    /// The buffer of these numbers of a data set; made by `upload` if there is none yet.
    pub(super) fn get<E>(
        &self,
        samples: &Arc<Vec<f32>>,
        numbers: std::ops::Range<usize>,
        element: Element,
        upload: impl FnOnce() -> Result<wgpu::Buffer, E>,
    ) -> Result<wgpu::Buffer, E> {
        // A thread that panicked has left whole parts.
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|part| part.samples.strong_count() > 0);
        let known = parts.iter().find(|part| {
            part.samples.as_ptr() == Arc::as_ptr(samples)
                && part.numbers == numbers
                && part.element == element
        });
        if let Some(part) = known {
            return Ok(part.buffer.clone());
        }
        let buffer = upload()?;
        parts.push(Part {
            samples: Arc::downgrade(samples),
            numbers,
            element,
            buffer: buffer.clone(),
        });
        Ok(buffer)
    }
}
