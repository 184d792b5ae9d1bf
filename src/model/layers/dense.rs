//! Dense: `y = x · Wᵀ + b`.

use super::Layer;
use crate::config::Initializer;
use crate::model::{Initial, Parameter, parameter};
use crate::ops::bias::{Bias, BiasGradient};
use crate::ops::matmul::{Form, MatMul};
use crate::program::{List, Program, Role, TensorId, Tensors};

/// A fully connected layer, with or without bias.
pub struct Dense {
    inputs: usize,
    units: usize,
    /// `[units, inputs]`.
    weights: Parameter,
    /// `[1, units]`.
    bias: Option<Parameter>,
    y: TensorId,
    /// None in the first layer: nothing before it learns.
    dx: Option<TensorId>,
}

impl Dense {
    /// Parameters are named `<prefix>W` and `<prefix>B`. The `first` layer of a model computes no
    /// gradient with respect to its input.
    pub fn new(
        tensors: &mut Tensors,
        prefix: &str,
        [inputs, units]: [usize; 2],
        bias: bool,
        first: bool,
        initializer: Initializer,
    ) -> Self {
        let initial = Initial::Weights {
            initializer,
            inputs,
            units,
        };
        Self {
            inputs,
            units,
            weights: parameter(tensors, format!("{prefix}W"), [units, inputs], initial),
            bias: bias.then(|| {
                parameter(
                    tensors,
                    format!("{prefix}B"),
                    [1, units],
                    Initial::Constant(0.0),
                )
            }),
            y: tensors.batch("Dense", units, Role::Activation),
            dx: (!first).then(|| tensors.batch("Dense", inputs, Role::ActivationGradient)),
        }
    }
}

impl Layer for Dense {
    fn name(&self) -> &'static str {
        "Dense"
    }

    fn describe(&self) -> String {
        let bias = if self.bias.is_some() { ", bias" } else { "" };
        format!("{} -> {}{bias}", self.inputs, self.units)
    }

    fn forward(&self, program: &mut Program, list: List, x: TensorId) -> TensorId {
        let weights = self.weights.value;
        program.emit(list, MatMul::new(x, weights, self.y, Form::Nt));
        if let Some(bias) = &self.bias {
            let (b, y) = (bias.value, self.y);
            program.emit(list, Bias { b, y });
        }
        self.y
    }

    fn backward(&self, program: &mut Program, x: TensorId, dy: TensorId) -> TensorId {
        let list = List::Backward;
        program.emit(list, MatMul::new(dy, x, self.weights.gradient, Form::Tn));
        if let Some(bias) = &self.bias {
            let op = BiasGradient::new(&mut program.tensors, dy, bias.gradient);
            program.emit(list, op);
        }
        let Some(dx) = self.dx else {
            return dy;
        };
        program.emit(list, MatMul::new(dy, self.weights.value, dx, Form::Nn));
        dx
    }

    fn parameters(&self) -> Vec<Parameter> {
        std::iter::once(&self.weights)
            .chain(&self.bias)
            .cloned()
            .collect()
    }
}
