//! The listener that keeps a run's record, and writes it into the run's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::checkpoints::{Checkpoints, Kept};
use super::{
    CONFIG, CONFUSION, Checkpoint, ConfusionLine, EpochLine, Figures, Lines, METRICS, MODEL,
    MetricsLine, PICTURES, PictureLine, REPORT, RatesLine, RunError, RunRecord, SUMMARY, Status,
    Summary, TENSORBOARD, make_inside, read_lines, replace_file,
};
use crate::report::{
    EpochClock, EventFile, Listener, Outcome, RunInfo, SheetOf, html, minibatch_line, one_line,
    side_by_side,
};
use crate::train::{Evaluation, SavedWhen, SeenSamples, TrainingEvent, TrainingState};

/// Where the pictures lie, in a run's folder.
const PICTURE_FILES: &str = "pictures";
/// Where `--dump-minibatches` puts them.
const MINIBATCHES: &str = "minibatches";
/// What to do about a folder that cannot be made.
const MAKE: &str = "make it (--runs-path names another place, --runs-path=off writes nothing)";

/// Keeps the record of one run; in a folder as well, if it has one.
pub struct RunRecorder {
    record: RunRecord,
    clock: EpochClock,
    files: Option<Files>,
}

/// The files of a run that grow.
struct Files {
    metrics: Lines,
    confusion: Lines,
    pictures: Lines,
    tensorboard: EventFile,
    checkpoints: Checkpoints,
}

impl Files {
    fn open(folder: &Path, info: &RunInfo) -> Result<Self, RunError> {
        Ok(Self {
            metrics: Lines::open(folder.join(METRICS))?,
            confusion: Lines::open(folder.join(CONFUSION))?,
            pictures: Lines::open(folder.join(PICTURES))?,
            tensorboard: EventFile::create(&folder.join(TENSORBOARD))?,
            checkpoints: Checkpoints::new(folder, info.config.checkpoints.keep),
        })
    }
}

impl RunRecorder {
    /// Of a run that leaves no files.
    pub fn in_memory(begun: SystemTime, info: RunInfo) -> Self {
        Self {
            record: record(
                PathBuf::new(),
                humantime::format_rfc3339_seconds(begun).to_string(),
                info,
            ),
            clock: EpochClock::default(),
            files: None,
        }
    }

