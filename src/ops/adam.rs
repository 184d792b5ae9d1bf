//! The Adam optimizer (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("adam");

/// Decay rates of the moments' averages.
pub const BETAS: [f64; 2] = [0.9, 0.999];
/// Added to the square root of the second moment.
pub const EPS: f64 = 1e-8;

/// One bias-corrected step, with the learning rate and corrections of the step state:
/// `theta -= rate / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)`.
#[derive(Debug, Clone)]
pub struct Adam {
    pub parameter: TensorId,
    pub gradient: TensorId,
    /// Moving average of the gradient, the parameter's shape.
    pub m: TensorId,
    /// Moving average of its square, the parameter's shape.
    pub v: TensorId,
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
        let gradient = memory.read(self.gradient);
        let (mut m, mut v) = (memory.write(self.m), memory.write(self.v));
        let mut theta = memory.write(self.parameter);
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

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let length = tensors.len(self.parameter);
        vec![
            Dispatch::new(SHADER, "adam")
                .size(length)
                .number(BETAS[0])
                .number(BETAS[1])
                .number(EPS)
                .state()
                .read(self.gradient)
                .update(self.m)
                .update(self.v)
                .update(self.parameter)
                .over(length),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "adam",
        case: |c| {
            let (rows, cols) = (c.size(), c.size());
            let (parameter, gradient) = (c.matrix("theta", rows, cols), c.matrix("g", rows, cols));
            let (m, v) = (c.matrix("m", rows, cols), c.matrix("v", rows, cols));
            c.uniform(v, 0.001..1.0);
            c.op(Adam {
                parameter,
                gradient,
                m,
                v,
            });
        },
    }]
}
