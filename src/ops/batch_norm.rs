//! Batch normalization (Ioffe and Szegedy, 2015), training and in use.

use super::case::{CaseBuilder, Entry};
use super::{CHUNK, Dispatch, Kernel, Memory, Real, Shader, Target, chunks, parallel, shader};
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
    mean: TensorId,
    /// `1 / sqrt(variance + eps)`.
    inverse_deviation: TensorId,
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
        let l = &self.layer;
        let x = memory.read(l.x);
        let (mut mean, mut inverse) = (memory.write(l.mean), memory.write(l.inverse_deviation));
        let (mean, inverse) = (mean.slice(), inverse.slice());
        let rows = T::from_f64(x.view().nrows() as f64);
        let units = mean.len();
        mean.fill(T::zero());
        for row in x.slice().chunks_exact(units) {
            for (sum, &x) in mean.iter_mut().zip(row) {
                *sum += x;
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= rows);
        inverse.fill(T::zero());
        for row in x.slice().chunks_exact(units) {
            for ((squares, &mean), &x) in inverse.iter_mut().zip(&*mean).zip(row) {
                *squares += (x - mean) * (x - mean);
            }
        }
        if self.update_running {
            let (mut running_mean, mut running_variance) = (
                memory.write(l.running_mean),
                memory.write(l.running_variance),
            );
            let momentum = T::from_f64(MOMENTUM);
            let others = (rows - T::one()).max(T::one());
            for (r, &mean) in running_mean.slice().iter_mut().zip(&*mean) {
                *r += momentum * (mean - *r);
            }
            for (r, &squares) in running_variance.slice().iter_mut().zip(&*inverse) {
                *r += momentum * (squares / others - *r);
            }
        }
        let eps = T::from_f64(EPS);
        inverse
            .iter_mut()
            .for_each(|v| *v = T::one() / (*v / rows + eps).sqrt());

        let (gamma, beta) = (memory.read(l.gamma), memory.read(l.beta));
        let (gamma, beta, x) = (gamma.slice(), beta.slice(), x.slice());
        let (mean, inverse) = (&*mean, &*inverse);
        parallel::rows(memory.write(l.y).slice(), units, |row, y| {
            let x = &x[row * units..(row + 1) * units];
            for (u, y) in y.iter_mut().enumerate() {
                *y = gamma[u] * ((x[u] - mean[u]) * inverse[u]) + beta[u];
            }
        });
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
        let l = &self.layer;
        let (x, gamma, beta) = (memory.read(l.x), memory.read(l.gamma), memory.read(l.beta));
        let (mean, variance) = (memory.read(l.running_mean), memory.read(l.running_variance));
        let (x, gamma, beta) = (x.slice(), gamma.slice(), beta.slice());
        let (mean, variance, eps) = (mean.slice(), variance.slice(), T::from_f64(EPS));
        let units = gamma.len();
        parallel::rows(memory.write(l.y).slice(), units, |row, y| {
            let x = &x[row * units..(row + 1) * units];
            for (u, y) in y.iter_mut().enumerate() {
                *y = gamma[u] * ((x[u] - mean[u]) / (variance[u] + eps).sqrt()) + beta[u];
            }
        });
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
        let l = &self.layer;
        let (x, dy) = (memory.read(l.x), memory.read(self.dy));
        let (mean, inverse) = (memory.read(l.mean), memory.read(l.inverse_deviation));
        let (mut dgamma, mut dbeta) = (memory.write(self.dgamma), memory.write(self.dbeta));
        let (x, dy, mean, inverse) = (x.slice(), dy.slice(), mean.slice(), inverse.slice());
        let (dgamma, dbeta) = (dgamma.slice(), dbeta.slice());
        let units = mean.len();
        dgamma.fill(T::zero());
        dbeta.fill(T::zero());
        for (x, dy) in x.chunks_exact(units).zip(dy.chunks_exact(units)) {
            for u in 0..units {
                dbeta[u] += dy[u];
                dgamma[u] += dy[u] * ((x[u] - mean[u]) * inverse[u]);
            }
        }
        let gamma = memory.read(l.gamma);
        let (gamma, dgamma, dbeta) = (gamma.slice(), &*dgamma, &*dbeta);
        let rows = T::from_f64((x.len() / units) as f64);
        parallel::rows(memory.write(self.dx).slice(), units, |row, dx| {
            let at = row * units..(row + 1) * units;
            let (x, dy) = (&x[at.clone()], &dy[at]);
            for (u, dx) in dx.iter_mut().enumerate() {
                let xhat = (x[u] - mean[u]) * inverse[u];
                *dx = gamma[u] * inverse[u] * (dy[u] - (dbeta[u] + xhat * dgamma[u]) / rows);
            }
        });
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

pub fn entries() -> Vec<Entry> {
    fn layer(c: &mut CaseBuilder) -> BatchNorm {
        let units = c.size();
        let (x, y) = (c.batch("x", units), c.output("y", units));
        let (gamma, beta) = (c.matrix("gamma", 1, units), c.matrix("beta", 1, units));
        let running_mean = c.matrix("running mean", 1, units);
        let running_variance = c.matrix("running variance", 1, units);
        c.uniform(running_variance, 0.1..2.0);
        let statistics = BatchNorm::statistics(&mut c.tensors, units);
        let running = [running_mean, running_variance];
        BatchNorm::new(&mut c.tensors, [x, y], [gamma, beta], running, statistics)
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
