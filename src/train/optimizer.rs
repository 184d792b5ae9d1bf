//! Optimizers: the ops that turn gradients into updated parameters.

use crate::config::OptimizerKind;
use crate::model::Parameter;
use crate::ops::adam::{Adam, Moments};
use crate::ops::sgd::Sgd;
use crate::program::{List, Program, Role, Tensors};

/// Writes the update of all parameters: one op, or as many as it takes to keep each slab within
/// `max_tensor_bytes`.
pub fn emit(
    program: &mut Program,
    kind: OptimizerKind,
    parameters: &[Parameter],
    max_tensor_bytes: u64,
) {
    for parameters in groups(&program.tensors, parameters, max_tensor_bytes) {
        let tensors = &mut program.tensors;
        match kind {
            OptimizerKind::Adam => {
                let moments = parameters.iter().map(|p| moments(tensors, p)).collect();
                let op = Adam::new(tensors, moments);
                program.emit(List::Backward, op);
            }
            OptimizerKind::Constant | OptimizerKind::ExponentialDecay => {
                let pairs = parameters.iter().map(|p| [p.value, p.gradient]).collect();
                let op = Sgd::new(tensors, pairs);
                program.emit(List::Backward, op);
            }
        }
    }
}

/// Cuts the parameters into groups of at most so many bytes each, or of one parameter.
fn groups<'a>(
    tensors: &Tensors,
    parameters: &'a [Parameter],
    max_bytes: u64,
) -> Vec<&'a [Parameter]> {
    let mut groups = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (i, parameter) in parameters.iter().enumerate() {
        let more = Tensors::slab_bytes(tensors.len(parameter.value));
        if i > begin && bytes + more > max_bytes {
            groups.push(&parameters[begin..i]);
            (begin, bytes) = (i, 0);
        }
        bytes += more;
    }
    groups.push(&parameters[begin..]);
    groups
}

fn moments(tensors: &mut Tensors, parameter: &Parameter) -> Moments {
    let theta = parameter.value;
    let [m, v] = ["m", "v"].map(|moment| {
        let name = format!("{}_{moment}", tensors[theta].name);
        let (rows, cols) = (tensors.rows(theta), tensors.cols(theta));
        tensors.matrix(name, rows, cols, Role::Optimizer)
    });
    Moments {
        parameter: theta,
        gradient: parameter.gradient,
        m,
        v,
    }
}
