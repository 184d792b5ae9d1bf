//! What an op may know about the GPU that its dispatches are for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::matmul::{Family, Plan, Shape};

/// The kind of GPU that kernels are chosen for. The default is one that nothing is known of: whatever
/// is chosen for it runs everywhere.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// It computes on the CPU, as Mesa's llvmpipe does: loads are dear, barriers very dear, and few
    /// invocations at once are enough.
    pub software: bool,
    /// Invocations of every subgroup, where the device was seen to compute right with subgroups.
    pub subgroup: Option<usize>,
    /// Bytes of a workgroup's memory, and most invocations of a workgroup; 0 if not known.
    pub workgroup_memory: usize,
    pub workgroup_invocations: usize,
    /// Takes the matrix products' kernels from this family only.
    pub forced: Option<Family>,
    /// Kernels of matrix products that were measured to be the fastest.
    pub measured: Measured,
}

/// Kernels that were measured to be the fastest, by shape; shared by all clones.
#[derive(Debug, Clone, Default)]
pub struct Measured(Arc<Mutex<BTreeMap<Shape, Plan>>>);

impl Measured {
    pub fn get(&self, shape: &Shape) -> Option<Plan> {
        self.lock().get(shape).copied()
    }

    /// Keeps a choice. The first for a shape stays: one process computes the same bits throughout.
    pub fn keep(&self, shape: Shape, plan: Plan) {
        self.lock().entry(shape).or_insert(plan);
    }

    /// All choices.
    pub fn all(&self) -> BTreeMap<Shape, Plan> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Shape, Plan>> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
