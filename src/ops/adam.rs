//! The Adam optimizer (Kingma and Ba, "Adam: a method for stochastic optimization", 2015), for many
//! parameters at once.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("adam");

/// Vectors of an invocation on a software adapter, whose reads of params and state are as dear as those of the slabs.
const SOFTWARE_RUN: usize = 4;

/// Decay rates of the moments' averages.
pub const BETAS: [f64; 2] = [0.9, 0.999];
/// Added to the square root of the second moment.
pub const EPS: f64 = 1e-8;

/// What the update of one parameter reads and changes; all of one shape.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    pub parameter: TensorId,
    pub gradient: TensorId,
    /// Moving average of the gradient.
    pub m: TensorId,
    /// Moving average of its square.
    pub v: TensorId,
}

/// One bias-corrected step of all parameters, with the learning rate and corrections of the step state:
/// `theta -= rate / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)`.
#[derive(Debug, Clone)]
pub struct Adam {
    parameters: Vec<Moments>,
    /// The slabs in which gradients, m, v and parameters lie, each in the same order.
    slabs: [TensorId; 4],
}

impl Adam {
    /// Lays the tensors in slabs, so that a GPU updates all parameters in one dispatch.
    pub fn new(tensors: &mut Tensors, parameters: Vec<Moments>) -> Self {
        let gradients = tensors.slab("gradients", parameters.iter().map(|p| p.gradient));
        let m = tensors.slab("m", parameters.iter().map(|p| p.m));
        let v = tensors.slab("v", parameters.iter().map(|p| p.v));
        let thetas = tensors.slab("parameters", parameters.iter().map(|p| p.parameter));
        Self {
            parameters,
            slabs: [gradients, m, v, thetas],
        }
    }
}

impl Kernel for Adam {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let state = memory.state();
        let [keep1, keep2] = BETAS.map(|beta| T::from_f64(1.0 - beta));
        let rate = T::from_f64(state.learning_rate / state.correction1);
        let correction2 = T::from_f64(state.correction2);
        let eps = T::from_f64(EPS);
        for p in &self.parameters {
            let gradient = memory.read(p.gradient);
            let (mut m, mut v) = (memory.write(p.m), memory.write(p.v));
            let mut theta = memory.write(p.parameter);
            parallel::zip3(
                theta.slice(),
                m.slice(),
                v.slice(),
                gradient.slice(),
                |theta, m, v, g| {
                    *m += keep1 * (g - *m);
                    *v += keep2 * (g * g - *v);
                    *theta -= rate * *m / ((*v / correction2).sqrt() + eps);
                },
            );
        }
    }

    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch> {
        let [gradients, m, v, thetas] = self.slabs;
        // Slabs are cut into vectors of 4 without a rest.
        let vectors = tensors.len(thetas) / 4;
        let run = if target.software { SOFTWARE_RUN } else { 1 };
        let across = vectors.div_ceil(run);
        vec![
            Dispatch::new(SHADER, "adam")
                .size(vectors)
                .size(across)
                .number(BETAS[0])
                .number(BETAS[1])
                .number(EPS)
                .state()
                .read(gradients)
                .update(m)
                .update(v)
                .update(thetas)
                .over(across)
                .iterations(run),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "adam",
        case: |c| {
            let parameters = (0..c.integer(1..4)).map(|_| {
                let (rows, cols) = (c.size(), c.size());
                let [parameter, gradient] = ["theta", "g"].map(|name| c.matrix(name, rows, cols));
                let [m, v] = ["m", "v"].map(|name| c.matrix(name, rows, cols));
                c.uniform(v, 0.001..1.0);
                Moments {
                    parameter,
                    gradient,
                    m,
                    v,
                }
            });
            let parameters = parameters.collect();
            let op = Adam::new(&mut c.tensors, parameters);
            c.op(op);
        },
    }]
}
