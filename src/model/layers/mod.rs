//! The layers. Each is made on tensors of its own and writes its ops into a program.

mod activation;
mod batch_normalization;
mod dense;
mod dropout;
mod softmax;

pub use activation::Activation;
pub use batch_normalization::BatchNormalization;
pub use dense::Dense;
pub use dropout::Dropout;
pub use softmax::Softmax;

use super::Parameter;
use crate::program::{List, Program, TensorId};

/// A layer of a model; inputs and outputs are `[batch, units]`.
pub trait Layer {
    /// Its kind, as in the names of its parameters.
    fn name(&self) -> &'static str;

    /// What it computes, for people: sizes and settings.
    fn describe(&self) -> String;

    /// Writes the ops from `x` to the returned output into `list`: [`List::Forward`] for training,
    /// [`List::Evaluate`] for use.
    fn forward(&self, program: &mut Program, list: List, x: TensorId) -> TensorId;

    /// Writes the ops from the cost's gradient with respect to the output, `dy`, to those with respect
    /// to the parameters and, returned, to the input. `x` is the input in training.
    fn backward(&self, program: &mut Program, x: TensorId, dy: TensorId) -> TensorId;

    /// Its trained tensors.
    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// Its running statistics, and the value that each starts from.
    fn running(&self) -> Vec<(TensorId, f64)> {
        Vec::new()
    }
}