    /// Of a run in a folder of its own below `runs`; `config` is its configuration as a file.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn create(
        runs: &Path,
        begun: SystemTime,
        info: RunInfo,
        config: &str,
    ) -> Result<Self, RunError> {
        let folder = new_folder(runs, begun, &info.id)?;
        replace_file(&folder.join(CONFIG), config.as_bytes())?;
        let mut recorder = Self::in_memory(begun, info.clone());
        recorder.record.folder = folder;
        recorder.files = Some(Files::open(&recorder.record.folder, &info)?);
        recorder.write_summary()?;
        Ok(recorder)
    }

    /// Goes on with the run of a folder from a checkpoint, or from its beginning: what the files say of the
    /// time after it is taken back.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn resume(
        before: &RunRecord,
        checkpoint: Option<&Checkpoint>,
        info: RunInfo,
    ) -> Result<Self, RunError> {
        let folder = &before.folder;
        let mut record = record(folder.clone(), before.summary.started.clone(), info.clone());
        let mut metrics = Vec::new();
        if let Some(checkpoint) = checkpoint {
            metrics.clone_from(&checkpoint.history);
            record.confusions.clone_from(&checkpoint.confusions);
            record.summary.best_epoch = checkpoint.state.early_stopping.best_epoch;
            record.summary.epochs_done = checkpoint.state.epoch.map_or(0, |epoch| epoch + 1);
        }
        let next = record.summary.epochs_done;
        let pictures: Vec<PictureLine> = read_lines(&folder.join(PICTURES))?;
        record.pictures = pictures
            .into_iter()
            .filter(|line| line.epoch < next)
            .collect();
        super::lines::replace(&folder.join(METRICS), &metrics)?;
        super::lines::replace(&folder.join(CONFUSION), &record.confusions)?;
        super::lines::replace(&folder.join(PICTURES), &record.pictures)?;
        for line in metrics {
            match line {
                MetricsLine::Epoch(line) => {
                    note_epoch(&mut record.summary, &line);
                    record.epochs.push(line);
                }
                MetricsLine::Minibatch(line) => record.minibatches.push(line),
                MetricsLine::Rates(line) => record.rates.push(line),
            }
        }
        let seconds = checkpoint.map_or(0.0, |checkpoint| checkpoint.seconds);
        let recorder = Self {
            files: Some(Files::open(folder, &info)?),
            record,
            clock: EpochClock::starting_at(seconds),
        };
        recorder.write_summary()?;
        Ok(recorder)
    }

    /// The run so far.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    pub fn into_record(self) -> RunRecord {
        self.record
    }

    fn write_summary(&self) -> Result<(), RunError> {
        let path = self.record.folder.join(SUMMARY);
        let json = serde_json::to_vec_pretty(&self.record.summary);
        let json = json.map_err(|error| RunError::BadFile {
            path: path.clone(),
            message: error.to_string(),
        })?;
        replace_file(&path, &json)
    }

    fn epoch(&mut self, line: EpochLine, dev: Option<&Evaluation>) -> Result<(), RunError> {
        if let Some(dev) = dev {
            self.confusion_matrix(ConfusionLine::new(line.epoch, "dev", &dev.confusion))?;
        }
        note_epoch(&mut self.record.summary, &line);
        if let Some(files) = &mut self.files {
            let mut scalars = vec![
                ("cost/training", line.training.cost),
                ("accuracy/training", line.training.accuracy),
                ("learning-rate", line.learning_rate),
                ("samples-per-second", line.samples_per_second),
            ];
            if let Some(dev) = line.dev {
                scalars.extend([("cost/dev", dev.cost), ("accuracy/dev", dev.accuracy)]);
            }
            files.scalars(line.epoch, &scalars)?;
            files.metrics.append(&[MetricsLine::Epoch(line.clone())])?;
        }
        self.record.epochs.push(line);
        Ok(())
    }

    /// Other rates: checkpoints have them in their configuration from now on.
    fn rates(&mut self, line: RatesLine) -> anyhow::Result<()> {
        self.record.config = self.record.config.with_rates(line.rates)?;
        if let Some(files) = &mut self.files {
            files.metrics.append(&[MetricsLine::Rates(line)])?;
        }
        self.record.rates.push(line);
        Ok(())
    }

    fn confusion_matrix(&mut self, line: ConfusionLine) -> Result<(), RunError> {
        if let Some(files) = &mut self.files {
            files.confusion.append(std::slice::from_ref(&line))?;
        }
        self.record.confusions.push(line);
        Ok(())
    }

    /// Draws rows of numbers, and tells of the file.
    fn picture(
        &mut self,
        mut line: PictureLine,
        values: &[f32],
        of: SheetOf,
    ) -> Result<(), RunError> {
        let Some(files) = &mut self.files else {
            return Ok(());
        };
        let inner = Path::new(PICTURE_FILES).join(&line.what);
        let name = format!("epoch-{:05}.png", line.epoch);
        let folder = make_inside(&self.record.folder, &inner)?;
        line.range = draw(
            &folder.join(&name),
            values,
            line.pictures,
            self.record.summary.picture,
            of,
        )?;
        line.file = inner.join(name).to_string_lossy().replace('\\', "/");
        files.pictures.append(std::slice::from_ref(&line))?;
        self.record.pictures.push(line);
        Ok(())
    }

    /// Writes each sample of a minibatch as a file, named by its place and its class.
    fn dump(&self, epoch: u32, minibatch: usize, samples: &SeenSamples) -> Result<(), RunError> {
        if self.files.is_none() {
            return Ok(());
        }
        let inner = format!("{MINIBATCHES}/epoch-{epoch:05}/minibatch-{minibatch:05}");
        let folder = make_inside(&self.record.folder, Path::new(&inner))?;
        let features = samples.values.len() / samples.labels.len().max(1);
        let values = samples.values.chunks_exact(features.max(1));
        for (i, (values, label)) in values.zip(&samples.labels).enumerate() {
            let class = self.record.summary.classes.get(*label as usize);
            let class = class.map_or(String::new(), |class| file_name(class));
            let path = folder.join(format!("{i:05}-{class}.png"));
            draw(
                &path,
                values,
                1,
                self.record.summary.picture,
                SheetOf::Samples,
            )?;
        }
        Ok(())
    }

    fn save(
        &mut self,
        when: SavedWhen,
        state: &Arc<TrainingState>,
        seconds: f64,
    ) -> Result<(), RunError> {
        let record = &mut self.record;
        record.summary.best_epoch = state.early_stopping.best_epoch;
        let Some(files) = &mut self.files else {
            return Ok(());
        };
        let epochs = record.epochs.iter().cloned().map(MetricsLine::Epoch);
        let minibatches = record
            .minibatches
            .iter()
            .cloned()
            .map(MetricsLine::Minibatch);
        let rates = record.rates.iter().copied().map(MetricsLine::Rates);
        let mut checkpoint = Checkpoint {
            config: record.config.clone(),
            run_id: record.summary.run_id.clone(),
            classes: record.summary.classes.clone(),
            picture: record.summary.picture,
            state: Arc::clone(state),
            seconds,
            history: minibatches.chain(rates).chain(epochs).collect(),
            confusions: record.confusions.clone(),
        };
        match when {
            SavedWhen::Epoch { due, best } => {
                files.checkpoints.write(&checkpoint, Kept { due, best })
            }
            SavedWhen::Interrupted | SavedWhen::Asked => {
                files.checkpoints.write_interrupted(&checkpoint)
            }
            SavedWhen::End => {
                Arc::make_mut(&mut checkpoint.state).optimizer.clear();
                checkpoint.write(&record.folder.join(MODEL))
            }
        }
    }
}

