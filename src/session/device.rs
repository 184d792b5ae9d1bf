//! The device that a session trains on.

use std::sync::Arc;

use super::gpus::Gpus;
use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::{self, Gpu, GpuBackend, Pipelines, autotune};
use crate::backend::{Backend, BackendError, group};
use crate::config::{DeviceChoice, ExperimentConfig, KernelChoice, SessionConfig};
use crate::data::{DataError, Dataset};
use crate::ops::matmul::Family;
use crate::ops::parallel;
use crate::ops::state::StepState;
use crate::program::{Program, Role, Tensors};
use crate::report::Phases;
use crate::train::{Compiled, Sizes, Trainer, compile, compile_replicas};

/// The device that a session trains on.
pub enum Device {
    Cpu,
    Gpu(Box<Gpus>),
}

impl Device {
    /// A GPU that is open already.
    pub fn of(gpu: Gpu) -> Self {
        Self::Gpu(Box::new(Gpus::new(gpu)))
    }

    /// The device that a choice names, and a notice where it is not what a person might expect.
    ///
    /// # Errors
    /// The choice demands a GPU, and there is none.
    pub fn choose(
        choice: &DeviceChoice,
        kernel: KernelChoice,
    ) -> anyhow::Result<(Self, Option<String>)> {
        Self::choose_with(choice, kernel, wgpu::Features::empty())
    }

    /// As [`choose`](Self::choose), a device that times its kernels if it can.
    ///
    /// # Errors
    /// The choice demands a GPU, and there is none.
    pub fn choose_to_profile(
        choice: &DeviceChoice,
        kernel: KernelChoice,
    ) -> anyhow::Result<(Self, Option<String>)> {
        Self::choose_with(choice, kernel, wgpu::Features::TIMESTAMP_QUERY)
    }

    /// The device of a session; `open` is one that is open already, taken if it is the one.
    ///
    /// # Errors
    /// The session demands a GPU, and there is none.
    pub fn choose_for(
        config: &SessionConfig,
        open: Option<Gpu>,
    ) -> anyhow::Result<(Self, Option<String>)> {
        if let Some(gpu) = open.filter(|gpu| gpu::is_chosen(gpu.info(), &config.device)) {
            let gpu = gpu.with_kernels(Family::of_choice(config.kernel));
            return Ok((Self::of(gpu), None));
        }
        match config.profiling {
            true => Self::choose_to_profile(&config.device, config.kernel),
            false => Self::choose(&config.device, config.kernel),
        }
    }

    /// For people.
    pub fn name(&self) -> String {
        match self {
            Self::Cpu => "CPU".to_owned(),
            Self::Gpu(gpus) => gpus.first().gpu().name().to_owned(),
        }
    }

    fn choose_with(
        choice: &DeviceChoice,
        kernel: KernelChoice,
        features: wgpu::Features,
    ) -> anyhow::Result<(Self, Option<String>)> {
        if *choice == DeviceChoice::Cpu {
            return Ok((Self::Cpu, None));
        }
        match pollster::block_on(Gpu::open_with(choice, features)) {
            Ok(gpu) if *choice == DeviceChoice::Auto && gpu::is_software(gpu.info()) => {
                let notice = format!(
                    "The only GPU adapter here is a software one, {}: training on the CPU, which is faster (--device=gpu uses it).",
                    gpu.name()
                );
                Ok((Self::Cpu, Some(notice)))
            }
            Ok(gpu) => {
                let gpu = gpu.with_kernels(Family::of_choice(kernel));
                Ok((Self::of(gpu), None))
            }
            Err(_) if *choice == DeviceChoice::Auto => {
                let notice = format!("No GPU adapter: training on the CPU; {}.", Gpu::ADVICE);
                Ok((Self::Cpu, Some(notice)))
            }
            Err(error) => Err(anyhow::Error::new(error).context(format!("--device={choice}"))),
        }
    }

    /// The adapter's driver with its version; empty for the CPU.
    pub fn driver(&self) -> String {
        match self {
            Self::Cpu => String::new(),
            Self::Gpu(gpus) => {
                let info = gpus.first().gpu().info();
                format!("{} {}", info.driver, info.driver_info)
            }
        }
    }

    /// Bytes of the device's memory that this program has, where the driver tells.
    pub fn allocated_bytes(&self) -> Option<u64> {
        match self {
            Self::Cpu => None,
            Self::Gpu(gpus) => gpus.first().gpu().allocated_bytes(),
        }
    }

    fn max_tensor_bytes(&self) -> u64 {
        match self {
            Self::Cpu => u64::MAX,
            Self::Gpu(gpus) => gpus.first().gpu().max_tensor_bytes(),
        }
    }

    /// Loads a program; its sample tensors share or receive `samples`. Each phase of it ends on `phases`.
    ///
    /// # Errors
    /// The device does not take it.
    pub fn load_program(
        &self,
        program: Arc<Program>,
        samples: &Arc<Vec<f32>>,
        phases: &mut Phases,
    ) -> Result<Box<dyn Backend>, BackendError> {
        let backend: Box<dyn Backend> = match self {
            Self::Cpu => {
                check_host_memory(&program.tensors)?;
                let state = StepState::default();
                Box::new(CpuBackend::<f32>::new(program, samples, state))
            }
            Self::Gpu(gpus) => Box::new(load_on(gpus.first(), program, samples, phases)?),
        };
        phases.end("buffers, data set to the device");
        Ok(backend)
    }

