//! The runs that train at the same time: as many as memory holds.

use std::collections::VecDeque;
use std::sync::Arc;

use super::begin::{begin, place};
use super::heard::Heard;
use super::link::RunNumber;
use super::pace::Given;
use super::profile::RunProfiler;
use super::queue::{Queue, Waiting};
use super::together::{self, Company, Turns};
use super::worker::{Timed, Worker};
use super::{Device, Session, device, profile};
use crate::backend::group::Replica;
use crate::config::{self, CheckAction, EarlyStopping, ExperimentConfig};
use crate::data::Dataset;
use crate::host;
use crate::ops::parallel;
use crate::report::{Phases, say};
use crate::train::{Compiled, SharedChecks};

/// Most memory for the tensors of runs on a GPU, which does not tell how much it has.
const GPU_BUDGET: u64 = 4 << 30;

/// A run with its data set and program, not on the device yet.
pub struct Ready {
    pub number: RunNumber,
    pub given: Given,
    pub run: ExperimentConfig,
    pub dataset: Arc<Dataset>,
    pub compiled: Compiled,
}

/// Takes the next runs: at least one, and as many as memory is likely to hold. Those that cannot be made ready have
/// failed.
fn next(session: &mut Session<'_>, waiting: &mut VecDeque<Waiting>) -> Vec<Ready> {
    let budget = budget(&session.device);
    let mut wave: Vec<Ready> = Vec::new();
    let mut bytes = 0;
    while let Some(next) = waiting.pop_front() {
        let compiled = session.datasets.get(&next.run.data).and_then(|dataset| {
            let compiled = session.device.compile(&next.run, &dataset)?;
            Ok((dataset, compiled))
        });
        match compiled {
            Err(error) => session.fail_before(next.number, &next.run.exp_id, error),
            Ok((dataset, compiled)) => {
                bytes += 4 * device::own_elements(&compiled.program.tensors) as u64;
                if bytes > budget && !wave.is_empty() {
                    waiting.push_front(next);
                    break;
                }
                let Waiting { number, given, run } = next;
                wave.push(Ready {
                    number,
                    given,
                    run,
                    dataset,
                    compiled,
                });
            }
        }
    }
    wave
}

/// Trains the next runs of the queue to their end, and beside them those that are given while they rest.
pub fn train(session: &mut Session<'_>, queue: &mut Queue) {
    let turns = match *session.device {
        Device::Cpu => Turns::InJobs(session.config.jobs),
        Device::Gpu(_) => Turns::OnDevices,
    };
    let wave = next(session, queue.waiting());
    let mut at_work = AtWork {
        session,
        queue,
        heard: Vec::new(),
        profiled: Vec::new(),
    };
    let workers = at_work.begin(wave);
    let workers = together::train(workers, turns, &mut at_work);
    at_work.end(workers);
}

/// Those who listen to the runs at work, in the order of the workers.
struct AtWork<'w, 's> {
    session: &'w mut Session<'s>,
    queue: &'w mut Queue,
    heard: Vec<Heard>,
    /// What came before the first step of each, and the entries of its epochs.
    profiled: Vec<(Phases, usize)>,
}

impl AtWork<'_, '_> {
    /// Puts runs on the device; those that it does not take have failed.
    fn begin(&mut self, mut wave: Vec<Ready>) -> Vec<Worker> {
        let first = self.heard.len();
        let mut workers = Vec::new();
        let shared = replicas(self.session, &mut wave);
        let mut placed = Vec::new();
        for (ready, shared) in wave.into_iter().zip(shared) {
            if self.session.is_ending() {
                break;
            }
            let phases = self.session.phases.take();
            let mut phases = phases.unwrap_or_else(Phases::start);
            let (number, id) = (ready.number, ready.run.exp_id.clone());
            let clones = ready.run.data.augmentation.clones as usize;
            let entries = ready.dataset.partitions.training.len() * clones;
            match place(self.session, ready, shared, &mut phases) {
                Ok(run) => placed.push((run, (phases, entries))),
                Err(error) => self.session.fail_before(number, &id, error),
            }
        }
        let (config, begun) = (self.session.config, self.session.begun.0);
        let runs = placed.iter_mut().map(|(run, _)| run).collect();
        let recorders = parallel::map_side_by_side(runs, |run| run.recorder(config, begun));
        for ((run, profiled), recorder) in placed.into_iter().zip(recorders) {
            let (number, id) = (run.number(), run.id().to_owned());
            let recorder = recorder.map_err(anyhow::Error::from);
            match recorder.and_then(|recorder| begin(self.session, run, recorder)) {
                Ok((worker, heard)) => {
                    workers.push(worker);
                    self.heard.push(heard);
                    self.profiled.push(profiled);
                }
                Err(error) => self.session.fail_before(number, &id, error),
            }
        }
        if self.session.config.profiling {
            self.session.measure_roofline();
            let listeners = self.heard.iter_mut().zip(&mut self.profiled).skip(first);
            for (worker, (heard, (phases, _))) in workers.iter_mut().zip(listeners) {
                let folder = &heard.recorder.record().folder;
                let (trainer, roofline) = (&mut worker.trainer, self.session.roofline);
                let profiler = RunProfiler::start(trainer, &heard.id, folder, roofline);
                heard.clock = Some(profiler.clock());
                worker.profiler = Some(profiler);
                profile::first_steps(worker, heard, phases);
            }
        }
        workers
    }

