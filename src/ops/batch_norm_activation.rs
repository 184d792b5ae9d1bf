//! Dropout, batch normalization and activation in one op; and the fusion that puts it in their place.

mod fuse;

use super::activation::LEAK;
use super::batch_norm::{BatchNorm, EPS, MOMENTUM};
use super::case::{CaseBuilder, Entry};
use super::dropout::Dropout;
use super::{Dispatch, Kernel, Lanes, Memory, Real, Shader, Target, shader};
use crate::config::Activation;
use crate::program::{TensorId, Tensors};

pub use fuse::fuse;

const SHADER: Lanes<Shader> = shader!("batch_norm_activation" by lanes);

/// Rows of a workgroup where those of a minibatch do not depend on each other.
const RUN: usize = 64;

/// Invocations of a workgroup along the columns and along the rows.
#[derive(Debug, Clone, Copy)]
struct Shape {
    columns: usize,
    rows: usize,
}

impl Shape {
    /// A software adapter goes down whole columns, one invocation each: its barriers are dear. But no
    /// invocation may loop for long there.
    fn of(target: &Target, batch: usize) -> Self {
        const LONG: usize = 16 * 1024;
        if target.software && batch <= LONG {
            Self {
                columns: 16,
                rows: 1,
            }
        } else {
            Self {
                columns: 8,
                rows: 32,
            }
        }
    }
}

/// `z = f(batch_norm(dropout(x)))`, dropout and f where there are such layers.
#[derive(Debug, Clone)]
pub struct BatchNormActivation {
    pub dropout: Option<Dropout>,
    /// Its `y` is not written.
    pub layer: BatchNorm,
    pub statistics: Statistics,
    pub function: Option<Activation>,
    pub z: TensorId,
}

/// Whose mean and variance normalize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    Batch { update_running: bool },
    Running,
}

/// The gradients of `x`, gamma and beta from that of `z`. The activation is computed again instead of read.
#[derive(Debug, Clone)]
pub struct BatchNormActivationGradient {
    /// As in the forward pass: its `x` is what a GPU reads, its `y` what the CPU does.
    pub dropout: Option<Dropout>,
    pub layer: BatchNorm,
    pub function: Option<Activation>,
    pub dz: TensorId,
    pub dx: TensorId,
    pub dgamma: TensorId,
    pub dbeta: TensorId,
}

/// Calls `$pass` with the function `|y| f(y)`, each a loop of its own. The slope of a ReLU is chosen first and then
/// multiplied with: of that the compiler makes vectors, of a choice between products it does not.
macro_rules! with_function {
    ($function:expr, $T:ty, $pass:expr) => {{
        let (zero, one, leak) = (<$T>::zero(), <$T>::one(), <$T as Real>::from_f64(LEAK));
        match $function {
            None => $pass(move |y: $T| y),
            Some(Activation::Relu) => $pass(move |y: $T| y.max(zero)),
            Some(Activation::LeakyRelu) => {
                $pass(move |y: $T| y * (if y > zero { one } else { leak }))
            }
            Some(Activation::Sigmoid) => $pass(move |y: $T| one / (one + (-y).exp())),
            Some(Activation::Tanh) => $pass(move |y: $T| y.tanh()),
        }
    }};
}