    /// An experiment's program for this device.
    ///
    /// # Errors
    /// It has too many clones to count.
    pub fn compile(
        &self,
        config: &ExperimentConfig,
        dataset: &Dataset,
    ) -> Result<Compiled, DataError> {
        let sizes = self.sizes(dataset);
        let clones = config.data.augmentation.clones;
        // An epoch's order counts `clone * samples + sample`.
        let samples = u32::try_from(sizes.total()).ok();
        if samples
            .and_then(|samples| samples.checked_mul(clones))
            .is_none()
        {
            let training = sizes.partitions[0];
            return Err(DataError::TooManyClones { clones, training });
        }
        Ok(compile(config, &sizes, self.max_tensor_bytes(), true))
    }

    /// An experiment, ready to train; each phase of getting there ends on `phases`.
    ///
    /// # Errors
    /// The device does not take its program.
    pub fn trainer(
        &self,
        config: &ExperimentConfig,
        dataset: &Arc<Dataset>,
        phases: &mut Phases,
    ) -> anyhow::Result<Trainer> {
        let compiled = self.compile(config, dataset)?;
        phases.end("compile the program");
        self.trainer_of(config, dataset, compiled, phases)
    }

    /// As [`trainer`](Self::trainer), for a program that is compiled already.
    ///
    /// # Errors
    /// The device does not take it.
    pub fn trainer_of(
        &self,
        config: &ExperimentConfig,
        dataset: &Arc<Dataset>,
        compiled: Compiled,
        phases: &mut Phases,
    ) -> anyhow::Result<Trainer> {
        let program = Arc::clone(&compiled.program);
        let backend = self.load_program(program, &dataset.samples, phases)?;
        let (config, dataset) = (config.clone(), Arc::clone(dataset));
        let trainer = Trainer::new(config, dataset, compiled, backend);
        phases.end("initial values to the device");
        Ok(trainer)
    }

    /// Backends for runs that are equal to this one but for names, seeds and rates, which the device trains as one
    /// program; where a program on each of several devices is faster, the runs of each follow those of another.
    ///
    /// # Errors
    /// The device does not take the program of so many.
    pub fn replicas(
        &self,
        config: &ExperimentConfig,
        dataset: &Dataset,
        replicas: usize,
        phases: &mut Phases,
    ) -> Result<Vec<Vec<group::Replica>>, BackendError> {
        let (sizes, limit) = (self.sizes(dataset), self.max_tensor_bytes());
        let compile = |replicas| compile_replicas(config, &sizes, limit, true, replicas);
        let gpus = match self {
            Self::Gpu(gpus) if gpus.count_for(replicas) > 1 => gpus,
            _ => {
                let compiled = compile(replicas);
                phases.end("compile the program");
                let program = Arc::clone(&compiled.program);
                let backend = self.load_program(program, &dataset.samples, phases)?;
                return Ok(vec![group::replicas_of(compiled.program, backend)]);
            }
        };
        let shares = shares(replicas, gpus.count_for(replicas)).enumerate();
        let load = |(device, share)| {
            let program = compile(share).program;
            let (pipelines, mut phases) = (gpus.get(device)?, Phases::start());
            let samples = &dataset.samples;
            let backend = load_on(&pipelines, Arc::clone(&program), samples, &mut phases)?;
            Ok(group::replicas_of(program, Box::new(backend)))
        };
        let loaded = parallel::map_side_by_side(shares.collect(), load);
        phases.end("a device for each core, and its pipelines and buffers");
        loaded.into_iter().collect()
    }

    /// Most replicas of a program that the device takes.
    pub fn most_replicas(&self, program: &Program) -> usize {
        program.tensors.most_replicas(self.max_tensor_bytes())
    }

    fn sizes(&self, dataset: &Dataset) -> Sizes {
        match self {
            Self::Cpu => Sizes::of(dataset),
            Self::Gpu(_) => Sizes::on_gpu(dataset),
        }
    }
}

/// Loads a program on a GPU. Each phase of it but the last ends on `phases`.
fn load_on(
    pipelines: &Pipelines,
    program: Arc<Program>,
    samples: &Arc<Vec<f32>>,
    phases: &mut Phases,
) -> Result<GpuBackend, BackendError> {
    autotune::prepare(pipelines, &program)?;
    phases.end("choose kernels");
    let before = pipelines.compilations();
    pipelines.prepare_program(&program);
    let compiled = pipelines.compilations() - before;
    phases.end(format!("compile {compiled} pipelines"));
    GpuBackend::new(pipelines, program, samples)
}

/// Cuts so many into equal shares, or such that differ by one.
fn shares(of: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |i| of * (i + 1) / count - of * i / count)
}

/// Numbers of all tensors of a program but for the data set.
pub fn own_elements(tensors: &Tensors) -> usize {
    let own = tensors
        .ids()
        .filter(|id| !tensors[*id].element.is_sample() && tensors[*id].role != Role::Slab);
    own.fold(0, |sum: usize, id| {
        let length = tensors.rows(id).saturating_mul(tensors.cols(id));
        sum.saturating_add(length)
    })
}

/// Asks for the memory of all tensors at once: an allocation that fails later ends the process.
fn check_host_memory(tensors: &Tensors) -> Result<(), BackendError> {
    let elements = own_elements(tensors).saturating_mul(tensors.replicas());
    Vec::<f32>::new()
        .try_reserve_exact(elements)
        .map_err(|_| BackendError::NoHostMemory {
            bytes: 4 * elements as u128,
        })
}
