//! Each measurement runs in a process of its own: its peak memory, warm-up and first epoch are its own.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;

use super::{Span, Subject};
use crate::config::DeviceChoice;

/// Starts this program anew for each measurement.
pub struct Children {
    /// As it was when this program started: what it sets for drivers of its own must not look like a
    /// person's wish to its children.
    environment: Vec<(OsString, OsString)>,
}

impl Children {
    /// To be called before any device is looked for.
    pub fn new() -> Self {
        Self {
            environment: std::env::vars_os().collect(),
        }
    }

    /// Measures one thing on one device.
    ///
    /// # Errors
    /// The child failed; it has said why on stderr.
    pub fn measure<T: DeserializeOwned>(
        &self,
        subject: &Subject,
        device: &DeviceChoice,
        span: Option<Span>,
    ) -> anyhow::Result<T> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let child = Command::new(program)
            .args(arguments(subject, device, span))
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start a process for the measurement")?;
        ensure!(
            child.status.success(),
            "{subject} on {device}: {}",
            child.status
        );
        serde_json::from_slice(&child.stdout).with_context(|| {
            format!("{subject} on {device}: no measurement on its standard output")
        })
    }
}

fn arguments(subject: &Subject, device: &DeviceChoice, span: Option<Span>) -> Vec<OsString> {
    let mut arguments = vec![
        OsString::from("bench"),
        "--json-line".into(),
        format!("--device={device}").into(),
    ];
    match span {
        Some(Span::Epochs(epochs)) => arguments.push(format!("--epochs={epochs}").into()),
        Some(Span::Time(time)) => {
            arguments.push(format!("--seconds={}", time.as_secs_f64()).into());
        }
        None => {}
    }
    match subject {
        Subject::Peak => arguments.push("--workload=peak".into()),
        Subject::Workload(workload) => arguments.push(format!("--workload={workload}").into()),
        Subject::File(file) => arguments.extend(["--from".into(), file.into()]),
        Subject::Training {
            arguments: training,
            ..
        } => {
            arguments.push("--".into());
            arguments.extend(training.iter().map(OsString::from));
        }
    }
    arguments
}
