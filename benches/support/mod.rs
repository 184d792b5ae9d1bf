//! What the benches of kernels share: how they are set up, and the check before anything is timed.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, SamplingMode, measurement::WallTime};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use shadernets::backend::check::error;
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::{Gpu, Pipelines, software};
use shadernets::backend::{Backend, BackendError};
use shadernets::config::DeviceChoice;
use shadernets::ops::parallel;
use shadernets::ops::state::StepState;
use shadernets::program::{Element, Phase, Program, Role, TensorId, Tensors, Values};

/// Prepares the process as the program itself does, then measures `benches`.
pub fn measure(benches: impl FnOnce()) {
    // SAFETY: nothing else runs yet.
    unsafe { software::set_up(false, false) };
    parallel::enlist();
    benches();
    Criterion::default().configure_from_args().final_summary();
}

/// The GPU, opened.
///
/// # Panics
/// There is none.
pub fn pipelines() -> Pipelines {
    let gpu = pollster::block_on(Gpu::open(&DeviceChoice::Gpu)).expect("a GPU to measure");
    Pipelines::new(gpu)
}

/// Measures each benchmark of the group for `seconds`.
pub fn configure(group: &mut BenchmarkGroup<WallTime>, seconds: f64) {
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs_f64(seconds));
}

/// In the middle of an epoch whose minibatches have `rows` samples.
pub fn state(rows: usize) -> StepState {
    let rows = rows as u32;
    StepState {
        rows,
        end: rows,
        batch: rows,
        step: 10,
        learning_rate: 0.001,
        dropout_rate: 0.1,
        correction1: 0.65,
        correction2: 0.01,
        ..StepState::default()
    }
}

/// Uniform random numbers for a tensor, the very ones that a GPU gets.
pub fn uniform(tensors: &Tensors, id: TensorId, range: std::ops::Range<f32>) -> Values {
    let mut random = ChaCha8Rng::seed_from_u64(id.index() as u64);
    let draw = |_| f64::from(random.random_range(range.clone()));
    Values::Real((0..tensors.len(id)).map(draw).collect())
}

/// What an evaluation list gets, and what it must make of it.
pub struct Reference {
    state: StepState,
    /// All tensors before it runs.
    given: Vec<(TensorId, Values)>,
    /// Tensors after it has run once, by the CPU in f64.
    expected: Vec<(TensorId, Values)>,
}

impl Reference {
    /// Lays out `inputs`, lets the forward list compute what else the evaluation list needs, and runs that.
    /// What nothing has set is NaN: a result that is not written shows.
    pub fn new(
        program: &Arc<Program>,
        state: StepState,
        inputs: Vec<(TensorId, Values)>,
        results: &[TensorId],
    ) -> Result<Self, BackendError> {
        let tensors = &program.tensors;
        let mut cpu = CpuBackend::<f64>::new(Arc::clone(program), &Arc::default(), state);
        for id in tensors.ids().filter(|id| tensors.is_real(*id)) {
            cpu.write(id, &Values::Real(vec![f64::NAN; tensors.len(id)]));
        }
        for (id, values) in &inputs {
            cpu.write(*id, values);
        }
        cpu.run(Phase::Loss, 1)?;
        let mut given = Vec::new();
        for id in tensors.ids().filter(|id| *id != Tensors::STATE) {
            match tensors[id].element {
                Element::Real if tensors[id].role != Role::Slab => {
                    // A GPU gets them in f32.
                    for value in cpu.memory().write(id).all() {
                        *value = f64::from(*value as f32);
                    }
                    given.push((id, cpu.read(id)));
                }
                Element::Uint => given.push((id, cpu.read(id))),
                Element::Real | Element::Sample | Element::ByteSample => {}
            }
        }
        cpu.run(Phase::Evaluate, 1)?;
        let expected = results.iter().map(|id| (*id, cpu.read(*id))).collect();
        Ok(Self {
            state,
            given,
            expected,
        })
    }

    /// Runs the evaluation list once on `backend`, whose program has the same tensors.
    ///
    /// # Errors
    /// The device failed.
    ///
    /// # Panics
    /// A result is further from the reference than `tolerance` allows.
    pub fn check(
        &self,
        backend: &mut dyn Backend,
        tolerance: f64,
        what: &str,
    ) -> Result<(), BackendError> {
        for (id, values) in &self.given {
            backend.write(*id, values);
        }
        backend.set_state(self.state);
        backend.run(Phase::Evaluate, 1)?;
        let results: Vec<TensorId> = self.expected.iter().map(|(id, _)| *id).collect();
        backend.request(&results);
        let found = loop {
            backend.wait()?;
            if let Some(found) = backend.poll()? {
                break found;
            }
        };
        for ((id, expected), found) in self.expected.iter().zip(&found) {
            let error = error(expected, found);
            assert!(
                error <= tolerance,
                "{what}: tensor {} is wrong: relative error {error:e}, allowed {tolerance:e}",
                id.index()
            );
        }
        Ok(())
    }
}