impl Kernel for BatchNormActivation {
    fn name(&self) -> &'static str {
        "batch_norm_activation"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        if let Some(dropout) = &self.dropout {
            dropout.cpu(memory);
        }
        let (layer, z) = (&self.layer, self.z);
        match self.statistics {
            Statistics::Batch { update_running } => {
                layer.moments(memory, update_running);
                with_function!(self.function, T, |f| layer.normalize(memory, z, f));
            }
            Statistics::Running => {
                with_function!(self.function, T, |f| layer.normalize_in_use(memory, z, f));
            }
        }
    }

    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch> {
        let l = &self.layer;
        let (cols, batch) = (tensors.cols(l.x), tensors.rows(l.x));
        let (shader, vectors) = SHADER.of(cols);
        let entry = match self.statistics {
            Statistics::Batch { .. } => "by_batch",
            Statistics::Running => "by_running",
        };
        let updates = self.statistics
            == Statistics::Batch {
                update_running: true,
            };
        let dispatch = dispatch(shader, entry, vectors, self.dropout.as_ref())
            .constant("ACTIVATION", number(self.function))
            .constant("UPDATE_RUNNING", f64::from(u8::from(updates)))
            .state()
            .read(input(self.dropout.as_ref(), l))
            .read(l.gamma)
            .read(l.beta);
        vec![match self.statistics {
            Statistics::Batch { .. } => {
                let shape = Shape::of(target, batch);
                shape
                    .apply(dispatch, vectors, batch)
                    .write(l.mean)
                    .write(l.inverse_deviation)
                    .update(l.running_mean)
                    .update(l.running_variance)
                    .write(self.z)
            }
            Statistics::Running => Shape::of(target, RUN)
                .apply(dispatch, vectors, RUN)
                .down(batch.div_ceil(RUN))
                .read(l.running_mean)
                .read(l.running_variance)
                .write(self.z),
        }]
    }
}

impl Kernel for BatchNormActivationGradient {
    fn name(&self) -> &'static str {
        "batch_norm_activation_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let gradients = [self.dgamma, self.dbeta];
        let (layer, dz, dx) = (&self.layer, self.dz, self.dx);
        let (zero, one, leak) = (T::zero(), T::one(), T::from_f64(LEAK));
        match self.function {
            None => layer.gradients(memory, dz, dx, gradients, |_, dz| dz),
            Some(Activation::Relu) => {
                let through = move |y, dz| if y > zero { dz } else { zero };
                layer.gradients(memory, dz, dx, gradients, through);
            }
            Some(Activation::LeakyRelu) => {
                let through = move |y, dz| dz * (if y > zero { one } else { leak });
                layer.gradients(memory, dz, dx, gradients, through);
            }
            Some(Activation::Sigmoid) => {
                layer.gradients(memory, dz, dx, gradients, move |y: T, dz| {
                    let s = one / (one + (-y).exp());
                    dz * s * (one - s)
                });
            }
            Some(Activation::Tanh) => {
                layer.gradients(memory, dz, dx, gradients, move |y: T, dz| {
                    let t = y.tanh();
                    dz * (one - t) * (one + t)
                });
            }
        }
        if let Some(dropout) = &self.dropout {
            dropout.in_place(memory, dx);
        }
    }

    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch> {
        let l = &self.layer;
        let (cols, batch) = (tensors.cols(l.x), tensors.rows(l.x));
        let (shader, vectors) = SHADER.of(cols);
        let dispatch = dispatch(shader, "gradients", vectors, self.dropout.as_ref())
            .constant("ACTIVATION", number(self.function));
        vec![
            Shape::of(target, batch)
                .apply(dispatch, vectors, batch)
                .state()
                .read(input(self.dropout.as_ref(), l))
                .read(l.gamma)
                .read(l.beta)
                .read(l.mean)
                .read(l.inverse_deviation)
                .read(self.dz)
                .write(self.dgamma)
                .write(self.dbeta)
                .write(self.dx),
        ]
    }
}

impl Shape {
    fn apply(self, dispatch: Dispatch, vectors: usize, batch: usize) -> Dispatch {
        let halvings = self.rows.ilog2() as usize;
        dispatch
            .constant("COLUMNS", self.columns as f64)
            .constant("ROWS", self.rows as f64)
            .columns(vectors, self.columns)
            .iterations(3 * batch.div_ceil(self.rows) + 2 * halvings)
    }
}

/// What a GPU reads: it drops units again wherever it needs them.
fn input(dropout: Option<&Dropout>, layer: &BatchNorm) -> TensorId {
    dropout.map_or(layer.x, |dropout| dropout.x)
}

