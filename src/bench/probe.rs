//! A device's own limits, measured: how fast it copies, and how fast it multiplies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use rayon::prelude::*;

use super::measurement::{NAME, Peak};
use crate::backend::gpu::{self, Gpu};
use crate::backend::{Backend, BackendError};
use crate::config::{DeviceChoice, KernelChoice};
use crate::ops::matmul::{Form, MatMul};
use crate::ops::parallel;
use crate::ops::state::StepState;
use crate::program::{List, Phase, Program, Role, Tensors, Values};
use crate::report::Phases;
use crate::session::Device;

/// Rows and columns of the matrices that are multiplied.
const SIDE: usize = 1024;

/// Bytes that are copied at once: more than any cache holds.
const COPIED: u64 = 128 << 20;

/// How long each probe repeats its work.
const TIME: Duration = Duration::from_millis(700);

/// How long a repetition lasts at least, so that starting and ending it do not count.
const REPETITION: Duration = Duration::from_millis(50);

/// Measures a device.
///
/// # Errors
/// There is no such device, or it fails.
pub fn measure(choice: &DeviceChoice) -> anyhow::Result<Peak> {
    let (device, _) = Device::choose(choice, KernelChoice::default())?;
    Ok(Peak {
        name: format!("{NAME}{choice}"),
        ..peak_of(&device)?
    })
}

/// Measures an open device; the result has no name.
///
/// # Errors
/// The device fails.
pub fn peak_of(device: &Device) -> anyhow::Result<Peak> {
    let multiply = multiply_seconds(device)?;
    let (copy, name) = match device {
        Device::Cpu => {
            let name = format!("CPU ({} threads)", parallel::threads());
            (copy_seconds_per_byte_on_cpu(), name)
        }
        Device::Gpu(gpus) => {
            let gpu = gpus.first().gpu();
            (copy_seconds_per_byte_on(gpu)?, gpu.name().to_owned())
        }
    };
    Ok(Peak {
        name: String::new(),
        device: name,
        driver: device.driver(),
        copy_bytes_per_second: 2.0 / copy,
        matmul_flops_per_second: 2.0 * (SIDE as f64).powi(3) / multiply,
    })
}

/// Seconds of one call of `work`, which takes the number of repetitions: the best of several.
fn best<E>(mut work: impl FnMut(u32) -> Result<(), E>) -> Result<f64, E> {
    let mut timed = |repetitions: u32| {
        let begin = Instant::now();
        work(repetitions)?;
        Ok(begin.elapsed().as_secs_f64() / f64::from(repetitions))
    };
    timed(1)?;
    let first = timed(1)?;
    let repetitions = (REPETITION.as_secs_f64() / first).ceil().clamp(1.0, 1000.0) as u32;
    let (begin, mut best) = (Instant::now(), first);
    while begin.elapsed() < TIME {
        best = best.min(timed(repetitions)?);
    }
    Ok(best)
}

/// Of a product of square matrices by the kernel that trains.
fn multiply_seconds(device: &Device) -> Result<f64, BackendError> {
    let mut tensors = Tensors::new(1);
    let [a, b, c] = ["a", "b", "c"].map(|name| tensors.matrix(name, SIDE, SIDE, Role::Activation));
    let answer = tensors.matrix("answer", 1, 1, Role::Metric);
    let mut program = Program::new(tensors);
    program.emit(List::Evaluate, MatMul::new(a, b, c, Form::Nn));
    let mut backend =
        device.load_program(Arc::new(program), &Arc::default(), &mut Phases::start())?;
    let numbers = (0..SIDE * SIDE).map(|i| (i % 251) as f64 / 251.0 - 0.5);
    let numbers = Values::Real(numbers.collect());
    backend.write(a, &numbers);
    backend.write(b, &numbers);
    backend.set_state(StepState {
        rows: 1,
        ..StepState::default()
    });
    best(|repetitions| {
        // One at a time: a driver may take a long submission for a hung one.
        (0..repetitions).try_for_each(|_| backend.run(Phase::Evaluate, 1))?;
        backend.request(&[answer]);
        finish(backend.as_mut())
    })
}

fn finish(backend: &mut dyn Backend) -> Result<(), BackendError> {
    while backend.poll()?.is_none() {
        backend.wait()?;
    }
    Ok(())
}

fn copy_seconds_per_byte_on_cpu() -> f64 {
    const PIECE: usize = 1 << 20;
    let from = vec![1u8; COPIED as usize];
    let mut to = vec![0u8; COPIED as usize];
    let copy = |repetitions: u32| {
        for _ in 0..repetitions {
            let pieces = to.par_chunks_mut(PIECE).zip(from.par_chunks(PIECE));
            pieces.for_each(|(to, from)| to.copy_from_slice(from));
            std::hint::black_box(&mut to);
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(seconds) = best(copy);
    seconds / COPIED as f64
}

/// Between two buffers, by the API's own copy, on a device of its own.
fn copy_seconds_per_byte_on(gpu: &Gpu) -> anyhow::Result<f64> {
    let adapters = pollster::block_on(gpu::adapters());
    let adapter = adapters
        .iter()
        .find(|adapter| adapter.get_info() == *gpu.info());
    let adapter = adapter.with_context(|| format!("{} is gone", gpu.name()))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        required_limits: adapter.limits(),
        ..Default::default()
    }))?;
    let size = COPIED.min(adapter.limits().max_buffer_size / 4 * 4);
    let buffer = |label| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    };
    let (from, to) = (buffer("from"), buffer("to"));
    let seconds = best(|repetitions| {
        let mut encoder = device.create_command_encoder(&Default::default());
        for _ in 0..repetitions {
            encoder.copy_buffer_to_buffer(&from, 0, &to, 0, size);
        }
        queue.submit([encoder.finish()]);
        device.poll(wgpu::PollType::wait_indefinitely()).map(|_| ())
    })?;
    Ok(seconds / size as f64)
}
