//! L2 regularization, as the reference system defines it: `wd / m * theta` in each gradient and
//! `wd / 2 * sum theta^2` in the cost, m the minibatch's rows. (The gradient is that of
//! `wd / (2 m) * sum theta^2`; the gradient check differences that.)

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{Role, TensorId, Tensors};

const SHADER: Shader = shader!("weight_decay");

/// Elements whose squares one invocation sums.
const PIECE: usize = 1024;

/// `gradient = gradient + rate / rows * parameter`, with the step state's rate.
#[derive(Debug, Clone)]
pub struct WeightDecayGradient {
    pub parameter: TensorId,
    pub gradient: TensorId,
}

impl Kernel for WeightDecayGradient {
    fn name(&self) -> &'static str {
        "weight_decay_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let state = memory.state();
        let scale = T::from_f64(state.weight_decay / f64::from(state.rows));
        let (theta, mut gradient) = (memory.read(self.parameter), memory.write(self.gradient));
        parallel::zip(gradient.slice(), theta.slice(), |g, theta| {
            *g += scale * theta
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let length = tensors.len(self.parameter);
        vec![
            Dispatch::new(SHADER, "add_gradient")
                .size(length)
                .size(0)
                .state()
                .read(self.parameter)
                .update(self.gradient)
                .over(length),
        ]
    }
}

/// `l2[slot] = rate / 2 * sum parameter^2`, with the step state's rate.
#[derive(Debug, Clone)]
pub struct WeightDecayCost {
    pub parameter: TensorId,
    /// `[1, parameters]`.
    pub l2: TensorId,
    pub slot: usize,
    partial: TensorId,
}

impl WeightDecayCost {
    pub fn new(tensors: &mut Tensors, parameter: TensorId, l2: TensorId, slot: usize) -> Self {
        let pieces = tensors.len(parameter).div_ceil(PIECE);
        let partial = tensors.matrix("partial", pieces, 1, Role::Scratch);
        Self {
            parameter,
            l2,
            slot,
            partial,
        }
    }
}

impl Kernel for WeightDecayCost {
    fn name(&self) -> &'static str {
        "weight_decay_cost"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let theta = memory.read(self.parameter);
        // In pieces, as on a GPU: the rounding error of one long f32 sum would show in the cost.
        let squares: T = theta
            .slice()
            .chunks(PIECE)
            .map(|piece| piece.iter().map(|&theta| theta * theta).sum::<T>())
            .sum();
        memory.write(self.l2).all()[self.slot] =
            T::from_f64(0.5 * memory.state().weight_decay) * squares;
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let length = tensors.len(self.parameter);
        let pieces = tensors.rows(self.partial);
        let dispatch = |entry| {
            Dispatch::new(SHADER, entry)
                .size(length)
                .size(self.slot)
                .state()
        };
        vec![
            dispatch("partial_squares")
                .read(self.parameter)
                .write(self.partial)
                .over(pieces)
                .iterations(PIECE),
            dispatch("combine_squares")
                .read(self.partial)
                .update(self.l2)
                .iterations(pieces),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "weight_decay_gradient",
            case: |c| {
                let (rows, cols) = (c.size(), c.size());
                let parameter = c.matrix("theta", rows, cols);
                let gradient = c.matrix("gradient", rows, cols);
                c.state.weight_decay = c.number(0.01..1.0);
                c.op(WeightDecayGradient {
                    parameter,
                    gradient,
                });
            },
        },
        Entry {
            name: "weight_decay_cost",
            case: |c| {
                let (rows, cols) = (c.size(), c.size());
                let parameter = c.matrix("theta", rows, cols);
                let l2 = c.matrix("l2", 1, 3);
                let slot = c.integer(0..3);
                c.state.weight_decay = c.number(0.01..1.0);
                let op = WeightDecayCost::new(&mut c.tensors, parameter, l2, slot);
                c.op(op);
            },
        },
    ]
}
