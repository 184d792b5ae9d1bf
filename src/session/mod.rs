//! A session of the program: experiments from their configurations to trained networks, natively.
//!
//! ```text
//! SessionConfig ─> runs: experiments x training times                  queue.rs
//!               ─> waves: as many runs at once as memory holds         wave.rs
//!                  on one device, or a device a core                   device.rs, gpus.rs
//!                  data sets, each loaded once                         datasets.rs
//!               ─> workers, advancing epoch by epoch                   begin.rs, together.rs, worker.rs
//!               ─> events ─> console, JSON lines, the run's folder     heard.rs
//!               ─> comparison, once all that was given has ended       summary.rs
//! window        <─> what it asks for, what it is told                  link.rs, pace.rs, steering.rs, anatomy.rs
//! ```

mod anatomy;
mod begin;
mod datasets;
mod device;
mod gpus;
mod heard;
mod interrupt;
pub mod link;
mod pace;
mod profile;
mod queue;
mod resuming;
mod steering;
mod summary;
mod together;
mod wave;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::Context;

pub use datasets::{generate, load};
pub use device::Device;
pub use interrupt::EXIT_INTERRUPTED;

use crate::backend::BackendError;
use crate::backend::gpu::Gpu;
use crate::config::SessionConfig;
use crate::report::profile::Roofline;
use crate::report::{Outcome, Phases, Progress, Voice, start_log};
use crate::runs::{RunRecord, Status};
use crate::train::TrainError;
use datasets::Datasets;
use link::{Link, RunNumber, Update};
use queue::Queue;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All runs are done.
    Done,
    /// A person ended it.
    Interrupted,
    /// Some runs failed, and it was said.
    SomeFailed,
}

/// What is around a session: nothing, or a window.
#[derive(Default)]
pub struct Surroundings {
    /// Its link to the window. Then the session goes on until the window ends it, and trains what is asked for.
    pub link: Option<Link>,
    /// The window's device, to train on where the session would open the same adapter.
    pub gpu: Option<Gpu>,
    /// The number of its first run.
    pub first_run: usize,
}

/// What the waves of a session share.
struct Session<'a> {
    config: &'a SessionConfig,
    /// There is one run.
    is_only: bool,
    /// When the first of the runs began that no summary was printed of yet.
    begun: (SystemTime, Instant),
    /// All that has ended was told of.
    is_told: bool,
    device: Arc<Device>,
    is_device_lost: bool,
    datasets: Datasets,
    progress: Progress,
    link: Option<Link>,
    /// With `--resume`: the folder that the first run goes on in.
    resume: Option<PathBuf>,
    /// With `--profiling`: what came before the first run.
    phases: Option<Phases>,
    /// With `--profiling`: what the device reaches.
    roofline: Option<Roofline>,
    /// The models that were told of: a table, and the run that had it first.
    models: Vec<(String, String)>,
    /// Of the runs that are over, and that no summary was printed of.
    summaries: Vec<String>,
    records: Vec<RunRecord>,
    failures: Vec<(String, anyhow::Error)>,
    /// Of all that was told of.
    some_failed: bool,
}

/// Runs all experiments of a session together, and prints what happens.
///
/// # Errors
/// The session cannot begin, or its only run failed. Of several runs, one that fails does not end the others.
pub fn run(config: &SessionConfig) -> anyhow::Result<Ended> {
    run_in(config, Surroundings::default())
}

