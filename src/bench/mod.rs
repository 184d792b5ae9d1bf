//! `shadernets bench`: how fast this machine's devices train, and what limits them.
//!
//! ```text
//! request ─> children: one process a measurement ─> measure ─> JSON line ─> report ─> tables | JSON | comparison
//! ```
//!
//! [`Workload`] says what is trained, `synthetic` makes its data set, [`Task::measure`] trains and takes the times,
//! [`Measurement`] holds what was found, `probe` finds the device's own limits. Each measurement runs in a process
//! of its own (`children`), so that its peak memory and its first epoch are its own. `file` is how other trainers
//! get the same task. `docs/benchmarks.md` says what each figure means.

mod children;
mod compare;
mod export;
mod file;
mod measure;
mod measurement;
mod probe;
mod report;
mod scaling;
mod statistics;
mod synthetic;
mod workload;

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, ensure};

pub use compare::compare;
pub use export::export;
pub use measure::{Span, Task, count_step};
pub use measurement::{Counts, Measurement, Peak};
pub use probe::peak_of;
pub use report::Report;
pub use statistics::Spread;
pub use workload::Workload;

pub(crate) use report::{si, time};

use crate::backend::gpu::{self, software};
use crate::config::{DeviceChoice, ExperimentConfig};
use crate::report::{progress_bar, say};
use children::Children;

/// What is measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The device's own limits.
    Peak,
    /// A workload on its synthetic data set.
    Workload(Workload),
    /// A workload that was exported to this file.
    File(PathBuf),
    /// A training as a person asks for it, and the arguments that say so.
    Training {
        arguments: Vec<String>,
        config: Box<ExperimentConfig>,
    },
}

impl Subject {
    /// Whether it is a network so small that a software adapter's threads cost more than they save.
    pub fn is_small(&self) -> bool {
        let (inputs, layers, minibatch) = match self {
            Self::Peak => return false,
            Self::Workload(workload) => (
                workload.features(),
                workload.layers.clone(),
                workload.minibatch,
            ),
            // What is wrong with the file is told when it is read.
            Self::File(path) => match file::sizes(path) {
                Ok(sizes) => sizes,
                Err(_) => return false,
            },
            Self::Training { config, .. } => return software::is_small(config),
        };
        software::is_small_network(inputs, &layers, minibatch)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peak => f.write_str("peak"),
            Self::Workload(workload) => workload.fmt(f),
            Self::File(file) => file.display().fmt(f),
            Self::Training { config, .. } => f.write_str(&config.exp_id),
        }
    }
}

/// What `shadernets bench` is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Write workloads into a folder.
    Export {
        folder: PathBuf,
        workloads: Vec<Workload>,
    },
    /// One measurement, in this process, as one line of JSON.
    Line {
        subject: Subject,
        device: DeviceChoice,
        span: Option<Span>,
    },
    /// Each subject on each device, in a process each.
    Measure {
        subjects: Vec<Subject>,
        /// None: the CPU and every adapter.
        devices: Vec<DeviceChoice>,
        span: Option<Span>,
        output: Output,
    },
    /// How cost grows with size.
    Scaling {
        devices: Vec<DeviceChoice>,
        output: Output,
    },
    /// Two former reports, side by side.
    Compare { before: PathBuf, now: PathBuf },
}

/// What is made of the measurements.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// Print JSON instead of tables.
    pub json: bool,
    /// Write JSON into this file as well.
    pub json_file: Option<PathBuf>,
    /// Compare with this former report.
    pub compare: Option<PathBuf>,
}

/// Does what is asked for.
///
/// # Errors
/// A measurement failed, or a file cannot be read or written.
pub fn run(request: Request) -> anyhow::Result<()> {
    match request {
        Request::Export { folder, workloads } => export(&folder, &workloads),
        Request::Line {
            subject,
            device,
            span,
        } => {
            let line = match subject {
                Subject::Peak => serde_json::to_string(&probe::measure(&device)?),
                subject => serde_json::to_string(&Task::load(&subject)?.measure(&device, span)?),
            };
            say!("{}", line?);
            Ok(())
        }
        Request::Measure {
            subjects,
            devices,
            span,
            output,
        } => measure_all(&subjects, devices, span, &output),
        Request::Scaling { devices, output } => scale(devices, &output),
        Request::Compare { before, now } => {
            say!(
                "{}",
                compare(&Report::read(&before)?, &Report::read(&now)?)?
            );
            Ok(())
        }
    }
}

