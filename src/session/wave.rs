//! The runs that train at the same time: as many as memory holds.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::heard::{Heard, Window};
use super::link::{Anatomy, RunNumber, RunStart, Update};
use super::profile::RunProfiler;
use super::steering::Steering;
use super::worker::Worker;
use super::{Device, Session, device, profile, together};
use crate::backend::group::Replica;
use crate::cli::config_file;
use crate::config::{self, CheckAction, EarlyStopping, ExperimentConfig, RunsPath, TrackLayer};
use crate::data::Dataset;
use crate::host;
use crate::report::{
    Console, EventLog, JsonLines, Phases, RunInfo, layer_table, parameter_table, say,
};
use crate::runs::{Checkpoint, PartitionSizes, RunRecord, RunRecorder, checkpoints, read_tensors};
use crate::train::{Compiled, Observation, Sizes, Statistics, Trainer};

/// Most memory for the tensors of runs on a GPU, which does not tell how much it has.
const GPU_BUDGET: u64 = 4 << 30;

/// Runs with their data sets and programs, not on the device yet.
pub struct Wave {
    numbers: Vec<RunNumber>,
    runs: Vec<(ExperimentConfig, Arc<Dataset>, Compiled)>,
}

/// Runs that wait for their turn.
pub type Waiting = VecDeque<(RunNumber, ExperimentConfig)>;

impl Wave {
    /// Takes the next runs: at least one, and as many as memory is likely to hold. Those that cannot be made
    /// ready have failed.
    pub fn next(session: &mut Session<'_>, waiting: &mut Waiting) -> Self {
        let budget = budget(&session.device);
        let mut wave = Self {
            numbers: Vec::new(),
            runs: Vec::new(),
        };
        let mut bytes = 0;
        while let Some((number, run)) = waiting.pop_front() {
            let compiled = session.datasets.get(&run.data).and_then(|dataset| {
                let compiled = session.device.compile(&run, &dataset)?;
                Ok((dataset, compiled))
            });
            match compiled {
                Err(error) => session.fail_before(number, &run.exp_id, error),
                Ok((dataset, compiled)) => {
                    bytes += 4 * device::own_elements(&compiled.program.tensors) as u64;
                    if bytes > budget && !wave.runs.is_empty() {
                        waiting.push_front((number, run));
                        break;
                    }
                    wave.numbers.push(number);
                    wave.runs.push((run, dataset, compiled));
                }
            }
        }
        wave
    }

