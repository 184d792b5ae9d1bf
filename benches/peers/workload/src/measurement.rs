//! Times epochs, and says what came out.

use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;

/// One process's measurement of one trainer.
#[derive(Serialize)]
pub struct Measurement {
    pub name: String,
    pub workload: String,
    /// Every epoch after the first: all minibatches, then dev, with the results on the host.
    pub epoch_seconds: Vec<f64>,
    /// From the data and initial parameters in host memory to the end of the first epoch.
    pub first_epoch_seconds: f64,
    /// Per epoch, the mean over all training samples of the loss in their minibatch's step.
    pub train_cost: Vec<f64>,
    /// Per epoch, the mean loss of the dev samples after it.
    pub dev_cost: Vec<f64>,
    pub peak_rss_mib: f64,
    pub threads: usize,
}

/// Sets a trainer up and runs its epochs. Each call of the trainer is one epoch, counted from 0, and returns its
/// training and dev cost.
pub fn measure<Trainer: FnMut(usize) -> Result<(f64, f64)>>(
    name: &str,
    workload: &str,
    epochs: usize,
    set_up: impl FnOnce() -> Result<Trainer>,
) -> Result<Measurement> {
    let mut start = Instant::now();
    let mut trainer = set_up()?;
    let mut seconds = Vec::with_capacity(epochs);
    let mut costs = Vec::with_capacity(epochs);
    for epoch in 0..epochs {
        costs.push(trainer(epoch)?);
        seconds.push(start.elapsed().as_secs_f64());
        start = Instant::now();
    }
    let first_epoch_seconds = if seconds.is_empty() {
        0.0
    } else {
        seconds.remove(0)
    };
    let (train_cost, dev_cost) = costs.into_iter().unzip();
    Ok(Measurement {
        name: name.to_owned(),
        workload: workload.to_owned(),
        epoch_seconds: seconds,
        first_epoch_seconds,
        train_cost,
        dev_cost,
        peak_rss_mib: peak_rss_mib()?,
        threads: std::thread::available_parallelism()?.get(),
    })
}

impl Measurement {
    /// Prints the measurement as one line of JSON.
    pub fn print(&self) -> Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// The most memory that this process had resident, from Linux's `/proc`.
fn peak_rss_mib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .context("peak memory is read from Linux's /proc")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("/proc/self/status has no VmHWM")?;
    let kib = line
        .trim()
        .trim_end_matches(" kB")
        .parse::<f64>()
        .context("VmHWM is no number")?;
    Ok(kib / 1024.0)
}
