//! A GPU; and where it is a software adapter that computes on whatever thread asks it to, more devices of it.
//!
//! Small networks gain nothing from a second thread of llvmpipe: it costs about 25 µs a dispatch. But as many of its
//! devices as there are cores compute side by side, each driven by a thread of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::backend::BackendError;
use crate::backend::gpu::{Gpu, Pipelines, software};
use crate::ops::parallel;

/// The devices of one adapter.
pub struct Gpus {
    first: Pipelines,
    others: Mutex<BTreeMap<usize, Pipelines>>,
}

impl Gpus {
    pub fn new(gpu: Gpu) -> Self {
        Self {
            first: Pipelines::new(gpu),
            others: Mutex::default(),
        }
    }

    /// The device for all but groups of replicas.
    pub fn first(&self) -> &Pipelines {
        &self.first
    }

    /// How many devices to spread so many replicas of a small network over.
    pub fn count_for(&self, replicas: usize) -> usize {
        if software::computes_where_asked(self.first.gpu().info()) {
            (replicas / software::LEAST_OF_A_CORE).clamp(1, parallel::threads())
        } else {
            1
        }
    }

    /// The device of this number, opened if it is not yet. All share what is known of the adapter, so that each takes
    /// the same kernels.
    ///
    /// # Errors
    /// It does not open.
    pub fn get(&self, number: usize) -> Result<Pipelines, BackendError> {
        if number == 0 {
            return Ok(self.first.clone());
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = others.get(&number) {
            return Ok(open.clone());
        }
        let another = pollster::block_on(self.first.gpu().another())?;
        let another = Pipelines::new(another);
        others.insert(number, another.clone());
        Ok(another)
    }
}