    /// Trains the runs to their end.
    pub fn train(self, session: &mut Session<'_>) {
        let (mut workers, mut heard) = (Vec::new(), Vec::new());
        let mut profiled = Vec::new();
        let backends = replicas(session, &self.runs);
        let runs = self.numbers.into_iter().zip(self.runs).zip(backends);
        for ((number, (run, dataset, compiled)), backend) in runs {
            if session.is_ending() {
                break;
            }
            let mut phases = session.phases.take().unwrap_or_else(Phases::start);
            match begin(
                session,
                number,
                &run,
                &dataset,
                compiled,
                backend,
                &mut phases,
            ) {
                Ok((worker, ears)) => {
                    workers.push(worker);
                    heard.push(ears);
                    let clones = run.data.augmentation.clones as usize;
                    let entries = dataset.partitions.training.len() * clones;
                    profiled.push((phases, entries));
                }
                Err(error) => session.fail_before(number, &run.exp_id, error),
            }
        }
        if session.config.profiling {
            session.measure_roofline();
            for ((worker, heard), (phases, _)) in
                workers.iter_mut().zip(&mut heard).zip(&mut profiled)
            {
                let folder = &heard.recorder.record().folder;
                let trainer = &mut worker.trainer;
                let profiler = RunProfiler::start(trainer, &heard.id, folder, session.roofline);
                heard.clock = Some(profiler.clock());
                worker.profiler = Some(profiler);
                profile::first_steps(worker, heard, phases);
            }
        }
        let jobs = match *session.device {
            Device::Cpu => session.config.jobs,
            Device::Gpu(_) => 1,
        };
        together::train(&mut workers, jobs, |i, events| heard[i].hear(events));
        for ((mut worker, mut heard), (phases, entries)) in
            workers.into_iter().zip(heard).zip(profiled)
        {
            worker.end_profile();
            let outcome = worker.outcome();
            let mut ended = heard.end(&outcome, worker.seconds);
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

/// Bytes that the tensors of all runs of a wave may take.
fn budget(device: &Device) -> u64 {
    let half = host::available_memory_bytes().unwrap_or(GPU_BUDGET) / 2;
    match device {
        Device::Cpu => half,
        Device::Gpu(_) => half.min(GPU_BUDGET),
    }
}

/// The runs that train as one program with others, each with its part of that program.
fn replicas(
    session: &mut Session<'_>,
    runs: &[(ExperimentConfig, Arc<Dataset>, Compiled)],
) -> Vec<Option<Replica>> {
    let mut backends: Vec<_> = runs.iter().map(|_| None).collect();
    let most = session.config.most_replicas();
    let can_share = |(_, (run, ..)): &(usize, &(ExperimentConfig, Arc<Dataset>, Compiled))| {
        // All go through the same phases at the same time.
        run.training.early_stopping == EarlyStopping::Notify
            && run.training.instability_checks != CheckAction::Debug
            && !run.training.dump_minibatches
    };
    let sharing: Vec<_> = runs.iter().enumerate().filter(can_share).collect();
    let configs: Vec<_> = sharing.iter().map(|(_, (run, ..))| run.clone()).collect();
    for group in config::replicas(&configs, most) {
        let (_, (run, dataset, compiled)) = sharing[group[0]];
        let most = session.device.most_replicas(&compiled.program);
        for group in group.chunks(most).filter(|group| group.len() > 1) {
            let phases = session.phases.get_or_insert_with(Phases::start);
            match session.device.replicas(run, dataset, group.len(), phases) {
                Ok(replicas) => {
                    for (member, replica) in group.iter().zip(replicas) {
                        backends[sharing[*member].0] = Some(replica);
                    }
                }
                // Each on its own then: that takes less memory at once.
                Err(error) => tracing::warn!("runs are not trained as one program: {error}"),
            }
        }
    }
    backends
}

/// Puts a run on the device, and lets those who listen know it.
fn begin(
    session: &mut Session<'_>,
    number: RunNumber,
    run: &ExperimentConfig,
    dataset: &Arc<Dataset>,
    compiled: Compiled,
    backend: Option<Replica>,
    phases: &mut Phases,
) -> anyhow::Result<(Worker, Heard)> {
    let config = run;
    let observation = observation(session, config, &compiled)?;
    let anatomy = Anatomy::of(&config.model, dataset.features(), dataset.classes.len());
    let tables = format!("{}\n{}", layer_table(&compiled), parameter_table(&compiled));
    let is_replica = backend.is_some();
    let mut trainer = match backend {
        None => session
            .device
            .trainer_of(config, dataset, compiled, phases)?,
        Some(replica) => {
            let dataset = Arc::clone(dataset);
            Trainer::new(config.clone(), dataset, compiled, Box::new(replica))
        }
    };
    trainer.observe(observation.clone());
    tell_model(session, run, tables, trainer.backend().device())?;

    let [training, dev, test] = Sizes::of(dataset).partitions;
    let info = RunInfo {
        id: run.exp_id.clone(),
        config: config.clone(),
        device: trainer.backend().device().to_owned(),
        classes: dataset.classes.clone(),
        picture: [dataset.width, dataset.height, dataset.channels],
        samples: PartitionSizes {
            training,
            dev,
            test,
        },
        parameters: anatomy.numbers(),
    };
    let (recorder, seconds) = match (session.resume.take(), &session.config.runs_path) {
        (Some(folder), _) => resume(&folder, &mut trainer, &info)?,
        (None, runs) => {
            if let Some(path) = &config.model.init_from {
                let error = || format!("--init-from: {}", path.display());
                let tensors = read_tensors(path).context("--init-from")?;
                trainer.initialise(tensors.iter()).with_context(error)?;
            }
            let recorder = match runs {
                RunsPath::Folder(runs) => {
                    let text = config_file::write_run(config, session.config);
                    RunRecorder::create(runs, session.begun, info.clone(), &text)?
                }
                RunsPath::Off => RunRecorder::in_memory(session.begun, info.clone()),
            };
            (recorder, 0.0)
        }
    };
    let json = match session.config.json {
        true => Some(JsonLines::new(
            &info,
            config.training.metrics_every as usize,
        )?),
        false => None,
    };
    let done = recorder.record().summary.epochs_done;
    let mut worker = Worker::new(trainer, seconds, is_replica);
    let window = session.link.clone().map(|link| {
        let record = recorder.record();
        let has_folder = !record.folder.as_os_str().is_empty();
        let start = RunStart {
            info: info.clone(),
            dataset: Arc::clone(dataset),
            folder: has_folder.then(|| record.folder.clone()),
            anatomy,
            minibatches: worker.trainer.minibatches(),
            before: (done > 0).then(|| record.clone()),
        };
        link.tell(Update::Started(number, Box::new(start)));
        if let Some(bytes) = session.device.allocated_bytes() {
            link.tell(Update::DeviceMemory(bytes));
        }
        worker.steering = Some(Steering::new(
            link.clone(),
            number,
            Arc::clone(&session.device),
            run.clone(),
            Arc::clone(dataset),
            observation.clone(),
        ));
        Window {
            link,
            run: number,
            base: observation,
        }
    });
    let heard = Heard {
        id: run.exp_id.clone(),
        window,
        console: Console::new(&info, session.progress.clone(), done, session.is_only),
        log: session.is_logged().then(|| EventLog::new(&run.exp_id)),
        recorder,
        json,
        epoch_ends: Vec::new(),
        clock: None,
    };
    Ok((worker, heard))
}

/// What the listeners of a run want to know.
///
/// # Errors
/// A parameter to track that the model does not have.
fn observation(
    session: &Session<'_>,
    config: &ExperimentConfig,
    compiled: &Compiled,
) -> anyhow::Result<Observation> {
    let training = &config.training;
    let tracked = training
        .track_layers
        .iter()
        .map(|track| tracked(track, compiled));
    let tracked = tracked.collect::<anyhow::Result<_>>()?;
    let told = Observation {
        restore_best: config.training.restore_best,
        statistics: match session.config.debug {
            true => Statistics::All,
            false => Statistics::None,
        },
        ..Observation::default()
    };
    if session.config.resume.is_none() && session.config.runs_path == RunsPath::Off {
        return Ok(told);
    }
    let every = config.checkpoints.every;
    Ok(Observation {
        save_every: every,
        save_best: every > 0 && config.checkpoints.keep.best > 0,
        save_last: true,
        tracked,
        samples: training.display_samples,
        minibatches: training.dump_minibatches,
        ..told
    })
}

/// The tracked parameter with its name as the model has it.
fn tracked(track: &TrackLayer, compiled: &Compiled) -> anyhow::Result<TrackLayer> {
    let tensors = &compiled.program.tensors;
    let names = || {
        compiled
            .parameters
            .iter()
            .map(|p| tensors[p.value].name.as_str())
    };
    let Some(name) = names().find(|name| name.eq_ignore_ascii_case(&track.parameter)) else {
        let names: Vec<_> = names().collect();
        bail!(
            "--track-layer={track}: the model has no such parameter; it has {}",
            names.join(", ")
        );
    };
    Ok(TrackLayer {
        parameter: name.to_owned(),
        units: track.units,
    })
}

/// Prints a model's layers and parameters, once for each model.
fn tell_model(
    session: &mut Session<'_>,
    run: &ExperimentConfig,
    tables: String,
    device: &str,
) -> anyhow::Result<()> {
    if session.models.is_empty() {
        say!("\nDevice: {device}");
    }
    let known = session.models.iter().find(|(known, _)| *known == tables);
    if let Some((_, first)) = known {
        say!("Model of experiment {}: that of {first}", run.exp_id);
        return Ok(());
    }
    say!("Model {} of experiment {}\n", run.model.kind, run.exp_id);
    say!("{tables}");
    session.models.push((tables, run.exp_id.clone()));
    Ok(())
}

/// Takes a run up where its last checkpoint left it.
fn resume(
    folder: &Path,
    trainer: &mut Trainer,
    info: &RunInfo,
) -> anyhow::Result<(RunRecorder, f64)> {
    let error = || format!("--resume={}", folder.display());
    let before = RunRecord::read(folder).with_context(error)?;
    let Some(path) = checkpoints::newest(folder) else {
        if before.summary.epochs_done > 0
            && !before.epochs.is_empty()
            && info.config.checkpoints.every == 0
        {
            bail!(
                "{}: the run has no checkpoints; runs with --checkpoint-every have some",
                error()
            );
        }
        say!("The run has no checkpoint yet: it begins anew.");
        return Ok((RunRecorder::resume(&before, None, info.clone())?, 0.0));
    };
    let checkpoint = Checkpoint::read(&path)?;
    let fits = checkpoint.classes == info.classes && checkpoint.picture == info.picture;
    if !fits {
        bail!(
            "{}: its data set has changed: it had {} classes and samples of {:?}, now {} and {:?}",
            error(),
            checkpoint.classes.len(),
            checkpoint.picture,
            info.classes.len(),
            info.picture
        );
    }
    if info.config.training.restore_best
        && let Some(best) = checkpoint.state.early_stopping.best_epoch
        && let Some(best) = checkpoints::of_epoch(folder, best)
    {
        trainer.remember_best(Checkpoint::read(&best)?.state);
    }
    let state = checkpoint.state.as_ref().clone();
    let resumed = trainer.resume(state);
    resumed.with_context(|| path.display().to_string())?;
    let at = match &checkpoint.state.begun {
        Some(begun) => format!(
            "after step {} of epoch {}",
            begun.steps,
            checkpoint.state.epoch.map_or(0, |epoch| epoch + 1)
        ),
        None => format!(
            "after epoch {}",
            checkpoint
                .state
                .epoch
                .map_or("0".to_owned(), |epoch| epoch.to_string())
        ),
    };
    say!("Resumed {at}, from {}", path.display());
    let recorder = RunRecorder::resume(&before, Some(&checkpoint), info.clone())?;
    Ok((recorder, checkpoint.seconds))
}
