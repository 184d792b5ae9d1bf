//! A session of the program: experiments from their configurations to trained networks, natively.
//!
//! ```text
//! SessionConfig ─> runs: experiments x training times                  crate::config
//!               ─> waves: as many runs at once as memory holds         wave.rs
//!                  data sets, each loaded once                         datasets.rs
//!               ─> workers, advancing epoch by epoch                   together.rs, worker.rs
//!               ─> events ─> console, JSON lines, the run's folder     heard.rs
//! ```

mod datasets;
mod device;
mod heard;
mod interrupt;
mod profile;
mod together;
mod wave;
mod worker;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use anyhow::Context;

pub use datasets::{generate, load};
pub use device::Device;
pub use interrupt::EXIT_INTERRUPTED;

use crate::config::{ExperimentConfig, RunsPath, SessionConfig};
use crate::host;
use crate::report::profile::Roofline;
use crate::report::{
    Comparison, Format, Phases, Progress, Voice, html, one_line, plot, start_log, tell,
};
use crate::runs::{RunRecord, replace_file};
use datasets::Datasets;
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

/// What the waves of a session share.
struct Session<'a> {
    config: &'a SessionConfig,
    /// There is one run.
    is_only: bool,
    begun: SystemTime,
    device: Device,
    datasets: Datasets,
    progress: Progress,
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
    let mut runs: VecDeque<ExperimentConfig> = config.runs().into();
    let Some(first) = runs.front() else {
        return Ok(Ended::Done);
    };
    let is_only = runs.len() == 1;
    let mut phases = Phases::start();
    let mut datasets = Datasets::default();
    // Before the device is opened, so that what is wrong with it is told first.
    let loaded = datasets.get(&first.data);
    if is_only {
        loaded?;
    }
    phases.end("load the data set");
    let (device, notice) = match config.profiling {
        true => Device::choose_to_profile(&config.device, config.kernel),
        false => Device::choose(&config.device, config.kernel),
    }?;
    notice.iter().for_each(|notice| eprintln!("{notice}"));
    phases.end("open the device");

    let epochs = runs.iter().map(|run| u64::from(run.training.epochs));
    let mut session = Session {
        config,
        is_only,
        begun,
        device,
        datasets,
        progress: Progress::new(epochs.sum()),
        phases: config.profiling.then_some(phases),
        roofline: None,
        models: Vec::new(),
        summaries: Vec::new(),
        records: Vec::new(),
        failures: Vec::new(),
    };
    while !runs.is_empty() && !interrupt::asked() {
        let needed = runs.iter().map(|run| &run.data);
        session.datasets.keep(needed);
        Wave::next(&mut session, &mut runs).train(&mut session);
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

    /// A run has failed, maybe before it began.
    fn fail(&mut self, run_id: &str, error: anyhow::Error) {
        self.failures.push((run_id.to_owned(), error));
    }

    /// Prints the summary and the comparison, writes what is asked for, and says how it ended.
    fn conclude(mut self, clock: Instant) -> anyhow::Result<Ended> {
        if self.is_only
            && let Some((run_id, error)) = self.failures.pop()
        {
            return Err(error.context(format!("experiment {run_id}")));
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
