//! The CPU backend: each op's plain function over ndarray views. In f64 it is the reference, in f32
//! what trains where there is no real GPU.

use std::sync::Arc;

#[cfg(feature = "native")]
use super::KernelTime;
use super::{Backend, BackendError, Counters, steps_within};
use crate::ops::state::StepState;
use crate::ops::{Memory, Op, Real, SharedRows, parallel};
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
            if program.tensors[id].element == Element::Sample {
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
        }
    }

    /// The tensors of the first replica.
    pub fn memory(&self) -> &Memory<T> {
        &self.memories[0]
    }

    /// A tensor's values: of a batch tensor, the rows in use; of all replicas, one after the other.
    pub fn read(&self, tensor: TensorId) -> Values {
        let memories = &self.memories[..self.program.tensors.copies(tensor)];
        match self.program.tensors[tensor].element {
            Element::Uint => {
                let mut values = Vec::new();
                for memory in memories {
                    values.extend_from_slice(memory.read_uint(tensor).slice());
                }
                Values::Uint(values)
            }
            Element::Real => {
                let mut values = Vec::new();
                for memory in memories {
                    let tensor = memory.read(tensor);
                    values.extend(tensor.slice().iter().map(|v| Real::to_f64(*v)));
                }
                Values::Real(values)
            }
            Element::Sample => Values::Real(Vec::new()),
        }
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
        let backend = &mut *self;
        parallel::together(move || (0..steps).for_each(|_| backend.step(phase)));
        Ok(())
    }

    fn request(&mut self, tensors: &[TensorId]) {
        self.answer = Some(tensors.iter().map(|id| self.read(*id)).collect());
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
    fn time_kernels(
        &mut self,
        phase: Phase,
        state: StepState,
        times: usize,
    ) -> Result<Vec<KernelTime>, BackendError> {
        // Of one replica: its ops take the others as long.
        let (program, memory) = (&self.program, &mut self.memories[0]);
        Ok(parallel::together(move || {
            let names = program.ops(phase).map(|op| op.name().to_owned());
            let mut kernels: Vec<_> = names.map(KernelTime::unknown).collect();
            for _ in 0..times {
                memory.set_state(state);
                for (op, kernel) in program.ops(phase).zip(&mut kernels) {
                    kernel.measure(|| T::run(op, memory));
                }
            }
            kernels
        }))
    }

    fn steps_at_once(&self) -> u32 {
        steps_within(&self.program, WORK_AT_ONCE)
    }
}