/// As [`run`], beside a window.
///
/// # Errors
/// Those of [`run`].
pub fn run_in(config: &SessionConfig, around: Surroundings) -> anyhow::Result<Ended> {
    let begun = (SystemTime::now(), Instant::now());
    match config {
        SessionConfig { json: true, .. } => Voice::Json.set(),
        SessionConfig { quiet: true, .. } => Voice::Quiet.set(),
        _ => Voice::Full.set(),
    }
    if config.debug || config.log_file.is_some() {
        start_log(config.log_file.as_deref(), config.debug).context("--log-file")?;
    }
    interrupt::hear();
    let Surroundings {
        link,
        gpu,
        first_run,
    } = around;
    let mut queue = Queue::new(config.experiments.clone(), first_run, link.clone());
    if queue.len() == 0 && link.is_none() {
        return Ok(Ended::Done);
    }
    let is_only = queue.len() == 1 && link.is_none();
    let mut phases = Phases::start();
    let mut datasets = Datasets::told_to(link.clone());
    // Before the device is opened, so that what is wrong with it is told first.
    if let Some(first) = queue.first() {
        let loaded = datasets.get(&first.data);
        if is_only {
            loaded?;
        }
    }
    phases.end("load the data set");
    let (device, notice) = Device::choose_for(config, gpu)?;
    notice.iter().for_each(|notice| eprintln!("{notice}"));
    if let Some(link) = &link {
        let name = device.name();
        link.tell(Update::Device { name, notice });
    }
    phases.end("open the device");

    let mut session = Session {
        config,
        is_only,
        begun,
        is_told: false,
        device: Arc::new(device),
        is_device_lost: false,
        datasets,
        progress: Progress::new(queue.epochs()),
        link,
        resume: config.resume.clone(),
        phases: config.profiling.then_some(phases),
        roofline: None,
        models: Vec::new(),
        summaries: Vec::new(),
        records: Vec::new(),
        failures: Vec::new(),
        some_failed: false,
    };
    loop {
        queue.hear(&session.progress);
        if queue.len() == 0 {
            session.conclude()?;
        }
        if !queue.wait(&session.progress) {
            break;
        }
        session.begin_anew(queue.epochs());
        let needed = queue.runs().map(|run| &run.data);
        session.datasets.keep(needed);
        if std::mem::take(&mut session.is_device_lost) {
            session.reopen()?;
        }
        wave::train(&mut session, &mut queue);
    }
    session.conclude()?;
    Ok(match (interrupt::asked(), session.some_failed) {
        (true, _) => Ended::Interrupted,
        (false, true) => Ended::SomeFailed,
        (false, false) => Ended::Done,
    })
}

impl Session<'_> {
    fn is_logged(&self) -> bool {
        self.config.debug || self.config.log_file.is_some()
    }

    /// Runs are to begin; where all before them were told of, they are as a session of their own.
    fn begin_anew(&mut self, epochs: u64) {
        if std::mem::take(&mut self.is_told) {
            self.begun = (SystemTime::now(), Instant::now());
            self.progress = Progress::new(epochs);
            self.models.clear();
        }
    }

    /// Measures what the device reaches, once.
    fn measure_roofline(&mut self) {
        if self.roofline.is_none() {
            self.roofline = profile::roofline(&self.device);
        }
    }

    /// Nothing more is to begin.
    fn is_ending(&self) -> bool {
        interrupt::asked() || self.link.as_ref().is_some_and(Link::quits)
    }

    /// A run has failed before it began.
    fn fail_before(&mut self, number: RunNumber, run_id: &str, error: anyhow::Error) {
        if let Some(link) = &self.link {
            let outcome = Outcome {
                status: Status::Failed,
                error: Some(format!("experiment {run_id}: {error:#}")),
            };
            link.tell(Update::Ended(number, outcome));
        }
        self.fail(run_id, error);
    }

    /// Opens the device anew.
    fn reopen(&mut self) -> anyhow::Result<()> {
        let (device, notice) = Device::choose_for(self.config, None)?;
        if let Some(link) = &self.link {
            let name = device.name();
            link.tell(Update::Device { name, notice });
        }
        self.device = Arc::new(device);
        Ok(())
    }

    /// A run has failed.
    fn fail(&mut self, run_id: &str, error: anyhow::Error) {
        self.is_device_lost |= is_loss(&error);
        self.failures.push((run_id.to_owned(), error));
    }
}

/// Whether an error says that the device does not work any more: after its first trouble it takes no program.
fn is_loss(error: &anyhow::Error) -> bool {
    let backend = match error.downcast_ref() {
        Some(TrainError::Backend(error)) => Some(error),
        _ => error.downcast_ref(),
    };
    matches!(
        backend,
        Some(
            BackendError::Lost { .. }
                | BackendError::Rejected { .. }
                | BackendError::OutOfMemory { .. }
        )
    )
}
