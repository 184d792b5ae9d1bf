//! Walks the registry of ops: every op on random shapes, on the GPU and the CPU in f32 against the
//! CPU in f64, and every backward op against central differences.

mod derivatives;
mod deviations;
mod limits;
mod products;
mod shaders;
#[path = "../support/mod.rs"]
mod support;

/// Random cases of each op.
const CASES: u64 = 24;
