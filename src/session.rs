//! A session of the program: experiments from their configurations to trained networks, natively.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;

use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::{self, Gpu, GpuBackend, Pipelines, autotune};
use crate::backend::{Backend, BackendError};
use crate::bench;
use crate::config::{DataConfig, DeviceChoice, ExperimentConfig, KernelChoice, SessionConfig};
use crate::data::cache::CacheUse;
use crate::data::generate::Shipped;
use crate::data::{self, DataError, Dataset};
use crate::host;
use crate::ops::matmul::Family;
use crate::ops::state::StepState;
use crate::program::{Element, Program, Role, Tensors};
use crate::report::{
    Console, Phases, layer_table, one_line, parameter_table, profile_table, progress_bar, say,
    statistics_table,
};
use crate::train::{Advance, Sizes, Trainer, TrainingEvent, compile, drive};

/// After a load as long as this, `--cache` is mentioned.
const LONG_LOAD: Duration = Duration::from_secs(10);

/// The device that a session trains on.
pub enum Device {
    Cpu,
    Gpu(Box<Pipelines>),
}

impl Device {
    /// The device that a choice names, and a notice where it is not what a person might expect.
    ///
    /// # Errors
    /// The choice demands a GPU, and there is none.
    pub fn choose(
        choice: &DeviceChoice,
        kernel: KernelChoice,
    ) -> anyhow::Result<(Self, Option<String>)> {
        if *choice == DeviceChoice::Cpu {
            return Ok((Self::Cpu, None));
        }
        match pollster::block_on(Gpu::open(choice)) {
            Ok(gpu) if *choice == DeviceChoice::Auto && gpu::is_software(gpu.info()) => {
                let notice = format!(
                    "The only GPU adapter here is a software one, {}: training on the CPU, which is faster (--device=gpu uses it).",
                    gpu.name()
                );
                Ok((Self::Cpu, Some(notice)))
            }
            Ok(gpu) => {
                let gpu = gpu.with_kernels(Family::of_choice(kernel));
                Ok((Self::Gpu(Box::new(Pipelines::new(gpu))), None))
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
            Self::Gpu(pipelines) => {
                let info = pipelines.gpu().info();
                format!("{} {}", info.driver, info.driver_info)
            }
        }
    }

    fn max_tensor_bytes(&self) -> u64 {
        match self {
            Self::Cpu => u64::MAX,
            Self::Gpu(pipelines) => pipelines.gpu().max_tensor_bytes(),
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
            Self::Gpu(pipelines) => {
                autotune::prepare(pipelines, &program)?;
                phases.end("choose kernels");
                let before = pipelines.compilations();
                pipelines.prepare_program(&program);
                let compiled = pipelines.compilations() - before;
                phases.end(format!("compile {compiled} pipelines"));
                Box::new(GpuBackend::new(pipelines, program, samples)?)
            }
        };
        phases.end("buffers, data set to the device");
        Ok(backend)
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
        let sizes = match self {
            Self::Cpu => Sizes::of(dataset),
            Self::Gpu(_) => Sizes::on_gpu(dataset),
        };
        let clones = config.data.augmentation.clones;
        // An epoch's order counts `clone * samples + sample`.
        let samples = u32::try_from(sizes.total()).ok();
        if samples
            .and_then(|samples| samples.checked_mul(clones))
            .is_none()
        {
            let training = sizes.partitions[0];
            return Err(DataError::TooManyClones { clones, training }.into());
        }
        let compiled = compile(config, &sizes, self.max_tensor_bytes(), true);
        phases.end("compile the program");
        let program = Arc::clone(&compiled.program);
        let backend = self.load_program(program, &dataset.samples, phases)?;
        let (config, dataset) = (config.clone(), Arc::clone(dataset));
        let trainer = Trainer::new(config, dataset, compiled, backend);
        phases.end("initial values to the device");
        Ok(trainer)
    }
}

/// Asks for the memory of all tensors at once: an allocation that fails later ends the process.
fn check_host_memory(tensors: &Tensors) -> Result<(), BackendError> {
    let own = tensors
        .ids()
        .filter(|id| tensors[*id].element != Element::Sample && tensors[*id].role != Role::Slab);
    let elements = own.fold(0, |sum: usize, id| {
        let length = tensors.rows(id).saturating_mul(tensors.cols(id));
        sum.saturating_add(length)
    });
    Vec::<f32>::new()
        .try_reserve_exact(elements)
        .map_err(|_| BackendError::NoHostMemory {
            bytes: 4 * elements as u128,
        })
}

/// Runs all experiments of a session, one after the other, and prints what happens.
///
/// # Errors
/// The first that fails ends the session.
pub fn run(session: &SessionConfig) -> anyhow::Result<()> {
    let (begun, start) = (Instant::now(), SystemTime::now());
    for notice in notices(session) {
        eprintln!("Note: {notice}");
    }
    let mut device = None;
    let mut loaded: Option<(DataConfig, Arc<Dataset>)> = None;
    let mut summaries = Vec::new();
    for config in &session.experiments {
        let mut phases = Phases::start();
        let dataset = match &loaded {
            Some((data, dataset)) if *data == config.data => Arc::clone(dataset),
            _ => {
                drop(loaded.take());
                let dataset = Arc::new(load(&config.data)?);
                loaded = Some((config.data.clone(), Arc::clone(&dataset)));
                dataset
            }
        };
        phases.end("load the data set");
        if device.is_none() {
            let (chosen, notice) = Device::choose(&session.device, session.kernel)?;
            notice.iter().for_each(|notice| eprintln!("{notice}"));
            device = Some(chosen);
        }
        phases.end("open the device");
        let Some(device) = &device else { continue };
        for (k, run_id) in config.run_ids().enumerate() {
            let mut config = config.clone();
            config.model.seed = config.model.seed.wrapping_add(k as u64);
            let error = || format!("experiment {run_id}");
            let profile = session.profiling.then_some(phases);
            let summary = train(device, &config, &run_id, &dataset, profile).with_context(error)?;
            summaries.push(summary);
            phases = Phases::start();
        }
    }
    say!("\nSummary");
    for summary in &summaries {
        say!("{summary}");
    }
    let memory = host::peak_memory_mib()
        .map_or(String::new(), |peak| format!(", peak memory {peak:.0} MiB"));
    say!(
        "Session: {} to {}, {:.2} s{memory}",
        humantime::format_rfc3339_seconds(start),
        humantime::format_rfc3339_seconds(SystemTime::now()),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Trains one run; with `profile`, the phases before it, tells where its time went.
fn train(
    device: &Device,
    config: &ExperimentConfig,
    run_id: &str,
    dataset: &Arc<Dataset>,
    profile: Option<Phases>,
) -> anyhow::Result<String> {
    let is_profiled = profile.is_some();
    let mut phases = profile.unwrap_or_else(Phases::start);
    let mut trainer = device.trainer(config, dataset, &mut phases)?;
    say!("\nDevice: {}", trainer.backend().device());
    say!("Model {} of experiment {run_id}\n", config.model.kind);
    say!("{}", layer_table(trainer.compiled()));
    say!("{}", parameter_table(trainer.compiled()));
    let mut console = Console::new(config.clone(), run_id.to_owned(), dataset.classes.clone());
    let mut epoch_ends = Vec::new();
    let mut hear = |event: TrainingEvent| {
        if matches!(event, TrainingEvent::EpochFinished { .. }) {
            epoch_ends.push(Instant::now());
        }
        console.hear(event)
    };
    if is_profiled {
        phases.restart();
        first_steps(&mut trainer, &mut hear)?;
        phases.end("first step, and those queued with it");
    }
    drive(&mut trainer, &mut hear)?;
    if is_profiled {
        let entries = dataset.partitions.training.len() * config.data.augmentation.clones as usize;
        let step = bench::count_step(&mut trainer, entries)?;
        let kernels = bench::time_step(&mut trainer, entries)?;
        say!("\n{}", profile_table(&phases, &epoch_ends, &step, &kernels));
    }
    Ok(console.summary())
}

/// Trains until the device has done its first training step.
fn first_steps(
    trainer: &mut Trainer,
    hear: &mut impl FnMut(TrainingEvent) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    while trainer.backend().counters().dispatches == 0 {
        match trainer.advance()? {
            Advance::Working(events) => events.into_iter().try_for_each(&mut *hear)?,
            Advance::Waiting => trainer.wait()?,
            Advance::Finished => break,
        }
    }
    Ok(trainer.wait()?)
}

/// Loads a data set with a progress bar, and prints its statistics.
///
/// # Errors
/// The data set cannot be read.
pub fn load(config: &DataConfig) -> anyhow::Result<Dataset> {
    let begun = Instant::now();
    let bar = progress_bar(0, "images");
    let loaded = data::load_cached(config, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let (dataset, cache) = loaded?;
    let origin = match cache {
        CacheUse::Read => ", from the cache",
        CacheUse::Off | CacheUse::Written | CacheUse::NotWritten(_) => "",
    };
    let (width, height, channels) = (dataset.width, dataset.height, dataset.channels);
    say!(
        "Data set {}: {width} x {height} x {channels}{origin}\n",
        config.dataset
    );
    say!("{}", statistics_table(&dataset.statistics()));
    if !dataset.skipped.is_empty() {
        say!(
            "Skipped {} images that cannot be read:",
            dataset.skipped.len()
        );
        for image in &dataset.skipped {
            let image = format!("{}: {}", image.path.display(), image.reason);
            say!("  {}", one_line(&image));
        }
    }
    if dataset.ignored > 0 {
        say!(
            "Ignored {} files that are not named as images.",
            dataset.ignored
        );
    }
    match cache {
        CacheUse::NotWritten(error) => {
            let error = one_line(&error.to_string());
            eprintln!("Note: the data set is not kept for the next start: {error}.");
        }
        CacheUse::Off if begun.elapsed() > LONG_LOAD => eprintln!(
            "Note: loading the data set took {:.0} s; with --cache the next start takes its samples from the disk.",
            begun.elapsed().as_secs_f64()
        ),
        CacheUse::Off | CacheUse::Read | CacheUse::Written => {}
    }
    Ok(dataset)
}

/// Draws one of the shipped data sets, by default into its place.
///
/// # Errors
/// The folder holds something already, or cannot be written.
pub fn generate(
    dataset: Shipped,
    to: Option<PathBuf>,
    per_class: Option<u32>,
    seed: u64,
) -> anyhow::Result<()> {
    let to = to.unwrap_or_else(|| Path::new("datasets").join(dataset.name()));
    let per_class = per_class.unwrap_or(dataset.default_per_class());
    let bar = progress_bar(0, "images");
    let summary = data::generate::generate(dataset, per_class, seed, &to, &|done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    say!("{}", summary?);
    Ok(())
}

/// Options that are accepted but do not do all they will in this version, in a sentence each.
fn notices(session: &SessionConfig) -> Vec<String> {
    let mut notices = Vec::new();
    if session.profiling {
        let notice =
            "--profiling prints where the time goes; HTML reports come in a later version.";
        notices.push(notice.to_owned());
    }
    let mut of_no_effect = |given: bool, option: &str| {
        if given {
            notices.push(format!("{option} has no effect in this version yet."));
        }
    };
    let any = |given: fn(&ExperimentConfig) -> bool| session.experiments.iter().any(given);
    of_no_effect(session.debug, "--debug");
    of_no_effect(
        any(|e| !e.training.track_layers.is_empty()),
        "--track-layer",
    );
    of_no_effect(any(|e| e.training.display_samples > 0), "--display-samples");
    of_no_effect(any(|e| e.training.dump_minibatches), "--dump-minibatches");
    notices
}