    /// Lets all know how the runs have ended.
    fn end(self, workers: Vec<Worker>) {
        let session = self.session;
        let runs = workers.into_iter().zip(self.heard);
        let ended = parallel::map_side_by_side(runs.collect(), |(mut worker, mut heard)| {
            worker.end_profile();
            let outcome = worker.outcome();
            let files = heard.end_files(&outcome, worker.seconds);
            (worker, heard, outcome, files)
        });
        for (ended, (phases, entries)) in ended.into_iter().zip(self.profiled) {
            let (mut worker, mut heard, outcome, files) = ended;
            let mut ended = files.and(heard.end(&outcome, worker.seconds));
            if session.config.profiling && outcome.error.is_none() {
                let table = profile::table(&mut worker, &heard, entries, &phases);
                let told = table.and_then(|table| Ok(say!("\n{table}")));
                ended = ended.and(told);
            }
            if let Some(error) = worker.take_error().or(ended.err()) {
                session.fail(&heard.id, error);
            }
            let (summary, record) = heard.into_results();
            session.summaries.push(summary);
            session.records.push(record);
        }
    }
}

impl Company for AtWork<'_, '_> {
    fn hear(&mut self, run: usize, events: Vec<Timed>) -> anyhow::Result<()> {
        self.heard[run].hear(events)
    }

    fn more(&mut self) -> Vec<Worker> {
        if !self.queue.hear(&self.session.progress) {
            return Vec::new();
        }
        let mut beside = self.queue.take_beside();
        if beside.is_empty() {
            return Vec::new();
        }
        let wave = next(self.session, &mut beside);
        self.queue.put_back(beside);
        self.begin(wave)
    }
}

/// Bytes that the tensors of all runs of a wave may take.
fn budget(device: &Device) -> u64 {
    let half = host::available_memory_bytes().unwrap_or(GPU_BUDGET) / 2;
    match device {
        Device::Cpu => half,
        Device::Gpu(_) => half.min(GPU_BUDGET),
    }
}

/// What a run has that trains as one program with others.
pub struct Shared {
    /// The number of the device.
    pub device: usize,
    /// Its part of the program there.
    pub backend: Replica,
    pub checks: SharedChecks,
}

/// What runs share that train as one program. They rest together: as the first of them that was given.
fn replicas(session: &mut Session<'_>, runs: &mut [Ready]) -> Vec<Option<Shared>> {
    let mut shared: Vec<_> = runs.iter().map(|_| None).collect();
    let most = session.config.most_replicas();
    let can_share = |place: &usize| {
        let training = &runs[*place].run.training;
        // All go through the same phases at the same time.
        training.early_stopping == EarlyStopping::Notify
            && training.instability_checks != CheckAction::Debug
            && !training.dump_minibatches
    };
    let sharing: Vec<usize> = (0..runs.len()).filter(can_share).collect();
    let configs: Vec<_> = sharing
        .iter()
        .map(|place| runs[*place].run.clone())
        .collect();
    for group in config::replicas(&configs, most) {
        let group: Vec<usize> = group.into_iter().map(|member| sharing[member]).collect();
        let most = session
            .device
            .most_replicas(&runs[group[0]].compiled.program);
        for group in group.chunks(most).filter(|group| group.len() > 1) {
            let phases = session.phases.get_or_insert_with(Phases::start);
            let Ready { run, dataset, .. } = &runs[group[0]];
            match session.device.replicas(run, dataset, group.len(), phases) {
                Ok(replicas) => {
                    let replicas = replicas.into_iter().enumerate();
                    let replicas = replicas.flat_map(|(device, replicas)| {
                        replicas.into_iter().map(move |replica| (device, replica))
                    });
                    let checks = SharedChecks::default();
                    let given = group.iter().map(|place| runs[*place].given).min();
                    for (place, (device, backend)) in group.iter().zip(replicas) {
                        let checks = checks.clone();
                        shared[*place] = Some(Shared {
                            device,
                            backend,
                            checks,
                        });
                        runs[*place].given = given.unwrap_or_default();
                    }
                }
                // Each on its own then: that takes less memory at once.
                Err(error) => tracing::warn!("runs are not trained as one program: {error}"),
            }
        }
    }
    shared
}
