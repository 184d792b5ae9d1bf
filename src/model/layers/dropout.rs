//! Dropout: in training, drops units at random and scales up the others; in use, nothing.

use super::Layer;
use crate::ops::dropout;
use crate::program::{List, Program, Role, TensorId, Tensors};

/// Inverted dropout; a rate of 0 writes no op at all.
pub struct Dropout {
    rate: f64,
    layer: u32,
    /// Output, and gradient with respect to the input.
    tensors: Option<(TensorId, TensorId)>,
}

impl Dropout {
    pub fn new(tensors: &mut Tensors, index: usize, units: usize, rate: f64) -> Self {
        let tensors = (rate > 0.0).then(|| {
            (
                tensors.batch("Dropout", units, Role::Activation),
                tensors.batch("Dropout", units, Role::ActivationGradient),
            )
        });
        Self {
            rate,
            layer: index as u32,
            tensors,
        }
    }

    fn op(&self, x: TensorId, y: TensorId) -> dropout::Dropout {
        dropout::Dropout {
            x,
            y,
            layer: self.layer,
        }
    }
}

impl Layer for Dropout {
    fn name(&self) -> &'static str {
        "Dropout"
    }

    fn describe(&self) -> String {
        format!("rate {}", self.rate)
    }

    fn forward(&self, program: &mut Program, list: List, x: TensorId) -> TensorId {
        match self.tensors {
            Some((y, _)) if list == List::Forward => {
                program.emit(list, self.op(x, y));
                y
            }
            _ => x,
        }
    }

    fn backward(&self, program: &mut Program, _: TensorId, dy: TensorId) -> TensorId {
        let Some((_, dx)) = self.tensors else {
            return dy;
        };
        program.emit(List::Backward, self.op(dy, dx));
        dx
    }
}
