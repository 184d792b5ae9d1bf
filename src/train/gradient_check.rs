//! Checks the gradients that a device computed against central differences in f64.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::Compiled;
use super::events::GradientReport;
use crate::backend::Backend;
use crate::backend::cpu::CpuBackend;
use crate::ops::state::StepState;
use crate::program::{Phase, Program, Values};

/// Largest relative distance allowed where gradients are computed in f64.
pub const LIMIT_F64: f64 = 1e-5;

/// The same for f32. Its numbers are exact to 6e-8; the sums over a minibatch, and the cancellation
/// in probability minus target and in batch normalization, leave a few 1e-5 to 1e-4 of a tensor's typical
/// gradient. A wrong sign, factor or term is off by far more.
pub const LIMIT_F32: f64 = 1e-2;

/// Gradients this small are rounding noise in f32 (one probability is exact to 6e-8): distances are
/// taken relative to at least this.
const NOISE_F32: f64 = 1e-4;

/// Steps of the differences. The smallest distance counts: too long a step crosses the kink of a ReLU
/// or sees the curvature, too short a one drowns in rounding, while a wrong gradient is wrong for all.
const STEPS: [f64; 6] = [1e-4, 1e-5, 1e-3, 1e-6, 1e-7, 1e-8];

/// Those of the steps whose rounding is small enough to tell gradients in f64 by. Of the 800 samples of a minibatch one
/// is within 1e-6 of a kink every few hundred epochs.
const STEPS_F64: usize = 4;

/// What the device had before a step, and the gradients it computed in it.
pub struct Checked<'a> {
    /// The step state before the step.
    pub state: StepState,
    /// The visiting order.
    pub order: &'a Values,
    pub labels: &'a Values,
    /// In the order of [`Compiled::parameters`].
    pub parameters: &'a [Values],
    pub gradients: &'a [Values],
    /// Of the device's arithmetic.
    pub epsilon: f64,
    pub weight_decay: f64,
    /// How many elements of each parameter to compare.
    pub samples: u32,
}

/// An element of a parameter that is moved.
struct Moved {
    /// Of [`Compiled::parameters`].
    p: usize,
    element: usize,
    /// The first op that the loss has to be computed again from.
    first_affected: usize,
}

/// The reference that a training's gradients are checked against: the same program in f64.
pub struct GradientCheck {
    reference: CpuBackend<f64>,
    /// The minibatch that lies in it.
    fetched: Option<Fetched>,
}

/// What a minibatch was fetched by, and the step state that it left.
struct Fetched {
    before: StepState,
    order: Values,
    labels: Values,
    after: StepState,
}

impl Fetched {
    /// Whether what is checked has this minibatch: replicas have the same ones.
    fn is_of(&self, checked: &Checked<'_>) -> bool {
        self.before == checked.state.of_replica(self.before)
            && self.order == *checked.order
            && self.labels == *checked.labels
    }
}

/// The references of runs of one program but for seeds and rates: each check takes one, so that there are as many as
/// checks at once.
#[derive(Clone, Default)]
pub struct SharedChecks(Arc<Mutex<Vec<GradientCheck>>>);

impl SharedChecks {
    /// Checks by a reference that nobody else checks by now; `new` makes another where there is none.
    pub fn run(
        &self,
        new: impl FnOnce() -> GradientCheck,
        compiled: &Compiled,
        checked: &Checked<'_>,
    ) -> GradientReport {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut check = taken.unwrap_or_else(new);
        let report = check.run(compiled, checked);
        idle().push(check);
        report
    }
}

impl GradientCheck {
    /// For a program on a data set.
    pub fn new(program: Arc<Program>, data: &Arc<Vec<f32>>, state: StepState) -> Self {
        Self {
            reference: CpuBackend::new(program, data, state),
            fetched: None,
        }
    }

    /// Compares `|numeric - analytic| / (|numeric| + |analytic|)` on random elements. The minibatch,
    /// augmentation and dropout masks are the device's: they are functions of the step state.
    ///
    /// The L2 gradient that is added, `wd / m * theta`, is that of `wd / (2 m) * sum theta^2`, which is
    /// what is differenced.
    pub fn run(&mut self, compiled: &Compiled, checked: &Checked<'_>) -> GradientReport {
        self.fetch(compiled, checked);
        for (parameter, values) in compiled.parameters.iter().zip(checked.parameters) {
            self.reference.write(parameter.value, values);
        }
        let in_f32 = checked.epsilon > 1e-10;
        let limit = if in_f32 { LIMIT_F32 } else { LIMIT_F64 };
        let mut report = GradientReport {
            distance: 0.0,
            parameter: String::new(),
            limit,
            compared: 0,
        };
        let elements = draw(checked);
        let distances = self.distances(compiled, checked, &elements, in_f32);
        for ([p, element], distance) in elements.into_iter().zip(distances) {
            report.compared += 1;
            // NaN counts as the largest distance.
            if distance.is_nan() || distance > report.distance || report.parameter.is_empty() {
                report.distance = if distance.is_nan() {
                    f64::INFINITY
                } else {
                    distance
                };
                let name = &compiled.program.tensors[compiled.parameters[p].value].name;
                report.parameter = format!("{name}[{element}]");
            }
        }
        report
    }

