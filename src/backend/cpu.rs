//! The CPU backend: each op's plain function over ndarray views. In f64 it is the reference, in f32
//! what trains where there is no real GPU.

use std::sync::Arc;

#[cfg(feature = "native")]
use super::profile::{Clock, Cost, Known, Profile, Recorder};
use super::{Backend, BackendError, Counters, steps_within};
use crate::ops::state::StepState;
#[cfg(feature = "native")]
use crate::ops::{Access, Target};
use crate::ops::{Memory, Op, Real, SharedRows, parallel};
#[cfg(feature = "native")]
use crate::program::Tensors;
use crate::program::{Element, Phase, Program, Role, TensorId, Values};

/// Multiply-adds after which the trainer is asked for more: some hundredths of a second.
const WORK_AT_ONCE: usize = 2_000_000_000;

/// A program and its tensors in host memory, in f32 or f64.
pub struct CpuBackend<T> {
    program: Arc<Program>,
    /// Of each replica.
    memories: Vec<Memory<T>>,
    /// Ops with which a step of training and an evaluation begin that work for all replicas.
    shared: [usize; 2],
    answer: Option<Vec<Values>>,
    device: String,
    counters: Counters,
    #[cfg(feature = "native")]
    profiler: Option<Recorder>,
}

/// The number types the CPU backend runs in.
pub trait CpuReal: Real {
    const NAME: &'static str;
    /// Runs the op's function for this type.
    fn run(op: &dyn Op, memory: &Memory<Self>);
}

impl CpuReal for f32 {
    const NAME: &'static str = "f32";
    fn run(op: &dyn Op, memory: &Memory<Self>) {
        op.cpu_f32(memory);
    }
}

impl CpuReal for f64 {
    const NAME: &'static str = "f64";
    fn run(op: &dyn Op, memory: &Memory<Self>) {
        op.cpu_f64(memory);
    }
}

impl<T: CpuReal> CpuBackend<T> {
    /// Loads a program; its sample tensors share the data set's `samples`, one after the other.
    pub fn new(program: Arc<Program>, samples: &Arc<Vec<f32>>, state: StepState) -> Self {
        let replicas = 0..program.tensors.replicas();
        let memories: Vec<_> = replicas
            .map(|_| Memory::new(&program.tensors, state))
            .collect();
        // The first replica fetches the minibatches of all.
        let mut first_row = 0;
        for id in program.tensors.ids() {
            if program.tensors[id].element.is_sample() {
                let samples = Arc::clone(samples);
                memories[0].share_samples(id, SharedRows { samples, first_row });
                first_row += program.tensors.rows(id);
            }
        }
        let device = format!("CPU ({} threads, {})", parallel::threads(), T::NAME);
        Self {
            memories,
            shared: [Phase::Train, Phase::Evaluate].map(|phase| program.shared_ops(phase)),
            program,
            answer: None,
            device,
            counters: Counters::default(),
            #[cfg(feature = "native")]
            profiler: None,
        }
    }

    /// The tensors of the first replica.
    pub fn memory(&self) -> &Memory<T> {
        &self.memories[0]
    }

    /// A tensor's values: of a batch tensor, the rows in use; of all replicas, one after the other.
    pub fn read(&self, tensor: TensorId) -> Values {
        self.read_first(tensor, usize::MAX)
    }

    /// At most so many of a tensor's values, of each replica.
    fn read_first(&self, tensor: TensorId, most: usize) -> Values {
        let memories = &self.memories[..self.program.tensors.copies(tensor)];
        match self.program.tensors[tensor].element {
            Element::Uint => {
                let mut values = Vec::new();
                for memory in memories {
                    let tensor = memory.read_uint(tensor);
                    values.extend(tensor.slice().iter().take(most));
                }
                Values::Uint(values)
            }
            Element::Real => {
                let mut values = Vec::new();
                for memory in memories {
                    let tensor = memory.read(tensor);
                    let of_one = tensor.slice().iter().take(most);
                    values.extend(of_one.map(|v| Real::to_f64(*v)));
                }
                Values::Real(values)
            }
            Element::Sample | Element::ByteSample => Values::Real(Vec::new()),
        }
    }

    /// Runs the phase's ops once, of the first replica, without the first `skipped` of them: what those have computed
    /// before still holds (see [`Program::first_affected`]).
    pub fn run_again(&mut self, phase: Phase, skipped: usize) {
        let (program, memory) = (&self.program, &mut self.memories[0]);
        parallel::together(move || {
            let again = program.ops(phase).skip(skipped);
            again.for_each(|op| T::run(op, memory));
        });
    }

    /// Runs the phase's ops once: first those that work for all replicas, then each replica's own, side by side.
    fn step(&mut self, phase: Phase) {
        let program = &self.program;
        let [first, others @ ..] = self.memories.as_mut_slice() else {
            return;
        };
        if others.is_empty() {
            program.ops(phase).for_each(|op| T::run(op, first));
            return;
        }
        let shared = match phase {
            Phase::Train | Phase::Fetch => self.shared[0],
            Phase::Evaluate => self.shared[1],
            Phase::Loss => 0,
        };
        if shared > 0 {
            let tensors = &program.tensors;
            let minibatch = || {
                let ids = tensors.ids();
                ids.filter(|id| tensors[*id].role == Role::Data && tensors.is_batch(*id))
            };
            for memory in &mut *others {
                minibatch().for_each(|id| memory.let_go(id));
            }
            program
                .ops(phase)
                .take(shared)
                .for_each(|op| T::run(op, first));
            for memory in &mut *others {
                memory.set_state(memory.state().at(&first.state()));
                minibatch().for_each(|id| memory.share(id, first));
            }
        }
        parallel::side_by_side(&mut self.memories, |memory| {
            let memory = &*memory;
            program
                .ops(phase)
                .skip(shared)
                .for_each(|op| T::run(op, memory));
        });
    }

