//! Activations of hidden layers.

use super::case::{CaseBuilder, Entry};
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::config::Activation;
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("activation");

/// Slope of the leaky ReLU below 0.
pub const LEAK: f64 = 0.01;

/// `y = f(x)`, both `[batch, units]`.
#[derive(Debug, Clone)]
pub struct Activate {
    pub function: Activation,
    pub x: TensorId,
    pub y: TensorId,
}

impl Kernel for Activate {
    fn name(&self) -> &'static str {
        match self.function {
            Activation::Relu => "relu",
            Activation::LeakyRelu => "leaky_relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
        }
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (x, mut y) = (memory.read(self.x), memory.write(self.y));
        let (x, y) = (x.slice(), y.slice());
        let (zero, one, leak) = (T::zero(), T::one(), T::from_f64(LEAK));
        match self.function {
            Activation::Relu => parallel::map(y, x, |x| x.max(zero)),
            Activation::LeakyRelu => parallel::map(y, x, |x| if x > zero { x } else { leak * x }),
            Activation::Sigmoid => parallel::map(y, x, |x| one / (one + (-x).exp())),
            Activation::Tanh => parallel::map(y, x, T::tanh),
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let entry = match self.function {
            Activation::Relu => "relu",
            Activation::LeakyRelu => "leaky_relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh_",
        };
        vec![
            Dispatch::new(SHADER, entry)
                .size(tensors.cols(self.x))
                .state()
                .read(self.x)
                .write(self.y)
                .over(tensors.len(self.x)),
        ]
    }
}

/// `dx = dy * f'(x)`, the derivative computed from `y = f(x)`.
#[derive(Debug, Clone)]
pub struct ActivateGradient {
    pub function: Activation,
    pub y: TensorId,
    pub dy: TensorId,
    pub dx: TensorId,
}

impl Kernel for ActivateGradient {
    fn name(&self) -> &'static str {
        match self.function {
            Activation::Relu => "relu_gradient",
            Activation::LeakyRelu => "leaky_relu_gradient",
            Activation::Sigmoid => "sigmoid_gradient",
            Activation::Tanh => "tanh_gradient",
        }
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (y, dy, mut dx) = (
            memory.read(self.y),
            memory.read(self.dy),
            memory.write(self.dx),
        );
        let (y, dy, dx) = (y.slice(), dy.slice(), dx.slice());
        let (zero, one, leak) = (T::zero(), T::one(), T::from_f64(LEAK));
        match self.function {
            Activation::Relu => {
                parallel::map2(dx, y, dy, |y, dy| if y > zero { dy } else { zero });
            }
            Activation::LeakyRelu => {
                parallel::map2(dx, y, dy, |y, dy| if y > zero { dy } else { leak * dy });
            }
            Activation::Sigmoid => parallel::map2(dx, y, dy, |y, dy| dy * y * (one - y)),
            Activation::Tanh => parallel::map2(dx, y, dy, |y, dy| dy * (one - y) * (one + y)),
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, Kernel::name(self))
                .size(tensors.cols(self.y))
                .state()
                .read(self.y)
                .read(self.dy)
                .write(self.dx)
                .over(tensors.len(self.y)),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    fn forward(c: &mut CaseBuilder, function: Activation) {
        let units = c.size();
        let (x, y) = (c.batch("x", units), c.output("y", units));
        c.op(Activate { function, x, y });
    }
    fn backward(c: &mut CaseBuilder, function: Activation) {
        let units = c.size();
        let (x, y) = (c.batch("x", units), c.output("y", units));
        let (dy, dx) = (c.batch("dy", units), c.output("dx", units));
        c.derivative_of(Activate { function, x, y }, &[(y, dy)], &[(x, dx)]);
        c.op(ActivateGradient {
            function,
            y,
            dy,
            dx,
        });
    }
    vec![
        Entry {
            name: "relu",
            case: |c| forward(c, Activation::Relu),
        },
        Entry {
            name: "relu_gradient",
            case: |c| backward(c, Activation::Relu),
        },
        Entry {
            name: "leaky_relu",
            case: |c| forward(c, Activation::LeakyRelu),
        },
        Entry {
            name: "leaky_relu_gradient",
            case: |c| backward(c, Activation::LeakyRelu),
        },
        Entry {
            name: "sigmoid",
            case: |c| forward(c, Activation::Sigmoid),
        },
        Entry {
            name: "sigmoid_gradient",
            case: |c| backward(c, Activation::Sigmoid),
        },
        Entry {
            name: "tanh",
            case: |c| forward(c, Activation::Tanh),
        },
        Entry {
            name: "tanh_gradient",
            case: |c| backward(c, Activation::Tanh),
        },
    ]
}
