//! The CPU backend: each op's plain function over ndarray views. In f64 it is the reference, in f32
//! what trains where there is no real GPU.

use std::sync::Arc;

#[cfg(feature = "native")]
use super::KernelTime;
use super::{Backend, BackendError, Counters, steps_within};
use crate::ops::state::StepState;
use crate::ops::{Memory, Op, Real, SharedRows, parallel};
use crate::program::{Element, Phase, Program, TensorId, Values};

/// Multiply-adds after which the trainer is asked for more: some hundredths of a second.
const WORK_AT_ONCE: usize = 2_000_000_000;

/// A program and its tensors in host memory, in f32 or f64.
pub struct CpuBackend<T> {
    program: Arc<Program>,
    memory: Memory<T>,
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
        let memory = Memory::new(&program.tensors, state);
        let mut first_row = 0;
        for id in program.tensors.ids() {
            if program.tensors[id].element.is_sample() {
                let samples = Arc::clone(samples);
                memory.share_samples(id, SharedRows { samples, first_row });
                first_row += program.tensors.rows(id);
            }
        }
        let device = format!("CPU ({} threads, {})", parallel::threads(), T::NAME);
        Self {
            program,
            memory,
            answer: None,
            device,
            counters: Counters::default(),
        }
    }

    /// The tensors.
    pub fn memory(&self) -> &Memory<T> {
        &self.memory
    }

    /// A tensor's values: of a batch tensor, the rows in use.
    pub fn read(&self, tensor: TensorId) -> Values {
        self.read_first(tensor, usize::MAX)
    }

    /// At most so many of a tensor's values.
    fn read_first(&self, tensor: TensorId, most: usize) -> Values {
        match self.program.tensors[tensor].element {
            Element::Uint => {
                let tensor = self.memory.read_uint(tensor);
                Values::Uint(tensor.slice().iter().take(most).copied().collect())
            }
            Element::Real => {
                let tensor = self.memory.read(tensor);
                let values = tensor.slice().iter().take(most);
                Values::Real(values.map(|v| Real::to_f64(*v)).collect())
            }
            Element::Sample | Element::ByteSample => Values::Real(Vec::new()),
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

    fn set_state(&mut self, state: StepState) {
        self.memory.set_state(state);
    }

    fn write(&mut self, tensor: TensorId, values: &Values) {
        match values {
            Values::Real(values) => {
                for (to, &from) in self.memory.write(tensor).all().iter_mut().zip(values) {
                    *to = T::from_f64(from);
                }
            }
            Values::Uint(values) => {
                for (to, &from) in self.memory.write_uint(tensor).all().iter_mut().zip(values) {
                    *to = from;
                }
            }
        }
    }

    fn run(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError> {
        let program = &self.program;
        self.counters.dispatches += u64::from(steps) * program.ops(phase).count() as u64;
        // Borrowed as if to change it: only then may another thread use it.
        let memory = &mut self.memory;
        parallel::together(move || {
            for _ in 0..steps {
                program.ops(phase).for_each(|op| T::run(op, memory));
            }
        });
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
    fn time_kernels(
        &mut self,
        phase: Phase,
        state: StepState,
        times: usize,
    ) -> Result<Vec<KernelTime>, BackendError> {
        let (program, memory) = (&self.program, &mut self.memory);
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