    fn write_to(memory: &Memory<T>, tensor: TensorId, values: &Values) {
        match values {
            Values::Real(values) => {
                for (to, &from) in memory.write(tensor).all().iter_mut().zip(values) {
                    *to = T::from_f64(from);
                }
            }
            Values::Uint(values) => {
                for (to, &from) in memory.write_uint(tensor).all().iter_mut().zip(values) {
                    *to = from;
                }
            }
        }
    }
}

impl<T: CpuReal> Backend for CpuBackend<T> {
    fn device(&self) -> &str {
        &self.device
    }

    fn epsilon(&self) -> f64 {
        Real::to_f64(T::epsilon())
    }

    fn set_states(&mut self, states: &[StepState]) {
        for (replica, memory) in self.memories.iter().enumerate() {
            if let Some(state) = states.get(replica).or(states.last()) {
                memory.set_state(*state);
            }
        }
    }

    fn write(&mut self, tensor: TensorId, values: &Values) {
        for memory in &self.memories[..self.program.tensors.copies(tensor)] {
            Self::write_to(memory, tensor, values);
        }
    }

    fn write_replica(&mut self, replica: usize, tensor: TensorId, values: &Values) {
        if let Some(memory) = self.memories.get(replica) {
            Self::write_to(memory, tensor, values);
        }
    }

    fn run(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError> {
        self.counters.dispatches += u64::from(steps) * self.program.ops(phase).count() as u64;
        // Borrowed as if to change it: only then may another thread use it.
        #[cfg(feature = "native")]
        if let Some(profiler) = &mut self.profiler {
            // The only one: several replicas are not profiled.
            let (program, memory) = (&self.program, &mut self.memories[0]);
            parallel::together(move || run_timed(program, phase, steps, memory, profiler));
            return Ok(());
        }
        let backend = &mut *self;
        parallel::together(move || (0..steps).for_each(|_| backend.step(phase)));
        Ok(())
    }

    fn request_first(&mut self, tensors: &[(TensorId, usize)]) {
        let values = tensors.iter().map(|(id, most)| self.read_first(*id, *most));
        self.answer = Some(values.collect());
    }

    fn poll(&mut self) -> Result<Option<Vec<Values>>, BackendError> {
        Ok(self.answer.take())
    }

    #[cfg(feature = "native")]
    fn wait(&mut self) -> Result<(), BackendError> {
        Ok(())
    }

    fn counters(&self) -> Counters {
        self.counters
    }

    #[cfg(feature = "native")]
    fn start_profile(&mut self, origin: std::time::Instant) {
        let program = &self.program;
        if program.tensors.replicas() > 1 {
            return;
        }
        let known = |phase| {
            let tensors = program.tensors_of(phase);
            let ops = program.ops(phase);
            ops.map(|op| known(op, &tensors, size_of::<T>() as u64))
                .collect()
        };
        let (train, evaluate) = (known(Phase::Train), known(Phase::Evaluate));
        let fetch = program.ops(Phase::Fetch).count();
        self.profiler = Some(Recorder::new(Clock::Host, origin, train, fetch, evaluate));
    }

    #[cfg(feature = "native")]
    fn take_profile(&mut self) -> Result<Option<Profile>, BackendError> {
        Ok(self.profiler.as_mut().map(Recorder::take))
    }

    fn steps_at_once(&self) -> u32 {
        steps_within(&self.program, WORK_AT_ONCE)
    }
}

/// Runs the phase's ops so many times, and notes what each takes.
#[cfg(feature = "native")]
fn run_timed<T: CpuReal>(
    program: &Program,
    phase: Phase,
    steps: u32,
    memory: &Memory<T>,
    profiler: &mut Recorder,
) {
    for _ in 0..steps {
        for (position, op) in program.ops(phase).enumerate() {
            let begin = profiler.now();
            T::run(op, memory);
            let times = [begin, profiler.now()];
            let rows = u64::from(memory.state().rows);
            profiler.kernel(phase, position, rows, times);
        }
    }
}

#[cfg(feature = "native")]
fn known(op: &dyn Op, tensors: &Tensors, real_bytes: u64) -> Known {
    let mut writes: Vec<&str> = Vec::new();
    let dispatches = op.gpu(tensors, &Target::default());
    for operand in dispatches.iter().flat_map(|dispatch| &dispatch.operands) {
        let tensor = &tensors[operand.tensor];
        let written = operand.access != Access::Read && tensor.role != Role::Scratch;
        if written && !writes.contains(&tensor.name.as_str()) {
            writes.push(&tensor.name);
        }
    }
    Known {
        name: op.name().to_owned(),
        writes: writes.join(", "),
        cost: Cost::of_op(op, tensors, real_bytes),
    }
}