fn measure_all(
    subjects: &[Subject],
    devices: Vec<DeviceChoice>,
    span: Option<Span>,
    output: &Output,
) -> anyhow::Result<()> {
    // Read first: a mistake shows before the minutes of measuring.
    let before = output.compare.as_deref().map(Report::read).transpose()?;
    let children = Children::new();
    let devices = or_all(devices);
    let trained: Vec<&Subject> = subjects.iter().filter(|s| **s != Subject::Peak).collect();
    let bar = progress_bar((devices.len() * (1 + trained.len())) as u64, "measurements");
    let (mut peaks, mut measurements, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for device in &devices {
        match children.measure(&Subject::Peak, device, None) {
            Ok(peak) => peaks.push(peak),
            Err(error) => failed.push(error),
        }
        bar.inc(1);
    }
    for subject in &trained {
        for device in &devices {
            match children.measure(subject, device, span) {
                Ok(measurement) => measurements.push(measurement),
                Err(error) => failed.push(error),
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let report = Report::new(peaks, measurements);
    output.write(&report, &report.tables())?;
    if let (Some(before), false) = (before, report.measurements.is_empty()) {
        let compared = compare(&before, &report)?;
        match output.json {
            // Standard output is for the report alone.
            true => eprintln!("{compared}"),
            false => say!("\n{compared}"),
        }
    }
    all_well(failed)
}

fn scale(devices: Vec<DeviceChoice>, output: &Output) -> anyhow::Result<()> {
    let children = Children::new();
    let devices = or_all(devices);
    let points = scaling::points()?;
    let bar = progress_bar((devices.len() * points.len()) as u64, "measurements");
    let (mut measured, mut failed) = (Vec::new(), Vec::new());
    for device in &devices {
        for point in &points {
            let subject = Subject::Workload(point.workload.clone());
            match children.measure(&subject, device, Some(point.span)) {
                Ok(measurement) => measured.push((point, measurement)),
                Err(error) => failed.push(error),
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let table = scaling::table(&measured);
    let measurements = measured.into_iter().map(|(_, measurement)| measurement);
    output.write(&Report::new(Vec::new(), measurements.collect()), &table)?;
    all_well(failed)
}

/// The devices asked for, or the CPU and every adapter.
fn or_all(devices: Vec<DeviceChoice>) -> Vec<DeviceChoice> {
    if !devices.is_empty() {
        return devices;
    }
    let adapters = pollster::block_on(gpu::adapters());
    let mut devices = vec![DeviceChoice::Cpu];
    for adapter in adapters {
        let named = DeviceChoice::Named(adapter.get_info().name);
        if !devices.contains(&named) {
            devices.push(named);
        }
    }
    devices
}

/// Fails if a measurement did; the others have been shown.
fn all_well(failed: Vec<anyhow::Error>) -> anyhow::Result<()> {
    let failed: Vec<String> = failed.iter().map(|error| format!("{error:#}")).collect();
    ensure!(
        failed.is_empty(),
        "{} measurements failed, for the reasons above: {}",
        failed.len(),
        failed.join("; ")
    );
    Ok(())
}

impl Output {
    fn write(&self, report: &Report, tables: &str) -> anyhow::Result<()> {
        let json = serde_json::to_string_pretty(report)?;
        if let Some(file) = &self.json_file {
            let error = || format!("--json={}: cannot write it", file.display());
            std::fs::write(file, format!("{json}\n")).with_context(error)?;
        }
        let shown = if self.json { &json } else { tables.trim_end() };
        say!("{shown}");
        Ok(())
    }
}
