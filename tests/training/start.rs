//! What a start asks of the GPU's driver.

use std::collections::HashSet;
use std::sync::{Arc, Barrier};

use shadernets::backend::gpu::{Gpu, GpuBackend, Pipelines};
use shadernets::config::{ExperimentConfig, ModelKind};
use shadernets::program::{Phase, Program};
use shadernets::train::{Sizes, compile};

use crate::support;
use crate::toy::dataset;

fn program() -> Arc<Program> {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![6, 5];
    compile(&config, &Sizes::of(&dataset()), 1 << 27, true).program
}

/// Different shaders, entry points and constants that a program dispatches.
fn kernels(program: &Program, gpu: &Gpu) -> usize {
    let mut kernels = HashSet::new();
    for phase in [Phase::Train, Phase::Evaluate] {
        let tensors = program.tensors_of(phase);
        for op in program.ops(phase) {
            for dispatch in op.gpu(&tensors, gpu.target()) {
                let constants = format!("{:?}", dispatch.constants);
                kernels.insert((dispatch.shader.source, dispatch.entry, constants));
            }
        }
    }
    kernels.len()
}

#[test]
fn a_program_has_each_of_its_pipelines_compiled_once() {
    let pipelines = Pipelines::new(support::pipelines().gpu().clone());
    let program = program();
    pipelines.prepare_program(&program);
    let kernels = kernels(&program, pipelines.gpu());
    assert_eq!(pipelines.compilations(), kernels);
    for _ in 0..2 {
        GpuBackend::new(&pipelines, Arc::clone(&program), &dataset().samples).unwrap();
    }
    assert_eq!(pipelines.compilations(), kernels);
}

#[test]
fn two_threads_that_load_a_program_have_its_pipelines_compiled_once() {
    let pipelines = Pipelines::new(support::pipelines().gpu().clone());
    let (program, samples) = (program(), dataset().samples.clone());
    let barrier = Barrier::new(2);
    let load = || {
        barrier.wait();
        GpuBackend::new(&pipelines, Arc::clone(&program), &samples).map(|_| ())
    };
    std::thread::scope(|scope| {
        for thread in [load, load].map(|load| scope.spawn(load)) {
            thread.join().unwrap().unwrap();
        }
    });
    assert_eq!(pipelines.compilations(), kernels(&program, pipelines.gpu()));
}
