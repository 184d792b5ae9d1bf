//! A session of the program: experiments from their configurations to trained networks, natively.
//!
//! ```text
//! SessionConfig ─> runs: experiments x training times                  queue.rs
//!               ─> waves: as many runs at once as memory holds         wave.rs
//!                  data sets, each loaded once                         datasets.rs
//!               ─> workers, advancing epoch by epoch                   together.rs, worker.rs
//!               ─> events ─> console, JSON lines, the run's folder     heard.rs
//! window        <─> what it asks for, what it is told                  link.rs, steering.rs, anatomy.rs
//! ```

mod anatomy;
mod datasets;
mod device;
mod heard;
mod interrupt;
pub mod link;
mod profile;
mod queue;
mod steering;
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
use crate::config::{RunsPath, SessionConfig};
use crate::host;
use crate::report::profile::Roofline;
use crate::report::{
    Comparison, Format, Outcome, Phases, Progress, Voice, html, one_line, plot, start_log, tell,
};
use crate::runs::{RunRecord, Status, replace_file};
use crate::train::TrainError;
use datasets::Datasets;
use link::{Link, RunNumber, Update};
use queue::Queue;
use wave::Wave;

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
    begun: SystemTime,
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
    /// Of the runs that are over.
    summaries: Vec<String>,
    records: Vec<RunRecord>,
    failures: Vec<(String, anyhow::Error)>,
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
    let (begun, clock) = (SystemTime::now(), Instant::now());
    match config {
        SessionConfig { json: true, .. } => Voice::Json.set(),
        SessionConfig { quiet: true, .. } => Voice::Quiet.set(),
        _ => {}
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
    };
    while queue.wait(&session.progress) {
        let needed = queue.runs().map(|run| &run.data);
        session.datasets.keep(needed);
        if std::mem::take(&mut session.is_device_lost) {
            session.reopen()?;
        }
        Wave::next(&mut session, queue.waiting()).train(&mut session);
    }
    session.progress.clear();
    session.conclude(clock)
}

impl Session<'_> {
    fn is_logged(&self) -> bool {
        self.config.debug || self.config.log_file.is_some()
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

    /// Prints the summary and the comparison, writes what is asked for, and says how it ended.
    fn conclude(mut self, clock: Instant) -> anyhow::Result<Ended> {
        if self.is_only
            && let Some((run_id, error)) = self.failures.pop()
        {
            return Err(error.context(format!("experiment {run_id}")));
        }
        if self.summaries.is_empty() && self.link.is_some() {
            return Ok(Ended::Done);
        }
        tell!("\nSummary");
        for summary in &self.summaries {
            tell!("{summary}");
        }
        if self.records.len() > 1 {
            tell!(
                "\nComparison\n{}",
                Comparison::new(&self.records).text(Format::Terminal)?
            );
        }
        self.write_reports()?;
        let peak = host::peak_memory_mib();
        let memory = peak.map_or(String::new(), |peak| format!(", peak memory {peak:.0} MiB"));
        tell!(
            "Session: {} to {}, {:.2} s{memory}",
            humantime::format_rfc3339_seconds(self.begun),
            humantime::format_rfc3339_seconds(SystemTime::now()),
            clock.elapsed().as_secs_f64()
        );
        for (run_id, error) in &self.failures {
            let message = one_line(&format!("{error:#}"));
            eprintln!("error: experiment {run_id}: {message}");
        }
        Ok(match (interrupt::asked(), self.failures.is_empty()) {
            (true, _) => Ended::Interrupted,
            (false, false) => Ended::SomeFailed,
            (false, true) => Ended::Done,
        })
    }

    /// Writes the report of all runs, where there are several, and the plot; says where everything is.
    fn write_reports(&self) -> anyhow::Result<()> {
        if let Some(to) = &self.config.plot {
            plot(&self.records, to)?;
            tell!("Plot: {}", to.display());
        }
        let RunsPath::Folder(runs) = &self.config.runs_path else {
            return Ok(());
        };
        match self.records.as_slice() {
            [] => {}
            [record] => tell!("Results: {}", record.folder.display()),
            records => {
                let path = free_path(runs, self.begun);
                replace_file(&path, html(records)?.as_bytes())?;
                tell!(
                    "Results: {}; all in one page: {}",
                    runs.display(),
                    path.display()
                );
            }
        }
        Ok(())
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

/// Where the report of a whole session goes.
fn free_path(runs: &std::path::Path, begun: SystemTime) -> PathBuf {
    let stamp = humantime::format_rfc3339_seconds(begun).to_string();
    let stamp = stamp.replace([':', '-'], "");
    let names = (1..).map(|number| match number {
        1 => format!("{stamp}-report.html"),
        _ => format!("{stamp}-report-{number}.html"),
    });
    let mut paths = names.map(|name| runs.join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}
