//! Batch normalization (Ioffe and Szegedy, 2015), training and in use.

mod passes;

use super::case::{CaseBuilder, Entry};
use super::{CHUNK, Dispatch, Kernel, Memory, Real, Shader, Target, chunks, shader};
use crate::program::{Role, TensorId, Tensors};

const SHADER: Shader = shader!("batch_norm");

/// Added to the variance.
pub const EPS: f64 = 1e-5;
/// Weight of the newest minibatch in the running statistics.
pub const MOMENTUM: f64 = 0.1;

/// The tensors of one layer; `x`, `y`: `[batch, units]`, the others `[1, units]`.
#[derive(Debug, Clone)]
pub struct BatchNorm {
    pub x: TensorId,
    pub y: TensorId,
    pub gamma: TensorId,
    pub beta: TensorId,
    pub running_mean: TensorId,
    pub running_variance: TensorId,
    pub(super) mean: TensorId,
    /// `1 / sqrt(variance + eps)`.
    pub(super) inverse_deviation: TensorId,
    /// `[chunks, 2 * units]`.
    partial: TensorId,
}

impl BatchNorm {
    /// The layer on these tensors; `statistics` are those that [`BatchNorm::statistics`] made.
    pub fn new(
        tensors: &mut Tensors,
        [x, y]: [TensorId; 2],
        [gamma, beta]: [TensorId; 2],
        [running_mean, running_variance]: [TensorId; 2],
        [mean, inverse_deviation]: [TensorId; 2],
    ) -> Self {
        let (partials, units) = (chunks(tensors.rows(x)), tensors.cols(x));
        Self {
            x,
            y,
            gamma,
            beta,
            running_mean,
            running_variance,
            mean,
            inverse_deviation,
            partial: tensors.matrix("partial", partials, 2 * units, Role::Scratch),
        }
    }

    /// Adds the tensors that hold the minibatch's mean and inverse deviation between the passes.
    pub fn statistics(tensors: &mut Tensors, units: usize) -> [TensorId; 2] {
        ["mean", "inverse deviation"].map(|name| tensors.matrix(name, 1, units, Role::Activation))
    }

    fn dispatch(&self, tensors: &Tensors, entry: &'static str, update_running: bool) -> Dispatch {
        Dispatch::new(SHADER, entry)
            .size(tensors.cols(self.x))
            .word(u32::from(update_running))
            .number(EPS)
            .number(MOMENTUM)
            .state()
    }

    fn over_chunks(&self, dispatch: Dispatch, tensors: &Tensors) -> Dispatch {
        dispatch
            .over(tensors.len(self.partial) / 2)
            .iterations(2 * CHUNK)
    }
}

/// `y = gamma * (x - mean) / sqrt(variance + eps) + beta` with the minibatch's own statistics.
#[derive(Debug, Clone)]
pub struct NormalizeByBatch {
    pub layer: BatchNorm,
    /// In training; not when the batch's own statistics serve an evaluation.
    pub update_running: bool,
}

impl Kernel for NormalizeByBatch {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        self.layer.moments(memory, self.update_running);
        self.layer.normalize(memory, self.layer.y, |y| y);
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let l = &self.layer;
        let units = tensors.cols(l.x);
        let partial = l
            .dispatch(tensors, "partial_moments", false)
            .read(l.x)
            .write(l.partial);
        vec![
            l.over_chunks(partial, tensors),
            l.dispatch(tensors, "combine_moments", self.update_running)
                .read(l.partial)
                .write(l.mean)
                .write(l.inverse_deviation)
                .update(l.running_mean)
                .update(l.running_variance)
                .over(units)
                .iterations(tensors.rows(l.partial)),
            l.dispatch(tensors, "normalize", false)
                .read(l.x)
                .read(l.mean)
                .read(l.inverse_deviation)
                .read(l.gamma)
                .read(l.beta)
                .write(l.y)
                .over(tensors.len(l.x)),
        ]
    }
}

/// The same with the running statistics: the layer in use.
#[derive(Debug, Clone)]
pub struct NormalizeByRunning {
    pub layer: BatchNorm,
}

