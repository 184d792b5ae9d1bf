//! Activation: a function of each unit.

use super::Layer;
use crate::config;
use crate::ops::activation::{Activate, ActivateGradient};
use crate::program::{List, Program, Role, TensorId, Tensors};

/// ReLU, leaky ReLU, sigmoid or tanh.
pub struct Activation {
    function: config::Activation,
    y: TensorId,
    dx: TensorId,
}

impl Activation {
    pub fn new(tensors: &mut Tensors, units: usize, function: config::Activation) -> Self {
        let name = function.to_string();
        Self {
            function,
            y: tensors.batch(name.clone(), units, Role::Activation),
            dx: tensors.batch(name, units, Role::ActivationGradient),
        }
    }
}

impl Layer for Activation {
    fn name(&self) -> &'static str {
        match self.function {
            config::Activation::Relu => "ReLU",
            config::Activation::LeakyRelu => "LeakyReLU",
            config::Activation::Tanh => "Tanh",
            config::Activation::Sigmoid => "Sigmoid",
        }
    }

    fn describe(&self) -> String {
        match self.function {
            config::Activation::LeakyRelu => format!("slope {}", crate::ops::activation::LEAK),
            _ => String::new(),
        }
    }

    fn forward(&self, program: &mut Program, list: List, x: TensorId) -> TensorId {
        let (function, y) = (self.function, self.y);
        program.emit(list, Activate { function, x, y });
        y
    }

    fn backward(&self, program: &mut Program, _: TensorId, dy: TensorId) -> TensorId {
        let (function, y, dx) = (self.function, self.y, self.dx);
        program.emit(
            List::Backward,
            ActivateGradient {
                function,
                y,
                dy,
                dx,
            },
        );
        dx
    }
}
