//! The GPU backend: each op's dispatches of WGSL compute shaders, through wgpu.
//!
//! [`Gpu`] is an open device, [`shaders`] assembles WGSL texts, [`Pipelines`] compiles them once a
//! device, and [`GpuBackend`] holds a program's buffers and records its steps.

#[cfg(feature = "native")]
pub mod autotune;
mod data_sets;
mod device;
#[cfg(feature = "native")]
mod pipeline_cache;
mod pipelines;
#[cfg(feature = "native")]
mod profiler;
mod program;
mod readback;
mod replicas;
mod rooms;
pub mod shaders;
#[cfg(feature = "native")]
pub mod software;
#[cfg(feature = "native")]
mod subgroups;

pub use device::{Gpu, adapters, is_chosen, is_software, rank};
pub use pipelines::{MAX_ITERATIONS, Pipelines};
pub use program::GpuBackend;
