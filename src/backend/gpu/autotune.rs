//! Which kernel multiplies a shape fastest on this device: measured, and remembered for the next start.
//!
//! A kernel is measured only after its result was compared with the CPU's. Choices lie in the user's cache
//! folder, one file for each adapter, driver, subgroup size and version of the templates.

mod cache;
mod product;
pub mod table;

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Gpu, Pipelines, software};
use crate::backend::BackendError;
use crate::ops::matmul::{MatMul, Plan, Shape, Wanted, candidates};
use crate::program::{Phase, Program};
use product::Product;

/// Products with less work are over before a choice could matter.
const WORTH_MEASURING: f64 = 20e6;

/// After this much measuring at a start, other shapes wait for the next start. On a software adapter the
/// time goes into compiling, 100 to 400 ms a kernel.
const AT_A_START: Duration = Duration::from_millis(400);

/// Kernels of a shape that are measured at a start.
const AT_A_START_KERNELS: usize = 2;

/// A kernel and the time that it takes; none if its result is wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    pub plan: Plan,
    pub seconds: Option<f64>,
}

/// Chooses kernels for a program's matrix products: remembered ones, then, for a bounded time, by measuring
/// the most promising ones of the largest products.
///
/// # Errors
/// The device was lost.
pub fn prepare(pipelines: &Pipelines, program: &Program) -> Result<(), BackendError> {
    let gpu = pipelines.gpu();
    if gpu.target().forced.is_some() {
        return Ok(());
    }
    let Some(folder) = software::cache_folder() else {
        return Ok(());
    };
    recall(gpu, &folder);
    let mut shapes = shapes(program);
    shapes.retain(|shape| {
        shape.flops() >= WORTH_MEASURING && gpu.target().measured.get(shape).is_none()
    });
    shapes.sort_by(|a, b| b.flops().total_cmp(&a.flops()).then(a.cmp(b)));
    let begun = Instant::now();
    let mut measured = false;
    for shape in shapes {
        if begun.elapsed() > AT_A_START {
            break;
        }
        let plans = candidates::ranked(&shape, gpu.target());
        let plans = &plans[..plans.len().min(AT_A_START_KERNELS)];
        keep_fastest(gpu, shape, &measure(pipelines, &shape, plans)?);
        measured = true;
    }
    if measured {
        remember(gpu, &folder);
    }
    Ok(())
}

/// Takes over what earlier starts have measured on this device.
pub fn recall(gpu: &Gpu, folder: &Path) {
    for (shape, plan) in cache::load(folder, gpu) {
        gpu.target().measured.keep(shape, plan);
    }
}

/// Keeps what was measured on this device for later starts. Where that is not possible they measure again.
pub fn remember(gpu: &Gpu, folder: &Path) {
    let _ = cache::store(folder, gpu, &gpu.target().measured.all());
}

/// Keeps the fastest of the measured kernels for a shape.
pub fn keep_fastest(gpu: &Gpu, shape: Shape, measurements: &[Measurement]) {
    let right = measurements
        .iter()
        .filter_map(|m| m.seconds.map(|seconds| (seconds, m.plan)));
    if let Some((_, plan)) = right.min_by(|a, b| a.0.total_cmp(&b.0)) {
        gpu.target().measured.keep(shape, plan);
    }
}

/// Measures kernels on random matrices of a shape.
///
/// # Errors
/// The device was lost.
pub fn measure(
    pipelines: &Pipelines,
    shape: &Shape,
    plans: &[Plan],
) -> Result<Vec<Measurement>, BackendError> {
    let product = Product::new(shape);
    plans
        .iter()
        .map(|plan| {
            let seconds = product.measure(pipelines, *plan)?;
            Ok(Measurement {
                plan: *plan,
                seconds,
            })
        })
        .collect()
}

/// The shapes of a program's products whose kernel is not given.
fn shapes(program: &Program) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for phase in [Phase::Train, Phase::Evaluate] {
        let tensors = program.tensors_of(phase);
        for op in program.ops(phase) {
            if let Some(op) = op.as_any().downcast_ref::<MatMul>()
                && op.wanted == Wanted::Fastest
            {
                shapes.push(op.shape(&tensors));
            }
        }
    }
    shapes.sort();
    shapes.dedup();
    shapes
}
