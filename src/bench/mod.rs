//! `shadernets bench`: how fast this machine's devices train, and what limits them.
//!
//! ```text
//! request ─> children: one process a measurement ─> measure ─> JSON line ─> report ─> table | JSON | comparison
//! ```
//!
//! [`workload`] says what is trained, [`synthetic`] makes its data set, [`measure`] trains and takes the times,
//! [`measurement`] holds what was found. Each measurement runs in a process of its own ([`children`]), so that
//! its peak memory and its first epoch are its own. [`file`](mod@file) is how other trainers get the same task.

mod export;
mod file;
mod measure;
pub mod measurement;
mod statistics;
mod synthetic;
mod workload;

use std::path::PathBuf;

pub use export::export;
pub use measure::{Span, Task, count_step};
pub use statistics::Spread;
pub use workload::Workload;

use crate::config::{DeviceChoice, ExperimentConfig};
use crate::report::say;

/// What is trained in a measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
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
            let measurement = Task::load(&subject)?.measure(&device, span)?;
            say!("{}", serde_json::to_string(&measurement)?);
            Ok(())
        }
    }
}
