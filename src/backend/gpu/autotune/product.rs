//! A product of random matrices, to check and time kernels with.

use std::sync::Arc;
use std::time::Instant;

use crate::backend::check::error;
use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::{GpuBackend, Pipelines};
use crate::backend::{Backend, BackendError};
use crate::ops::matmul::{MatMul, Plan, Shape, Wanted};
use crate::ops::rng;
use crate::ops::state::StepState;
use crate::program::{List, Phase, Program, Role, TensorId, Tensors, Values};

/// Longest side that is measured: longer ones behave alike, and take long to fill and to check.
const LONGEST: usize = 4096;

/// Elements of both operands up to which k is measured as it is: how long it is decides whether parts of it pay.
const ELEMENTS: usize = 4 << 20;

/// Timed runs, of which the median counts.
const RUNS: usize = 3;

/// Seconds that a run should take, so that the clock and the submission do not matter.
const A_RUN: f64 = 2e-3;

/// Random operands, and what the CPU makes of them.
pub(super) struct Product {
    shape: Shape,
    /// `flops` of the shape that was asked for, over those of what is measured.
    scale: f64,
    operands: [Values; 2],
    expected: Values,
}

impl Product {
    pub(super) fn new(shape: &Shape) -> Self {
        let side = |size: usize, longest: usize| {
            if size <= longest {
                size
            } else {
                longest + size % 64
            }
        };
        let (m, n) = (side(shape.m, LONGEST), side(shape.n, LONGEST));
        // A whole number of 64s, so that k divides by what it did.
        let longest_k = (ELEMENTS / (m + n).max(1))
            .next_multiple_of(64)
            .max(LONGEST);
        let k = side(shape.k, longest_k);
        let small = Shape { m, k, n, ..*shape };
        let fill = |stream: u32, [rows, cols]: [usize; 2]| {
            let draw = |i: u32| {
                let [word, ..] = rng::pcg4d([i, stream, 0, 0]);
                f64::from(2.0 * rng::unit::<f32>(word) - 1.0)
            };
            Values::Real((0..(rows * cols) as u32).map(draw).collect())
        };
        let operands = [
            fill(0, shape.form.stored_a(small.m, small.k)),
            fill(1, shape.form.stored_b(small.k, small.n)),
        ];
        let (program, [a, b, c]) = program(&small, Wanted::Fastest);
        let mut cpu = CpuBackend::<f32>::new(program, &Arc::default(), state(&small));
        cpu.write(a, &operands[0]);
        cpu.write(b, &operands[1]);
        // The CPU backend does not fail.
        let _ = cpu.run(Phase::Evaluate, 1);
        Self {
            shape: small,
            scale: shape.flops() / small.flops(),
            expected: cpu.read(c),
            operands,
        }
    }

    /// Seconds of one product of the whole shape; none if the kernel computes wrong.
    pub(super) fn measure(
        &self,
        pipelines: &Pipelines,
        plan: Plan,
    ) -> Result<Option<f64>, BackendError> {
        let (program, [a, b, c]) = program(&self.shape, Wanted::Exactly(plan));
        let length = program.tensors.len(c);
        let mut gpu = GpuBackend::new(pipelines, program, &Arc::default())?;
        gpu.write(a, &self.operands[0]);
        gpu.write(b, &self.operands[1]);
        gpu.write(c, &Values::Real(vec![f64::NAN; length]));
        gpu.set_state(state(&self.shape));
        gpu.run(Phase::Evaluate, 1)?;
        gpu.request(&[c]);
        let found = loop {
            gpu.wait()?;
            if let Some(mut found) = gpu.poll()? {
                break found.swap_remove(0);
            }
        };
        if error(&self.expected, &found) > 1e-5 * (self.shape.k as f64).sqrt() {
            return Ok(None);
        }
        let mut run = |steps: u32| -> Result<f64, BackendError> {
            let begun = Instant::now();
            gpu.run(Phase::Evaluate, steps)?;
            gpu.wait()?;
            Ok(begun.elapsed().as_secs_f64() / f64::from(steps))
        };
        let steps = ((A_RUN / run(1)?) as u32).clamp(1, 64);
        let mut seconds = [0.0; RUNS];
        for seconds in &mut seconds {
            *seconds = run(steps)?;
        }
        seconds.sort_by(f64::total_cmp);
        Ok(Some(seconds[RUNS / 2] * self.scale))
    }
}

/// All rows of the minibatch in use.
fn state(shape: &Shape) -> StepState {
    let rows = room(shape) as u32;
    StepState {
        rows,
        end: rows,
        batch: rows,
        ..StepState::default()
    }
}

fn room(shape: &Shape) -> usize {
    match (shape.batch_is_m, shape.batch_is_k) {
        (true, _) => shape.m,
        (_, true) => shape.k,
        _ => 1,
    }
}

/// One product, and its tensors a, b and c.
fn program(shape: &Shape, wanted: Wanted) -> (Arc<Program>, [TensorId; 3]) {
    let mut tensors = Tensors::new(room(shape));
    let mut add = |name: &str, [rows, cols]: [usize; 2], is_batch: bool| {
        if is_batch {
            tensors.batch(name, cols, Role::Activation)
        } else {
            tensors.matrix(name, rows, cols, Role::Activation)
        }
    };
    let form = shape.form;
    let either = shape.batch_is_m || shape.batch_is_k;
    let a = add("a", form.stored_a(shape.m, shape.k), either);
    let b = add("b", form.stored_b(shape.k, shape.n), shape.batch_is_k);
    let c = add("c", [shape.m, shape.n], shape.batch_is_m);
    let mut program = Program::new(tensors);
    let product = MatMul {
        wanted,
        ..MatMul::new(a, b, c, form)
    };
    program.emit(List::Evaluate, product);
    (Arc::new(program), [a, b, c])
}