impl Files {
    fn scalars(&mut self, epoch: u32, scalars: &[(&str, f64)]) -> Result<(), RunError> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0.0, |now| now.as_secs_f64());
        self.tensorboard.scalars(u64::from(epoch), now, scalars)
    }
}

impl Listener for RunRecorder {
    fn hear(&mut self, event: &TrainingEvent, seconds: f64) -> anyhow::Result<()> {
        self.record.summary.seconds = seconds;
        if let Some(line) =
            minibatch_line(event, self.record.config.training.metrics_every as usize)
        {
            if let Some(files) = &mut self.files {
                files
                    .metrics
                    .append(&[MetricsLine::Minibatch(line.clone())])?;
            }
            self.record.minibatches.push(line);
        }
        match event {
            TrainingEvent::EpochFinished { dev, .. } => {
                if let Some(line) = self.clock.line(event, seconds) {
                    self.epoch(line, dev.as_ref())?;
                }
            }
            TrainingEvent::MinibatchSeen {
                epoch,
                minibatch,
                samples,
            } => self.dump(*epoch, *minibatch, samples)?,
            TrainingEvent::SamplesSeen { epoch, samples } => {
                let line = PictureLine {
                    epoch: *epoch,
                    what: "samples".to_owned(),
                    file: String::new(),
                    pictures: samples.labels.len(),
                    range: [0.0, 1.0],
                    labels: samples.labels.clone(),
                    predicted: samples.predicted.clone(),
                };
                self.picture(line, &samples.values, SheetOf::Samples)?;
            }
            TrainingEvent::UnitsTracked { epoch, units } => {
                let line = PictureLine {
                    epoch: *epoch,
                    what: units.parameter.clone(),
                    file: String::new(),
                    pictures: units.shape[0],
                    range: [0.0, 1.0],
                    labels: Vec::new(),
                    predicted: Vec::new(),
                };
                self.picture(line, &units.values, SheetOf::Weights)?;
            }
            TrainingEvent::Saved { when, state } => self.save(*when, state, seconds)?,
            TrainingEvent::RatesChanged {
                epoch,
                minibatch,
                rates,
            } => self.rates(RatesLine {
                epoch: *epoch,
                minibatch: *minibatch,
                rates: *rates,
            })?,
            TrainingEvent::Finished {
                training,
                dev,
                test,
            } => {
                let summary = &mut self.record.summary;
                summary.training = Some(training.into());
                summary.dev = dev.as_ref().map(|dev| (&dev.score).into());
                summary.test = test.as_ref().map(|test| (&test.score).into());
                let last = summary.epochs_done.saturating_sub(1);
                if let Some(test) = test {
                    let figures = Figures::from(&test.score);
                    if let Some(files) = &mut self.files {
                        let accuracy = ("accuracy/test", figures.accuracy);
                        files.scalars(last, &[("cost/test", figures.cost), accuracy])?;
                    }
                    self.confusion_matrix(ConfusionLine::new(last, "test", &test.confusion))?;
                }
            }
            TrainingEvent::MinibatchTrained { .. }
            | TrainingEvent::Stepped { .. }
            | TrainingEvent::EarlyStop { .. }
            | TrainingEvent::GradientsChecked { .. }
            | TrainingEvent::Unstable { .. }
            | TrainingEvent::TensorsMeasured { .. }
            | TrainingEvent::Interrupted { .. } => {}
        }
        Ok(())
    }

