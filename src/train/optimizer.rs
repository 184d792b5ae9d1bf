//! Optimizers: the ops that turn gradients into updated parameters.

use crate::config::OptimizerKind;
use crate::model::Parameter;
use crate::ops::adam::Adam;
use crate::ops::sgd::Sgd;
use crate::program::{List, Program, Role};

/// Writes the update of all parameters.
pub fn emit(program: &mut Program, kind: OptimizerKind, parameters: &[Parameter]) {
    for parameter in parameters {
        let (theta, gradient) = (parameter.value, parameter.gradient);
        match kind {
            OptimizerKind::Adam => {
                let [m, v] = ["m", "v"].map(|moment| {
                    let tensors = &mut program.tensors;
                    let name = format!("{}_{moment}", tensors[theta].name);
                    let (rows, cols) = (tensors.rows(theta), tensors.cols(theta));
                    tensors.matrix(name, rows, cols, Role::Optimizer)
                });
                let op = Adam {
                    parameter: theta,
                    gradient,
                    m,
                    v,
                };
                program.emit(List::Backward, op);
            }
            OptimizerKind::Constant | OptimizerKind::ExponentialDecay => {
                let parameter = theta;
                program.emit(
                    List::Backward,
                    Sgd {
                        parameter,
                        gradient,
                    },
                );
            }
        }
    }
}
