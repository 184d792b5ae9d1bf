//! Stochastic gradient descent, with the learning rate of the step state.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("sgd");

/// `parameter = parameter - learning rate * gradient`.
#[derive(Debug, Clone)]
pub struct Sgd {
    pub parameter: TensorId,
    pub gradient: TensorId,
}

impl Kernel for Sgd {
    fn name(&self) -> &'static str {
        "sgd"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let rate = T::from_f64(memory.state().learning_rate);
        let (gradient, mut theta) = (memory.read(self.gradient), memory.write(self.parameter));
        parallel::zip(theta.slice(), gradient.slice(), |theta, g| {
            *theta -= rate * g
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let length = tensors.len(self.parameter);
        vec![
            Dispatch::new(SHADER, "sgd")
                .size(length)
                .state()
                .read(self.gradient)
                .update(self.parameter)
                .over(length),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "sgd",
        case: |c| {
            let (rows, cols) = (c.size(), c.size());
            let (parameter, gradient) = (c.matrix("theta", rows, cols), c.matrix("g", rows, cols));
            c.op(Sgd {
                parameter,
                gradient,
            });
        },
    }]
}
