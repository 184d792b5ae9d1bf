//! What random cases are too small to meet.

use std::sync::Arc;

use shadernets::backend::check::error;
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::GpuBackend;
use shadernets::backend::{Backend, BackendError};
use shadernets::ops::bias::BiasGradient;
use shadernets::ops::state::StepState;
use shadernets::ops::{Dispatch, Kernel, Memory, Real, Shader, Target, rng};
use shadernets::program::{Element, List, Phase, Program, Role, Rows, TensorId, Tensors, Values};

use crate::support::{pipelines, wait};

fn answer(backend: &mut dyn Backend, tensor: TensorId) -> Values {
    backend.request(&[tensor]);
    loop {
        if let Some(mut values) = backend.poll().unwrap() {
            return values.remove(0);
        }
        wait(backend).unwrap();
    }
}

/// Runs an op over `rows` samples on the GPU and in f64; the relative error of `result`.
fn deviation(
    tensors: Tensors,
    op: impl shadernets::ops::Op,
    inputs: &[TensorId],
    result: TensorId,
) -> f64 {
    let rows = tensors.max_batch() as u32;
    let mut program = Program::new(tensors);
    program.emit(List::Evaluate, op);
    let program = Arc::new(program);
    let state = StepState {
        rows,
        end: rows,
        batch: rows,
        ..StepState::default()
    };
    let samples = Arc::default();
    let mut reference = CpuBackend::<f64>::new(Arc::clone(&program), &samples, state);
    let mut gpu = GpuBackend::new(pipelines(), Arc::clone(&program), &samples).unwrap();
    gpu.set_state(state);
    for id in inputs {
        let length = program.tensors.len(*id) as u32;
        let draw = |i: u32| rng::unit::<f32>(rng::pcg4d([i, 1, 2, id.index() as u32])[0]);
        let values = Values::Real((0..length).map(|i| f64::from(draw(i))).collect());
        gpu.write(*id, &values);
        reference.write(*id, &values);
    }
    gpu.run(Phase::Evaluate, 1).unwrap();
    reference.run(Phase::Evaluate, 1).unwrap();
    error(&reference.read(result), &answer(&mut gpu, result))
}

#[test]
fn a_sum_over_more_than_65535_samples_is_whole() {
    let mut tensors = Tensors::new(70_001);
    let dy = tensors.batch("dy", 3, Role::Activation);
    let db = tensors.matrix("db", 1, 3, Role::Gradient);
    let op = BiasGradient::new(&mut tensors, dy, db);
    let error = deviation(tensors, op, &[dy], db);
    assert!(error < 1e-5, "{error}");
}

/// Writes the random words of 0.. on a device.
#[derive(Debug, Clone)]
struct Probe {
    out: TensorId,
}

impl Kernel for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        for (i, row) in memory
            .write_uint(self.out)
            .slice()
            .chunks_exact_mut(4)
            .enumerate()
        {
            row.copy_from_slice(&rng::pcg4d([7, 0xdead_beef, 3, i as u32]));
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let source = "//!include shared/rng.wgsl\n\
            @group(0) @binding(0) var<storage, read> rows: u32;\n\
            @group(0) @binding(1) var<storage, read_write> words: array<vec4<u32>>;\n\
            @compute @workgroup_size(64) fn probe(@builtin(global_invocation_id) id: vec3<u32>) {\n\
                if id.x < rows { words[id.x] = pcg4d(vec4<u32>(7u, 0xdeadbeefu, 3u, id.x)); }\n\
            }";
        let shader = Shader {
            name: "probe",
            source,
        };
        let rows = tensors.rows(self.out);
        vec![
            Dispatch::new(shader, "probe")
                .size(rows)
                .write(self.out)
                .over(rows),
        ]
    }
}

#[test]
fn random_words_are_the_same_bits_on_the_gpu_and_on_the_cpu() {
    let mut tensors = Tensors::new(1);
    let out = tensors.add("words", Rows::Fixed(5000), 4, Element::Uint, Role::Data);
    assert_eq!(deviation(tensors, Probe { out }, &[], out), 0.0);
}

#[test]
fn a_tensor_larger_than_the_device_allows_is_refused_with_its_size_and_what_to_change() {
    let mut tensors = Tensors::new(1);
    let limit = pipelines().gpu().max_tensor_bytes();
    let cols = usize::try_from(limit / 4 + 1).unwrap();
    tensors.matrix("L0_Dense_W", 1, cols, Role::Parameter);
    let refused = GpuBackend::new(
        pipelines(),
        Arc::new(Program::new(tensors)),
        &Arc::default(),
    );
    let Err(error @ BackendError::TooLarge { .. }) = refused.map(|_| ()) else {
        panic!("accepted");
    };
    let text = error.to_string();
    for part in ["L0_Dense_W", &limit.to_string(), "--layers", "--device=cpu"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}
