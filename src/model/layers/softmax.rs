//! Softmax: from logits to the probabilities of the classes.

use super::Layer;
use crate::ops::softmax::{self, SoftmaxGradient};
use crate::program::{List, Program, Role, TensorId, Tensors};

/// The last layer of every model.
pub struct Softmax {
    classes: usize,
    y: TensorId,
    dx: TensorId,
}

impl Softmax {
    pub fn new(tensors: &mut Tensors, classes: usize) -> Self {
        Self {
            classes,
            y: tensors.batch("Softmax", classes, Role::Activation),
            dx: tensors.batch("Softmax", classes, Role::ActivationGradient),
        }
    }
}

impl Layer for Softmax {
    fn name(&self) -> &'static str {
        "Softmax"
    }

    fn describe(&self) -> String {
        format!("{} classes", self.classes)
    }

    fn forward(&self, program: &mut Program, list: List, x: TensorId) -> TensorId {
        program.emit(list, softmax::Softmax { x, y: self.y });
        self.y
    }

    fn backward(&self, program: &mut Program, _: TensorId, dy: TensorId) -> TensorId {
        let (y, dx) = (self.y, self.dx);
        program.emit(List::Backward, SoftmaxGradient { y, dy, dx });
        dx
    }
}
