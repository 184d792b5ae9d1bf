//! `--profiling`: where the time of a run goes.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Device;
use super::heard::Heard;
use super::worker::{Came, Worker};
use crate::bench::{self, peak_of};
use crate::report::one_line;
use crate::report::profile::{
    EpochProfile, HostClock, HostThread, Phases, Roofline, page, profile_table, trace,
};
use crate::runs::{make_inside, replace_file};
use crate::train::{Activity, Advance, TrainError, Trainer};

/// Where the reports lie: in the run's folder, or in the working directory.
const FOLDER: &str = "profiling";

/// What the host does while the device has not answered.
const WAIT: &str = "wait for the device";

/// What it does when something has happened.
pub const LISTEN: &str = "console, files and other listeners";

/// What a device reaches, measured; a notice where that cannot be.
pub fn roofline(device: &Device) -> Option<Roofline> {
    match peak_of(device) {
        Ok(peak) => Some((&peak).into()),
        Err(error) => {
            let error = one_line(&format!("{error:#}"));
            eprintln!("Note: profiles come without a roofline: {error}.");
            None
        }
    }
}

/// Takes the time of all that is done for a run, and writes a report for each epoch.
pub struct RunProfiler {
    clock: HostClock,
    /// The run's folder, and that of the reports in it.
    run_folder: PathBuf,
    folder: PathBuf,
    run: String,
    roofline: Option<Roofline>,
    /// For the first report.
    startup: Option<Phases>,
    /// The epoch that has finished.
    finished: Option<u32>,
    last: Option<EpochProfile>,
}

impl RunProfiler {
    /// Starts profiling; `run_folder` is empty for a run that has none.
    pub fn start(
        trainer: &mut Trainer,
        run: &str,
        run_folder: &Path,
        roofline: Option<Roofline>,
    ) -> Self {
        let clock = HostClock::start();
        trainer.backend().start_profile(clock.origin());
        let folder = Path::new(FOLDER);
        Self {
            clock,
            run_folder: run_folder.to_owned(),
            folder: match run_folder.as_os_str().is_empty() {
                true => folder.join(run),
                false => folder.to_owned(),
            },
            run: run.to_owned(),
            roofline,
            startup: None,
            finished: None,
            last: None,
        }
    }

    /// The clock, for others who work for the run.
    pub fn clock(&self) -> HostClock {
        self.clock.clone()
    }

    /// Advances the trainer. Before an epoch begins, the report of the one before it is written: until then it may
    /// be evaluated, saved and listened to.
    ///
    /// # Errors
    /// The report cannot be written. What ends the training is within.
    pub fn advance(
        &mut self,
        trainer: &mut Trainer,
    ) -> anyhow::Result<Result<Advance, TrainError>> {
        let activity = trainer.activity();
        if activity == Activity::Order {
            self.write(trainer)?;
        }
        let begin = Instant::now();
        let advanced = trainer.advance();
        let what = match &advanced {
            Ok(Advance::Waiting) => WAIT,
            _ => activity.name(),
        };
        self.clock.note(HostThread::Training, what, begin);
        Ok(advanced)
    }

    /// The host has waited since `begin`.
    pub fn waited(&self, begin: Instant) {
        self.clock.note(HostThread::Training, WAIT, begin);
    }

    pub fn epoch_finished(&mut self, epoch: u32) {
        self.finished = Some(epoch);
    }

    /// Writes the report of the epoch that has finished, if one has.
    ///
    /// # Errors
    /// It cannot be written, or the device was lost.
    pub fn write(&mut self, trainer: &mut Trainer) -> anyhow::Result<()> {
        let Some(epoch) = self.finished.take() else {
            return Ok(());
        };
        let Some(kernels) = trainer.backend().take_profile()? else {
            return Ok(());
        };
        let profile = EpochProfile {
            run: self.run.clone(),
            device: trainer.backend().device().to_owned(),
            epoch,
            startup: self.startup.take(),
            roofline: self.roofline,
            host: self.clock.take(),
            kernels,
        };
        let folder = make_inside(&self.run_folder, &self.folder)?;
        let path = |ending| folder.join(format!("epoch-{epoch:05}.{ending}"));
        replace_file(&path("html"), page(&profile)?.as_bytes())?;
        replace_file(&path("trace.json"), trace(&profile)?.as_bytes())?;
        self.last = Some(profile);
        Ok(())
    }
}

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
    if let Some(profiler) = &mut worker.profiler {
        profiler.startup = Some(phases.clone());
    }
}

/// What the phases, an epoch and the kernels of a step took, and where the reports are.
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
    let profiler = worker.profiler.as_ref();
    let last = profiler.and_then(|profiler| profiler.last.as_ref());
    let table = profile_table(phases, &heard.epoch_ends, &step, last);
    let folder = profiler.map_or(Path::new(FOLDER), |profiler| &profiler.folder);
    Ok(format!("{table}\nProfiles: {}", folder.display()))
}