    fn end(&mut self, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
        let summary = &mut self.record.summary;
        summary.status = outcome.status;
        summary.error = outcome.error.as_deref().map(one_line);
        summary.seconds = seconds;
        if self.files.is_none() {
            return Ok(());
        }
        self.write_summary()?;
        let page = html(std::slice::from_ref(&self.record))?;
        Ok(replace_file(
            &self.record.folder.join(REPORT),
            page.as_bytes(),
        )?)
    }
}

/// A record of nothing yet.
fn record(folder: PathBuf, started: String, info: RunInfo) -> RunRecord {
    RunRecord {
        folder,
        config: info.config,
        summary: Summary {
            run_id: info.id,
            status: Status::Running,
            error: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device: info.device,
            started,
            seconds: 0.0,
            classes: info.classes,
            picture: info.picture,
            samples: info.samples,
            parameters: info.parameters,
            epochs_done: 0,
            training: None,
            dev: None,
            test: None,
            early_stop_epoch: None,
            best_epoch: None,
        },
        epochs: Vec::new(),
        minibatches: Vec::new(),
        rates: Vec::new(),
        confusions: Vec::new(),
        pictures: Vec::new(),
    }
}

fn note_epoch(summary: &mut Summary, line: &EpochLine) {
    summary.epochs_done = line.epoch + 1;
    summary.training = Some(line.training);
    summary.dev = line.dev;
    if line.early_stop {
        summary.early_stop_epoch.get_or_insert(line.epoch);
    }
}

/// Draws numbers side by side into a file, and says what black and white stand for.
fn draw(
    path: &Path,
    values: &[f32],
    rows: usize,
    picture: [u32; 3],
    of: SheetOf,
) -> Result<[f64; 2], RunError> {
    let (png, range) = side_by_side(values, rows, picture, of).map_err(|error| {
        let (path, message) = (path.to_owned(), error.to_string());
        RunError::BadFile { path, message }
    })?;
    fs::write(path, png).map_err(RunError::io(path, "write it"))?;
    Ok(range)
}

/// A class's name as a part of a file's.
fn file_name(class: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    class.chars().take(40).map(plain).collect()
}

/// Makes a folder that is nobody else's.
fn new_folder(runs: &Path, begun: SystemTime, id: &str) -> Result<PathBuf, RunError> {
    fs::create_dir_all(runs).map_err(RunError::io(runs, MAKE))?;
    let stamp = humantime::format_rfc3339_seconds(begun).to_string();
    let name = format!("{}-{id}", stamp.replace([':', '-'], ""));
    let mut number = 1u32;
    loop {
        let folder = match number {
            1 => runs.join(&name),
            _ => runs.join(format!("{name}-{number}")),
        };
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(RunError::io(&folder, MAKE)(error)),
        }
    }
}
