//! A trained model on a device.

use std::sync::Arc;

use anyhow::bail;

use crate::backend::Backend;
use crate::config::BatchNormEval;
use crate::model::Model;
use crate::ops::state::StepState;
use crate::program::{List, Phase, Program, Role, TensorId, Tensors, Values};
use crate::report::Phases;
use crate::runs::{Checkpoint, Network};
use crate::session::Device;

/// Most samples that are inferred at once.
const AT_ONCE: usize = 1024;

/// Most bytes of the samples that are inferred at once, or of what a layer makes of them.
const BYTES_AT_ONCE: usize = 32 << 20;

/// A model whose program has one list: from samples to probabilities.
pub struct Predictor {
    backend: Box<dyn Backend>,
    /// `[batch, features]`.
    x: TensorId,
    /// `[batch, classes]`.
    probability: TensorId,
    features: usize,
    classes: usize,
    at_once: usize,
}

impl Predictor {
    /// Loads a saved model on a device.
    ///
    /// # Errors
    /// The tensors are not those that the model's configuration asks for, or the device does not take it.
    pub fn new(model: &Checkpoint, device: &Device) -> anyhow::Result<Self> {
        // Checked before sizes that a file claims become tensors.
        let features = match Network::of(model) {
            Ok(network) => network.features,
            Err(message) => bail!(message),
        };
        let classes = model.classes.len();
        let mut config = model.config.model.clone();
        config.batch_norm_eval = BatchNormEval::Running;
        let units = config.layers.iter().copied();
        let widest = units.chain([features, classes]).max().unwrap_or(1);
        let at_once = (BYTES_AT_ONCE / 4 / widest).clamp(1, AT_ONCE);

        let mut tensors = Tensors::new(at_once);
        let x = tensors.batch("samples", features, Role::Data);
        let layers = Model::new(&config, &mut tensors, features, classes).layers;
        let mut program = Program::new(tensors);
        let probability = layers
            .iter()
            .fold(x, |x, layer| layer.forward(&mut program, List::Evaluate, x));
        program.fuse();
        let program = Arc::new(program);

        let none = Arc::new(Vec::new());
        let mut backend = device.load_program(Arc::clone(&program), &none, &mut Phases::start())?;
        for (saved, role) in [
            (&model.state.parameters, Role::Parameter),
            (&model.state.running, Role::Running),
        ] {
            for tensor in saved {
                if let Some(id) = program.tensors.find(&tensor.name, role) {
                    let values = tensor.values.iter().map(|value| f64::from(*value));
                    backend.write(id, &Values::Real(values.collect()));
                }
            }
        }
        Ok(Self {
            backend,
            x,
            probability,
            features,
            classes,
            at_once,
        })
    }

    /// Numbers of a sample.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Most samples that [`probabilities`](Self::probabilities) takes.
    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// The probabilities of the classes, `[samples, classes]`, of preprocessed samples, `[samples,
    /// features]`, values in `[0, 1]`.
    ///
    /// # Errors
    /// The device fails.
    pub fn probabilities(&mut self, samples: &[f32]) -> anyhow::Result<Vec<f32>> {
        let rows = samples.len() / self.features;
        self.backend.set_state(StepState {
            rows: rows as u32,
            batch: self.at_once as u32,
            ..StepState::default()
        });
        let samples = samples.iter().map(|value| f64::from(*value));
        self.backend.write(self.x, &Values::Real(samples.collect()));
        self.backend.run(Phase::Evaluate, 1)?;
        self.backend.request(&[self.probability]);
        let values = loop {
            match self.backend.poll()? {
                Some(values) => break values,
                None => self.backend.wait()?,
            }
        };
        let probabilities = values.first().map_or(&[][..], Values::real);
        let in_use = probabilities.iter().take(rows * self.classes);
        Ok(in_use.map(|value| *value as f32).collect())
    }
}