/// The activation as the shader numbers it.
fn number(function: Option<Activation>) -> f64 {
    match function {
        None => 0.0,
        Some(Activation::Relu) => 1.0,
        Some(Activation::LeakyRelu) => 2.0,
        Some(Activation::Sigmoid) => 3.0,
        Some(Activation::Tanh) => 4.0,
    }
}

fn dispatch(
    shader: Shader,
    entry: &'static str,
    vectors: usize,
    dropout: Option<&Dropout>,
) -> Dispatch {
    Dispatch::new(shader, entry)
        .size(vectors)
        .word(dropout.map_or(0, Dropout::stream))
        .number(EPS)
        .number(MOMENTUM)
        .constant("DROPOUT", f64::from(u8::from(dropout.is_some())))
}

pub fn entries() -> Vec<Entry> {
    fn parts(c: &mut CaseBuilder, units: usize, drops: bool) -> (Option<Dropout>, BatchNorm) {
        let x = c.batch("x", units);
        let dropout = (drops && c.integer(0..2) == 0).then(|| {
            let y = c.scratch("dropped", units);
            c.state.dropout_rate = c.number(0.05..0.9);
            Dropout { x, y, layer: 3 }
        });
        let input = dropout.as_ref().map_or(x, |dropout| dropout.y);
        let y = c.scratch("y", units);
        (dropout, super::batch_norm::case(c, [input, y], units))
    }
    fn function(c: &mut CaseBuilder) -> Option<Activation> {
        let functions = [
            None,
            Some(Activation::Relu),
            Some(Activation::LeakyRelu),
            Some(Activation::Sigmoid),
            Some(Activation::Tanh),
        ];
        functions[c.integer(0..functions.len())]
    }
    fn forward(c: &mut CaseBuilder, units: usize, statistics: Statistics) {
        let (dropout, layer) = parts(c, units, statistics != Statistics::Running);
        let (function, z) = (function(c), c.output("z", units));
        c.op(BatchNormActivation {
            dropout,
            layer,
            statistics,
            function,
            z,
        });
    }
    fn backward(c: &mut CaseBuilder, units: usize) {
        let (dropout, layer) = parts(c, units, true);
        let (function, z) = (function(c), c.output("z", units));
        let (dz, dx) = (c.batch("dz", units), c.output("dx", units));
        let [dgamma, dbeta] = ["dgamma", "dbeta"].map(|name| c.output_matrix(name, 1, units));
        let forward = BatchNormActivation {
            dropout: dropout.clone(),
            layer: layer.clone(),
            statistics: Statistics::Batch {
                update_running: false,
            },
            function,
            z,
        };
        let x = dropout.as_ref().map_or(layer.x, |dropout| dropout.x);
        let inputs = [(x, dx), (layer.gamma, dgamma), (layer.beta, dbeta)];
        c.derivative_of(forward, &[(z, dz)], &inputs);
        c.op(BatchNormActivationGradient {
            dropout,
            layer,
            function,
            dz,
            dx,
            dgamma,
            dbeta,
        });
    }
    const TRAINING: Statistics = Statistics::Batch {
        update_running: true,
    };
    vec![
        Entry {
            name: "batch_norm_activation",
            case: |c| {
                let units = c.size();
                forward(c, units, TRAINING);
            },
        },
        Entry {
            name: "batch_norm_activation of vectors",
            case: |c| {
                let units = 4 * c.size();
                forward(c, units, TRAINING);
            },
        },
        Entry {
            name: "batch_norm_activation in use",
            case: |c| {
                let units = c.size();
                forward(c, units, Statistics::Running);
            },
        },
        Entry {
            name: "batch_norm_activation_gradient",
            case: |c| {
                // With few rows dx is 0 but for rounding: nothing to compare.
                c.at_least_rows(13);
                let units = c.size();
                backward(c, units);
            },
        },
        Entry {
            name: "batch_norm_activation_gradient of vectors",
            case: |c| {
                c.at_least_rows(13);
                let units = 4 * c.size();
                backward(c, units);
            },
        },
    ]
}
