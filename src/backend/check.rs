//! Judges a backend by the f64 reference, op by op, on random cases: the test that walks the
//! registry, and `shadernets devices --check`, which does the same on a user's own device.

use std::sync::Arc;

use super::cpu::CpuBackend;
use super::{Backend, BackendError};
use crate::ops::case::Case;
use crate::ops::state::{DeviceState, StepState};
use crate::program::{Element, List, Phase, Program, TensorId, Tensors, Values};

/// How far a tensor that an op wrote is from the reference's.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    pub tensor: String,
    /// `‖found - reference‖ / ‖reference‖`; infinite where an element was not written.
    pub error: f64,
    pub tolerance: f64,
}

impl Deviation {
    pub fn is_fine(&self) -> bool {
        self.error <= self.tolerance
    }
}

/// A case's operands before its op runs, in f64, with the reference on which they lie.
pub struct Prepared {
    pub reference: CpuBackend<f64>,
    program: Arc<Program>,
    samples: Arc<Vec<f32>>,
}

/// Lays out a case: its values, then what the ops before it compute. Everything that it does not set
/// is poisoned with NaN.
pub fn prepare(case: Case) -> (Prepared, CaseInfo) {
    let results = case.results();
    let info = CaseInfo {
        results,
        state: case.state,
        tolerance: case.tolerance,
        derivative: case.derivative,
    };
    let samples: Vec<f32> = case
        .values
        .iter()
        .filter(|(id, _)| case.tensors[*id].element == Element::Sample)
        .flat_map(|(_, values)| values.real().iter().map(|value| *value as f32))
        .collect();
    let samples = Arc::new(samples);
    let mut program = Program::new(case.tensors);
    program.emit_boxed(List::Forward, case.before);
    program.emit_boxed(List::Evaluate, vec![case.op]);
    let program = Arc::new(program);
    let mut reference = CpuBackend::new(Arc::clone(&program), &samples, case.state);
    for id in program.tensors.ids() {
        if program.tensors.is_real(id) {
            let poison = vec![f64::NAN; program.tensors.len(id)];
            reference.write(id, &Values::Real(poison));
        }
    }
    for (id, values) in &case.values {
        if program.tensors[*id].element != Element::Sample {
            reference.write(*id, values);
        }
    }
    // The CPU backend does not fail.
    let _ = reference.run(Phase::Loss, 1);
    // What the ops before computed reaches a device in f32: the reference takes the same numbers.
    for id in program.tensors.ids() {
        if program.tensors.is_real(id) {
            let mut tensor = reference.memory().write(id);
            tensor
                .all()
                .iter_mut()
                .for_each(|value| *value = f64::from(*value as f32));
        }
    }
    let prepared = Prepared {
        reference,
        program,
        samples,
    };
    (prepared, info)
}

/// What is left of a case once it is laid out.
pub struct CaseInfo {
    pub results: Vec<TensorId>,
    pub state: StepState,
    pub tolerance: f64,
    pub derivative: Option<crate::ops::case::Derivative>,
}

impl Prepared {
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    pub fn samples(&self) -> &Arc<Vec<f32>> {
        &self.samples
    }

    /// All values of a tensor, in use or not.
    fn all(&self, id: TensorId) -> Option<Values> {
        match self.program.tensors[id].element {
            Element::Real if self.program.tensors.is_real(id) => Some(Values::Real(
                self.reference.memory().read(id).all().to_vec(),
            )),
            Element::Uint if id != Tensors::STATE => Some(Values::Uint(
                self.reference.memory().read_uint(id).all().to_vec(),
            )),
            _ => None,
        }
    }

    /// Runs the op on `backend`, which has loaded the case's program, and on the reference; compares.
    ///
    /// # Errors
    /// The backend failed.
    pub fn deviations(
        mut self,
        info: &CaseInfo,
        backend: &mut dyn Backend,
        wait: impl Fn(&mut dyn Backend) -> Result<(), BackendError>,
    ) -> Result<Vec<Deviation>, BackendError> {
        for id in self.program.tensors.ids() {
            if let Some(values) = self.all(id) {
                backend.write(id, &values);
            }
        }
        backend.set_state(info.state);
        backend.run(Phase::Evaluate, 1)?;
        backend.request(&info.results);
        let found = loop {
            if let Some(found) = backend.poll()? {
                break found;
            }
            wait(backend)?;
        };
        self.reference.run(Phase::Evaluate, 1)?;
        let compared = info.results.iter().zip(found).map(|(id, found)| {
            let tolerance = info.tolerance;
            let tensor = self.program.tensors[*id].name.clone();
            let error = if *id == Tensors::STATE {
                state_error(&self.reference, &found)
            } else {
                error(&self.reference.read(*id), &found)
            };
            Deviation {
                tensor,
                error,
                tolerance,
            }
        });
        Ok(compared.collect())
    }
}

/// `‖found - reference‖ / ‖reference‖` over the reference's length; 0 where both are 0, infinite where
/// anything is NaN: an element that was not written.
pub fn error(reference: &Values, found: &Values) -> f64 {
    match (reference, found) {
        (Values::Uint(reference), Values::Uint(found)) if found.starts_with(reference) => 0.0,
        (Values::Real(reference), Values::Real(found)) => {
            let (mut difference, mut norm) = (0.0, 0.0);
            for (r, f) in reference.iter().zip(found) {
                difference += (r - f) * (r - f);
                norm += r * r;
            }
            match difference {
                0.0 => 0.0,
                finite if finite.is_finite() => (finite / norm).sqrt(),
                _ => f64::INFINITY,
            }
        }
        _ => f64::INFINITY,
    }
}

/// The step state is compared word by word: counters exactly, the others as numbers.
fn state_error(reference: &CpuBackend<f64>, found: &Values) -> f64 {
    let expected = reference.memory().state().to_device();
    // A CPU backend keeps its state outside the tensors.
    let words = found.uint().first_chunk::<{ StepState::WORDS }>();
    let Some(&words) = words else {
        return f64::INFINITY;
    };
    if words == [0; StepState::WORDS] {
        return 0.0;
    }
    let found: DeviceState = bytemuck::cast(words);
    let numbers = |s: &DeviceState| {
        let corrections = [s.correction1, s.correction2];
        Values::Real(corrections.map(f64::from).to_vec())
    };
    let counters = |s: &DeviceState| {
        [
            s.offset,
            s.rows,
            s.end,
            s.batch,
            s.step,
            s.slot,
            s.epoch,
            s.dataset_seed,
        ]
    };
    if counters(&expected) == counters(&found) {
        error(&numbers(&expected), &numbers(&found))
    } else {
        f64::INFINITY
    }
}