    /// Fetches the minibatch, unless it is there.
    fn fetch(&mut self, compiled: &Compiled, checked: &Checked<'_>) {
        let before = checked.state;
        let fetched = self.fetched.take().filter(|there| there.is_of(checked));
        let fetched = fetched.unwrap_or_else(|| {
            let (order, labels) = (checked.order, checked.labels);
            self.reference.write(compiled.tensors.order, order);
            self.reference.write(compiled.tensors.labels, labels);
            self.reference.set_state(before);
            // The CPU backend does not fail.
            let _ = self.reference.run(Phase::Fetch, 1);
            Fetched {
                before,
                order: order.clone(),
                labels: labels.clone(),
                after: self.reference.memory().state(),
            }
        });
        self.reference.set_state(fetched.after.of_replica(before));
        self.fetched = Some(fetched);
    }

    /// The distances of these elements. The parameters of the last ops come first: then what other ops before them
    /// have computed is there, once for all.
    fn distances(
        &mut self,
        compiled: &Compiled,
        checked: &Checked<'_>,
        elements: &[[usize; 2]],
        in_f32: bool,
    ) -> Vec<f64> {
        let program = &compiled.program;
        let values = compiled.parameters.iter().map(|p| p.value);
        let affected: Vec<_> = values
            .map(|value| program.first_affected(Phase::Loss, value))
            .collect();
        let mut order: Vec<usize> = (0..elements.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(affected[elements[*i][0]]));
        let mut distances = vec![0.0; elements.len()];
        self.reference.run_again(Phase::Loss, 0);
        for i in order {
            let [p, element] = elements[i];
            let gradients = checked.gradients[p].real();
            let floor = if in_f32 {
                let squares: f64 = gradients.iter().map(|g| g * g).sum();
                (squares / gradients.len() as f64).sqrt().max(NOISE_F32)
            } else {
                0.0
            };
            let moved = Moved {
                p,
                element,
                first_affected: affected[p],
            };
            distances[i] = self.distance(compiled, checked, &moved, floor);
        }
        distances
    }

    fn distance(
        &mut self,
        compiled: &Compiled,
        checked: &Checked<'_>,
        moved: &Moved,
        floor: f64,
    ) -> f64 {
        let analytic = checked.gradients[moved.p].real()[moved.element];
        let (limit, steps) = match floor > 0.0 {
            true => (LIMIT_F32, &STEPS[..]),
            false => (LIMIT_F64, &STEPS[..STEPS_F64]),
        };
        let mut smallest = f64::INFINITY;
        for &step in steps {
            let [above, below] = [step, -step].map(|h| self.cost(compiled, checked, moved, h));
            let numeric = (above - below) / (2.0 * step);
            let difference = (numeric - analytic).abs();
            // Differences of costs are no more exact than the costs are.
            let resolution = 8.0 * f64::EPSILON * above.abs().max(1.0) / step;
            let distance = if difference <= resolution {
                0.0
            } else {
                difference / (numeric.abs() + analytic.abs()).max(floor)
            };
            if distance.is_nan() {
                return distance;
            }
            smallest = smallest.min(distance);
            if smallest <= limit {
                break;
            }
        }
        smallest
    }

    /// The cost with one element of a parameter moved by `h`; of the L2 term only what depends on it.
    fn cost(&mut self, compiled: &Compiled, checked: &Checked<'_>, moved: &Moved, h: f64) -> f64 {
        let Moved {
            p,
            element,
            first_affected,
        } = *moved;
        let id = compiled.parameters[p].value;
        let value = checked.parameters[p].real()[element];
        let set = |to: f64| self.reference.memory().write(id).all()[element] = to;
        set(value + h);
        self.reference.run_again(Phase::Loss, first_affected);
        self.reference.memory().write(id).all()[element] = value;
        let loss = self.reference.memory().read(compiled.tensors.loss);
        let rows = loss.slice().len() as f64;
        let mean = loss.slice().iter().sum::<f64>() / rows;
        mean + checked.weight_decay / (2.0 * rows) * (value + h).powi(2)
    }
}

/// What to compare: positions of parameters, and of elements in them.
fn draw(checked: &Checked<'_>) -> Vec<[usize; 2]> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(checked.state.step));
    let gradients = checked.gradients.iter().enumerate();
    let elements = gradients.flat_map(|(p, gradients)| {
        let length = gradients.real().len();
        let elements = (0..checked.samples).map(|_| [p, random.random_range(0..length)]);
        elements.collect::<Vec<_>>()
    });
    elements.collect()
}
