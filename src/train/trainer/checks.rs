//! The trainer's checks: of gradients, and of numerical stability.

use std::sync::Arc;

use super::{Stage, TrainError, Trainer};
use crate::config::CheckAction;
use crate::ops::state::StepState;
use crate::program::{Role, TensorId, Values};
use crate::train::GradientReport;
use crate::train::events::{Instability, Snapshot, TrainingEvent};
use crate::train::gradient_check::{self, GradientCheck, SharedChecks};

/// A step whose gradients are to be checked.
pub(super) struct Check {
    /// Before the step, as the parameters are.
    pub(super) state: StepState,
    pub(super) parameters: Vec<Values>,
    pub(super) gradients: Vec<Values>,
}

/// What came of it.
pub(super) struct Checked {
    report: GradientReport,
    gradients: Vec<Values>,
}

impl Trainer {
    /// The gradients of all parameters.
    pub(super) fn gradients(&self) -> impl Iterator<Item = TensorId> + '_ {
        self.compiled
            .parameters
            .iter()
            .map(|parameter| parameter.gradient)
    }

    /// Checks gradients by references that other trainers of such programs check by as well.
    pub fn share_checks(&mut self, checks: SharedChecks) {
        self.gradient_checks = checks;
    }

    /// Whether a gradient check is what comes next: see [`Trainer::check`].
    pub fn is_to_check(&self) -> bool {
        matches!(self.stage, Stage::Check(_))
    }

    /// Does the gradient check that comes next, which [`advance`](Trainer::advance) would. It asks nothing of the
    /// device, so that those of several trainers can be done side by side.
    pub fn check(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Finished) {
            Stage::Check(check) => Stage::Checked(self.do_check(check)),
            other => other,
        };
    }

    /// Checks the gradients of the epoch's first step.
    pub(super) fn do_check(&mut self, check: Check) -> Checked {
        let Check {
            state,
            parameters,
            gradients,
        } = check;
        let labels = self.dataset.labels.iter().map(|label| label.0).collect();
        let checked = gradient_check::Checked {
            state,
            order: &Values::Uint(self.order.clone()),
            labels: &Values::Uint(labels),
            parameters: &parameters,
            gradients: &gradients,
            epsilon: self.backend.epsilon(),
            weight_decay: self.config.optimizer.weight_decay,
            samples: self.config.training.gradient_checks.samples,
        };
        let new = || {
            let program = Arc::clone(&self.compiled.program);
            GradientCheck::new(program, &self.dataset.samples, state)
        };
        let report = self.gradient_checks.run(new, &self.compiled, &checked);
        Checked { report, gradients }
    }

    /// Tells what came of a check, or fails, as its action says.
    pub(super) fn tell_check(&mut self, checked: Checked) -> Result<Stage, TrainError> {
        let Checked { report, gradients } = checked;
        let action = self.config.training.gradient_checks.action;
        let (epoch, failed) = (self.epoch, !report.passed());
        let tensors = match action {
            CheckAction::Debug if failed => self
                .gradients()
                .zip(gradients)
                .map(|(id, values)| self.snapshot(id, values))
                .collect(),
            _ => Vec::new(),
        };
        if failed && action == CheckAction::Exception {
            return Err(TrainError::Gradient { epoch, report });
        }
        self.events.push_back(TrainingEvent::GradientsChecked {
            epoch,
            report,
            tensors,
        });
        let inspect = self.config.training.instability_checks == CheckAction::Debug;
        Ok(self.after_steps(inspect))
    }

    /// What the counts of the watch show that was not told before.
    pub(super) fn instability(&self, found: &Values) -> Option<Instability> {
        let [not_finite, saturated] = found.uint().try_into().unwrap_or([0; 2]);
        if not_finite > 0 && !self.told[0] {
            return Some(Instability::NotFinite(not_finite));
        }
        (saturated > 0 && !self.told[1]).then_some(Instability::Saturated(saturated))
    }

    /// Tells a kind of instability, once.
    pub(super) fn tell(&mut self, found: Instability, tensors: Vec<Snapshot>) {
        self.told[matches!(found, Instability::Saturated(_)) as usize] = true;
        let epoch = self.epoch;
        self.events.push_back(TrainingEvent::Unstable {
            epoch,
            found,
            tensors,
        });
    }

    /// The tensors that are looked through after an unstable step.
    pub(super) fn suspects(&self) -> Vec<TensorId> {
        let tensors = &self.compiled.program.tensors;
        let suspect = |role: Role| role != Role::State && role != Role::Scratch;
        tensors
            .ids()
            .filter(|id| tensors.is_real(*id) && suspect(tensors[*id].role))
            .collect()
    }

    /// Those of the suspects that show the instability.
    pub(super) fn snapshots(&self, found: Instability, values: Vec<Values>) -> Vec<Snapshot> {
        let suspects = self.suspects().into_iter().zip(values);
        let snapshots = suspects.map(|(id, values)| (id, self.snapshot(id, values)));
        snapshots
            .filter(|(id, snapshot)| match found {
                Instability::NotFinite(_) => snapshot
                    .values
                    .real()
                    .iter()
                    .any(|value| !value.is_finite()),
                Instability::Saturated(_) => *id == self.compiled.tensors.probability,
            })
            .map(|(_, snapshot)| snapshot)
            .collect()
    }

    /// Of a batch tensor, the rows that the last training step used.
    pub(super) fn snapshot(&self, id: TensorId, mut values: Values) -> Snapshot {
        let tensors = &self.compiled.program.tensors;
        let (mut rows, cols) = (tensors.rows(id), tensors.cols(id));
        if tensors.is_batch(id) {
            rows = self.rows_of_last_step();
        }
        if let Values::Real(values) = &mut values {
            values.truncate(rows * cols);
        }
        let tensor = &tensors[id];
        let gradient = matches!(tensor.role, Role::Gradient | Role::ActivationGradient);
        let kind = if gradient { " gradient" } else { "" };
        Snapshot {
            name: format!("{:03} {}{kind}", id.index(), tensor.name),
            shape: [rows, cols],
            values,
        }
    }
}
