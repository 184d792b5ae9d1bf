//! Stochastic gradient descent, with the learning rate of the step state, for many parameters at once.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("sgd");

/// `parameter = parameter - learning rate * gradient`, for each pair.
#[derive(Debug, Clone)]
pub struct Sgd {
    /// Parameters and their gradients.
    pairs: Vec<[TensorId; 2]>,
    /// The slabs in which they lie, in the same order.
    slabs: [TensorId; 2],
}

impl Sgd {
    /// Lays the tensors in slabs, so that a GPU updates all parameters in one dispatch.
    pub fn new(tensors: &mut Tensors, pairs: Vec<[TensorId; 2]>) -> Self {
        let thetas = tensors.slab("parameters", pairs.iter().map(|pair| pair[0]));
        let gradients = tensors.slab("gradients", pairs.iter().map(|pair| pair[1]));
        Self {
            pairs,
            slabs: [thetas, gradients],
        }
    }
}

impl Kernel for Sgd {
    fn name(&self) -> &'static str {
        "sgd"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let rate = T::from_f64(memory.state().learning_rate);
        for [parameter, gradient] in &self.pairs {
            let (gradient, mut theta) = (memory.read(*gradient), memory.write(*parameter));
            parallel::zip(theta.slice(), gradient.slice(), |theta, g| {
                *theta -= rate * g
            });
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let [thetas, gradients] = self.slabs;
        // Slabs are cut into vectors of 4 without a rest.
        let vectors = tensors.len(thetas) / 4;
        vec![
            Dispatch::new(SHADER, "sgd")
                .size(vectors)
                .state()
                .read(gradients)
                .update(thetas)
                .over(vectors),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "sgd",
        case: |c| {
            let pairs = (0..c.integer(1..4)).map(|_| {
                let (rows, cols) = (c.size(), c.size());
                ["theta", "g"].map(|name| c.matrix(name, rows, cols))
            });
            let pairs = pairs.collect();
            let op = Sgd::new(&mut c.tensors, pairs);
            c.op(op);
        },
    }]
}
