//! The beginning of a run: its model on the device, those who listen to it, what they want to know.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, bail};

use super::Session;
use super::heard::{Heard, Window};
use super::link::{Anatomy, RunNumber, RunStart, Update};
use super::pace::Given;
use super::resuming::resume;
use super::steering::Steering;
use super::wave::{Ready, Shared};
use super::worker::Worker;
use crate::cli::config_file;
use crate::config::{ExperimentConfig, RunsPath, SessionConfig, TrackLayer};
use crate::data::Dataset;
use crate::report::{
    Console, EventLog, JsonLines, Phases, RunInfo, layer_table, parameter_table, say,
};
use crate::runs::{PartitionSizes, RunError, RunRecorder, read_tensors};
use crate::train::{Compiled, Observation, Sizes, Statistics, Trainer};

/// A run that is on the device, and that nobody listens to yet.
pub struct Placed {
    number: RunNumber,
    given: Given,
    dataset: Arc<Dataset>,
    anatomy: Anatomy,
    observation: Observation,
    info: RunInfo,
    trainer: Trainer,
    /// Of a replica, the number of its device.
    device: Option<usize>,
    /// Of one that goes on: what keeps its record, and the seconds of earlier sessions.
    resumed: Option<(RunRecorder, f64)>,
}

/// Puts a run on the device: that of its program, if it trains as one program with others.
///
/// # Errors
/// The device does not take it, or what it begins or goes on with cannot be read.
pub fn place(
    session: &mut Session<'_>,
    ready: Ready,
    shared: Option<Shared>,
    phases: &mut Phases,
) -> anyhow::Result<Placed> {
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
    let device = shared.as_ref().map(|shared| shared.device);
    let mut trainer = match shared {
        None => session
            .device
            .trainer_of(&config, &dataset, compiled, phases)?,
        Some(shared) => {
            let (dataset, backend) = (Arc::clone(&dataset), Box::new(shared.backend));
            let mut trainer = Trainer::new(config.clone(), dataset, compiled, backend);
            trainer.share_checks(shared.checks);
            trainer
        }
    };
    trainer.observe(observation.clone());
    tell_model(session, &config, tables, trainer.backend().device())?;

    let [training, dev, test] = Sizes::of(&dataset).partitions;
    let info = RunInfo {
        id: config.exp_id.clone(),
        device: trainer.backend().device().to_owned(),
        classes: dataset.classes.clone(),
        picture: [dataset.width, dataset.height, dataset.channels],
        samples: PartitionSizes {
            training,
            dev,
            test,
        },
        parameters: anatomy.numbers(),
        config,
    };
    let resumed = match session.resume.take() {
        Some(folder) => Some(resume(&folder, &mut trainer, &info)?),
        None => {
            if let Some(path) = &info.config.model.init_from {
                let error = || format!("--init-from: {}", path.display());
                let tensors = read_tensors(path).context("--init-from")?;
                trainer.initialise(tensors.iter()).with_context(error)?;
            }
            None
        }
    };
    Ok(Placed {
        number,
        given,
        dataset,
        anatomy,
        observation,
        info,
        trainer,
        device,
        resumed,
    })
}

impl Placed {
    pub fn number(&self) -> RunNumber {
        self.number
    }

    pub fn id(&self) -> &str {
        &self.info.id
    }

    /// What keeps the run's record, and the seconds of earlier sessions. Makes the folder and the files of a run that is
    /// to have some and does not go on with them; those of several runs may be made at once.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn recorder(
        &mut self,
        session: &SessionConfig,
        begun: SystemTime,
    ) -> Result<(RunRecorder, f64), RunError> {
        if let Some(resumed) = self.resumed.take() {
            return Ok(resumed);
        }
        let info = self.info.clone();
        let recorder = match &session.runs_path {
            RunsPath::Folder(runs) => {
                let text = config_file::write_run(&info.config, session);
                RunRecorder::create(runs, begun, info, &text)?
            }
            RunsPath::Off => RunRecorder::in_memory(begun, info),
        };
        Ok((recorder, 0.0))
    }
}

/// Lets those who listen know a run that has a [`recorder`](Placed::recorder), and makes it a worker.
///
/// # Errors
/// What is told cannot be written.
pub fn begin(
    session: &mut Session<'_>,
    placed: Placed,
    (recorder, seconds): (RunRecorder, f64),
) -> anyhow::Result<(Worker, Heard)> {
    let Placed {
        number,
        given,
        dataset,
        anatomy,
        observation,
        info,
        trainer,
        device,
        ..
    } = placed;
    let json = match session.config.json {
        true => Some(JsonLines::new(
            &info,
            info.config.training.metrics_every as usize,
        )?),
        false => None,
    };
    let done = recorder.record().summary.epochs_done;
    let mut worker = Worker::new(trainer, seconds, device);
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
            info.config.clone(),
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
        id: info.id.clone(),
        window,
        console: Console::new(&info, session.progress.clone(), done, session.is_only),
        log: session.is_logged().then(|| EventLog::new(&info.id)),
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
