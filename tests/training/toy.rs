//! Small data sets made of numbers, and ways to train on them.

use std::sync::Arc;

use shadernets::backend::Backend;
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::GpuBackend;
use shadernets::config::ExperimentConfig;
use shadernets::data::{ClassIndex, Dataset, Partitions};
use shadernets::ops::state::StepState;
use shadernets::program::{TensorId, Values};
use shadernets::train::{Compiled, Sizes, Trainer, TrainingEvent, compile, drive};

use crate::support::pipelines;

/// On what a training runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum On {
    Gpu,
    F32,
    F64,
}

pub fn load(on: On, compiled: &Compiled, samples: &Arc<Vec<f32>>) -> Box<dyn Backend> {
    let program = Arc::clone(&compiled.program);
    let state = StepState::default();
    match on {
        On::Gpu => Box::new(GpuBackend::new(pipelines(), program, samples).unwrap()),
        On::F32 => Box::new(CpuBackend::<f32>::new(program, samples, state)),
        On::F64 => Box::new(CpuBackend::<f64>::new(program, samples, state)),
    }
}

/// Tensors as they are now, however long the device takes.
pub fn read(backend: &mut dyn Backend, tensors: &[TensorId]) -> Vec<Values> {
    backend.request(tensors);
    loop {
        if let Some(values) = backend.poll().unwrap() {
            return values;
        }
        backend.wait().unwrap();
    }
}

/// Pictures of 4 x 4 gray pixels in three classes: noise, brighter in a third of the picture.
pub fn dataset() -> Arc<Dataset> {
    let (classes, per_class) = (3, 40);
    let sizes = [84, 18, 18];
    let mut samples = Vec::new();
    let mut labels = Vec::new();
    for i in 0..classes * per_class {
        let class = i % classes;
        labels.push(ClassIndex(class as u32));
        for pixel in 0..16u32 {
            let bits = shadernets::ops::rng::pcg4d([i as u32, pixel, 5, 9])[0];
            let noise: f32 = shadernets::ops::rng::unit(bits);
            let bright = pixel as usize / 6 == class;
            samples.push(0.7 * noise + if bright { 0.3 } else { 0.0 });
        }
    }
    Arc::new(Dataset {
        classes: ["a", "b", "c"].map(str::to_owned).to_vec(),
        width: 4,
        height: 4,
        channels: 1,
        samples: samples.into(),
        labels,
        partitions: Partitions::from_sizes(sizes),
        sample_numbers: (0..120).collect(),
        paths: Vec::new(),
        skipped: Vec::new(),
        ignored: 0,
    })
}

pub fn trainer(on: On, config: &ExperimentConfig, dataset: &Arc<Dataset>) -> Trainer {
    let compiled = compile(config, &Sizes::of(dataset), 1 << 27, true);
    let backend = load(on, &compiled, &dataset.samples);
    Trainer::new(config.clone(), Arc::clone(dataset), compiled, backend)
}

/// Trains to the end; the events.
pub fn train(on: On, config: &ExperimentConfig, dataset: &Arc<Dataset>) -> Vec<TrainingEvent> {
    let mut events = Vec::new();
    let mut trainer = trainer(on, config, dataset);
    drive::<anyhow::Error>(&mut trainer, |event| {
        events.push(event);
        Ok(())
    })
    .unwrap();
    events
}
