//! How training minibatches are varied.

use std::sync::Arc;

use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::config::{Augmentation, DataConfig};
use crate::ops::noise::Noise;
use crate::ops::rng;
use crate::ops::rotate::Rotate;
use crate::ops::state::StepState;
use crate::program::{Element, List, Phase, Program, Role, Rows, TensorId, Tensors, Values};

/// Writes the augmentation of training minibatches; returns the augmented minibatch. A picture has this width,
/// height and number of channels.
pub fn augment(
    program: &mut Program,
    augmentation: &Augmentation,
    picture: [usize; 3],
    order: TensorId,
    gathered: TensorId,
) -> TensorId {
    let mut x = gathered;
    if augmentation.rotation_degrees > 0.0 {
        let [width, height, channels] = picture;
        let features = picture.iter().product();
        let y = program.tensors.batch("rotated", features, Role::Data);
        let limit_degrees = f64::from(augmentation.rotation_degrees);
        let rotate = Rotate {
            order,
            x,
            y,
            width,
            height,
            channels,
            limit_degrees,
        };
        program.emit(List::Fetch, rotate);
        x = y;
    }
    if augmentation.noise > 0.0 {
        let sigma = f64::from(augmentation.noise);
        program.emit(List::Fetch, Noise { order, x, sigma });
    }
    x
}

/// Samples as an epoch of training sees them: `[entries, features]`, as `samples` are. An entry is
/// `clone * samples of the data set + row`, as in the order of an epoch.
///
/// Needs no device, and gives what training gives on the CPU, bit for bit.
pub fn augmented(
    config: &DataConfig,
    picture: [usize; 3],
    samples: &[f32],
    entries: &[u32],
    epoch: u32,
) -> Vec<f32> {
    let features: usize = picture.iter().product();
    let rows = entries.len();
    let mut tensors = Tensors::new(rows.max(1));
    let order = Rows::Fixed(rows.max(1));
    let order = tensors.add("order", order, 1, Element::Uint, Role::Data);
    let gathered = tensors.batch("samples of the minibatch", features, Role::Data);
    let mut program = Program::new(tensors);
    let x = augment(&mut program, &config.augmentation, picture, order, gathered);
    let state = StepState {
        rows: rows as u32,
        batch: rows as u32,
        end: rows as u32,
        epoch,
        dataset_seed: rng::fold(config.seed),
        ..StepState::default()
    };
    let mut backend = CpuBackend::<f32>::new(Arc::new(program), &Arc::default(), state);
    backend.write(order, &Values::Uint(entries.to_vec()));
    let samples = samples.iter().map(|value| f64::from(*value));
    backend.write(gathered, &Values::Real(samples.collect()));
    // The CPU is never lost.
    if backend.run(Phase::Fetch, 1).is_err() {
        return Vec::new();
    }
    let values = backend.read(x);
    values.real().iter().map(|value| *value as f32).collect()
}
