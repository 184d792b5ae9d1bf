//! What tests of the GPU share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::OnceLock;

use shadernets::backend::gpu::{Gpu, Pipelines, software};
use shadernets::backend::{Backend, BackendError};
use shadernets::config::DeviceChoice;

/// The GPU that the tests run on, opened once a process. There must be one: a run without it is a
/// failed run.
pub fn pipelines() -> &'static Pipelines {
    static PIPELINES: OnceLock<Pipelines> = OnceLock::new();
    PIPELINES.get_or_init(|| {
        // What users run. SAFETY: the first use of a GPU in the process; no other test reads the
        // environment.
        unsafe { software::set_up(false, false) };
        let gpu = pollster::block_on(Gpu::open(&DeviceChoice::Gpu)).unwrap_or_else(|error| {
            panic!("GPU tests need an adapter: {error}");
        });
        println!("GPU tests run on: {}", gpu.name());
        Pipelines::new(gpu)
    })
}

/// Waits for the backend's answer.
pub fn wait(backend: &mut dyn Backend) -> Result<(), BackendError> {
    backend.wait()
}