impl Kernel for NormalizeByRunning {
    fn name(&self) -> &'static str {
        "batch_norm_running"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        self.layer.normalize_in_use(memory, self.layer.y, |y| y);
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let l = &self.layer;
        vec![
            l.dispatch(tensors, "normalize_running", false)
                .read(l.x)
                .read(l.running_mean)
                .read(l.running_variance)
                .read(l.gamma)
                .read(l.beta)
                .write(l.y)
                .over(tensors.len(l.x)),
        ]
    }
}

/// `dbeta = sum dy`, `dgamma = sum dy * xhat`,
/// `dx = gamma / sqrt(variance + eps) * (dy - (dbeta + xhat * dgamma) / rows)`.
#[derive(Debug, Clone)]
pub struct BatchNormGradient {
    pub layer: BatchNorm,
    pub dy: TensorId,
    pub dx: TensorId,
    pub dgamma: TensorId,
    pub dbeta: TensorId,
}

impl Kernel for BatchNormGradient {
    fn name(&self) -> &'static str {
        "batch_norm_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let gradients = [self.dgamma, self.dbeta];
        self.layer
            .gradients(memory, self.dy, self.dx, gradients, |_, dy| dy);
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let l = &self.layer;
        let partial = l
            .dispatch(tensors, "partial_gradients", false)
            .read(l.x)
            .read(l.mean)
            .read(l.inverse_deviation)
            .read(self.dy)
            .write(l.partial);
        vec![
            l.over_chunks(partial, tensors),
            l.dispatch(tensors, "combine_gradients", false)
                .read(l.partial)
                .write(self.dbeta)
                .write(self.dgamma)
                .over(tensors.cols(l.x))
                .iterations(tensors.rows(l.partial)),
            l.dispatch(tensors, "input_gradient", false)
                .read(l.x)
                .read(l.mean)
                .read(l.inverse_deviation)
                .read(self.dy)
                .read(l.gamma)
                .read(self.dbeta)
                .read(self.dgamma)
                .write(self.dx)
                .over(tensors.len(l.x)),
        ]
    }
}

/// A layer with random parameters.
pub(super) fn case(c: &mut CaseBuilder, [x, y]: [TensorId; 2], units: usize) -> BatchNorm {
    let (gamma, beta) = (c.matrix("gamma", 1, units), c.matrix("beta", 1, units));
    let running_mean = c.matrix("running mean", 1, units);
    let running_variance = c.matrix("running variance", 1, units);
    c.uniform(running_variance, 0.1..2.0);
    let statistics = BatchNorm::statistics(&mut c.tensors, units);
    let running = [running_mean, running_variance];
    BatchNorm::new(&mut c.tensors, [x, y], [gamma, beta], running, statistics)
}

pub fn entries() -> Vec<Entry> {
    fn layer(c: &mut CaseBuilder) -> BatchNorm {
        let units = c.size();
        let (x, y) = (c.batch("x", units), c.output("y", units));
        case(c, [x, y], units)
    }
    vec![
        Entry {
            name: "batch_norm",
            case: |c| {
                let layer = layer(c);
                let update_running = c.integer(0..2) == 0;
                c.op(NormalizeByBatch {
                    layer,
                    update_running,
                });
            },
        },
        Entry {
            name: "batch_norm_running",
            case: |c| {
                let layer = layer(c);
                c.op(NormalizeByRunning { layer });
            },
        },
        Entry {
            name: "batch_norm_gradient",
            case: |c| {
                // With 1 or 2 rows dx is 0 but for rounding: nothing to compare.
                c.at_least_rows(5);
                let layer = layer(c);
                let units = c.tensors.cols(layer.x);
                let (dy, dx) = (c.batch("dy", units), c.output("dx", units));
                let dgamma = c.output_matrix("dgamma", 1, units);
                let dbeta = c.output_matrix("dbeta", 1, units);
                let forward = NormalizeByBatch {
                    layer: layer.clone(),
                    update_running: false,
                };
                let inputs = [(layer.x, dx), (layer.gamma, dgamma), (layer.beta, dbeta)];
                c.derivative_of(forward, &[(layer.y, dy)], &inputs);
                c.op(BatchNormGradient {
                    layer,
                    dy,
                    dx,
                    dgamma,
                    dbeta,
                });
            },
        },
    ]
}
