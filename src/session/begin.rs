//! The beginning of a run: its model on the device, those who listen to it, what they want to know.

use std::sync::Arc;

use anyhow::{Context, bail};

use super::Session;
use super::heard::{Heard, Window};
use super::link::{Anatomy, RunStart, Update};
use super::resuming::resume;
use super::steering::Steering;
use super::wave::Ready;
use super::worker::Worker;
use crate::backend::group::Replica;
use crate::cli::config_file;
use crate::config::{ExperimentConfig, RunsPath, TrackLayer};
use crate::report::{
    Console, EventLog, JsonLines, Phases, RunInfo, layer_table, parameter_table, say,
};
use crate::runs::{PartitionSizes, RunRecorder, read_tensors};
use crate::train::{Compiled, Observation, Sizes, Statistics, Trainer};

/// Puts a run on the device, and lets those who listen know it.
///
/// # Errors
/// The device does not take it, or what it needs cannot be read or written.
pub fn begin(
    session: &mut Session<'_>,
    ready: Ready,
    backend: Option<Replica>,
    phases: &mut Phases,
) -> anyhow::Result<(Worker, Heard)> {
    let Ready {
        number,
        given,
        run: config,
        dataset,
        compiled,
    } = ready;
    let observation = observation(session, &config, &compiled)?;
    let anatomy = Anatomy::of(&config.model, dataset.features(), dataset.classes.len());
    let tables = format!("{}\n{}", layer_table(&compiled), parameter_table(&compiled));
    let is_replica = backend.is_some();
    let mut trainer = match backend {
        None => session
            .device
            .trainer_of(&config, &dataset, compiled, phases)?,
        Some(replica) => {
            let dataset = Arc::clone(&dataset);
            Trainer::new(config.clone(), dataset, compiled, Box::new(replica))
        }
    };
    trainer.observe(observation.clone());
    tell_model(session, &config, tables, trainer.backend().device())?;

    let [training, dev, test] = Sizes::of(&dataset).partitions;
    let info = RunInfo {
        id: config.exp_id.clone(),
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
                    let text = config_file::write_run(&config, session.config);
                    RunRecorder::create(runs, session.begun.0, info.clone(), &text)?
                }
                RunsPath::Off => RunRecorder::in_memory(session.begun.0, info.clone()),
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
            dataset: Arc::clone(&dataset),
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
            (number, given),
            Arc::clone(&session.device),
            config.clone(),
            Arc::clone(&dataset),
            observation.clone(),
        ));
        Window {
            link,
            run: number,
            base: observation,
        }
    });
    let heard = Heard {
        id: config.exp_id.clone(),
        window,
        console: Console::new(&info, session.progress.clone(), done, session.is_only),
        log: session.is_logged().then(|| EventLog::new(&config.exp_id)),
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
