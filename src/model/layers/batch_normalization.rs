//! BatchNormalization: each unit's outputs to mean beta and deviation gamma.

use super::Layer;
use crate::config::BatchNormEval;
use crate::model::{Initial, Parameter, parameter};
use crate::ops::batch_norm::{BatchNorm, BatchNormGradient, NormalizeByBatch, NormalizeByRunning};
use crate::program::{List, Program, Role, TensorId, Tensors};

/// Normalizes by the minibatch in training, and in use by the running statistics or the batch.
pub struct BatchNormalization {
    units: usize,
    gamma: Parameter,
    beta: Parameter,
    running: [TensorId; 2],
    statistics: [TensorId; 2],
    y: TensorId,
    dx: TensorId,
    in_use: BatchNormEval,
}

impl BatchNormalization {
    /// Parameters are named `<prefix>Gamma` and `<prefix>Beta`, running statistics `<prefix>Mean` and
    /// `<prefix>Variance`.
    pub fn new(tensors: &mut Tensors, prefix: &str, units: usize, in_use: BatchNormEval) -> Self {
        let name = |part: &str| format!("{prefix}{part}");
        Self {
            units,
            gamma: parameter(tensors, name("Gamma"), [1, units], Initial::Constant(1.0)),
            beta: parameter(tensors, name("Beta"), [1, units], Initial::Constant(0.0)),
            running: ["Mean", "Variance"].map(|p| tensors.matrix(name(p), 1, units, Role::Running)),
            statistics: BatchNorm::statistics(tensors, units),
            y: tensors.batch("BatchNormalization", units, Role::Activation),
            dx: tensors.batch("BatchNormalization", units, Role::ActivationGradient),
            in_use,
        }
    }

    fn op(&self, program: &mut Program, x: TensorId) -> BatchNorm {
        let parameters = [self.gamma.value, self.beta.value];
        BatchNorm::new(
            &mut program.tensors,
            [x, self.y],
            parameters,
            self.running,
            self.statistics,
        )
    }
}

impl Layer for BatchNormalization {
    fn name(&self) -> &'static str {
        "BatchNormalization"
    }

    fn describe(&self) -> String {
        format!("{}", self.units)
    }

    fn forward(&self, program: &mut Program, list: List, x: TensorId) -> TensorId {
        let layer = self.op(program, x);
        let update_running = list == List::Forward;
        if update_running || self.in_use == BatchNormEval::Batch {
            program.emit(
                list,
                NormalizeByBatch {
                    layer,
                    update_running,
                },
            );
        } else {
            program.emit(list, NormalizeByRunning { layer });
        }
        self.y
    }

    fn backward(&self, program: &mut Program, x: TensorId, dy: TensorId) -> TensorId {
        let layer = self.op(program, x);
        let gradient = BatchNormGradient {
            layer,
            dy,
            dx: self.dx,
            dgamma: self.gamma.gradient,
            dbeta: self.beta.gradient,
        };
        program.emit(List::Backward, gradient);
        self.dx
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![self.gamma.clone(), self.beta.clone()]
    }

    fn running(&self) -> Vec<(TensorId, f64)> {
        let [mean, variance] = self.running;
        vec![(mean, 0.0), (variance, 1.0)]
    }
}
