//! `--profiling`: where the time of a run goes.

use super::heard::Heard;
use super::worker::{Came, Worker};
use crate::bench;
use crate::report::{Phases, profile_table};

/// Trains until the device has done its first training step, and ends that phase.
pub fn first_steps(worker: &mut Worker, heard: &mut Heard, phases: &mut Phases) {
    phases.restart();
    while worker.trainer.backend().counters().dispatches == 0 && !worker.is_over() {
        let (came, events) = worker.advance();
        if let Err(error) = heard.hear(events) {
            worker.fail(error);
        }
        if came == Came::ToWait {
            worker.wait();
        }
    }
    worker.wait();
    phases.end("first step, and those queued with it");
}

/// What the phases, an epoch and the kernels of a step took.
///
/// # Errors
/// The device failed.
pub fn table(
    worker: &mut Worker,
    heard: &Heard,
    entries: usize,
    phases: &Phases,
) -> anyhow::Result<String> {
    let step = bench::count_step(&mut worker.trainer, entries)?;
    let kernels = bench::time_step(&mut worker.trainer, entries)?;
    Ok(profile_table(phases, &heard.epoch_ends, &step, &kernels))
}
