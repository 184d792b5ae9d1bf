//! A run as the window knows it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::History;
use crate::config::{ExperimentConfig, Rates};
use crate::data::Dataset;
use crate::report::{Outcome, RunColor};
use crate::runs::{ConfusionLine, EpochLine, Figures, PartitionSizes, RunRecord, Status};
use crate::session::link::{Anatomy, RunNumber, RunStart};
use crate::train::{
    ConfusionMatrix, Evaluation, SeenSamples, TrackedUnits, TrainingEvent, TrainingState,
};

/// Bytes that the confusion matrices of one run may take.
const CONFUSION_BYTES: usize = 4 << 20;
/// Bytes that the spreads of one tensor may take.
const SPREAD_BYTES: usize = 1 << 16;
/// Most notes that are kept of a run.
const MOST_NOTES: usize = 1000;

/// What names a run in the window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunKey {
    /// Of this session.
    Live(RunNumber),
    /// Of the disk: its folder.
    Past(PathBuf),
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    Working,
    /// With the error of a failed one.
    Over(Status, Option<String>),
}

/// A finished epoch on the curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochPoint {
    pub epoch: u32,
    /// Of training and evaluation since the run began.
    pub seconds: f64,
    pub training: Figures,
    pub dev: Option<Figures>,
    pub learning_rate: f64,
    pub samples_per_second: f64,
}

/// Mean and standard deviation of a tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub mean: f64,
    pub deviation: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteLevel {
    Info,
    Warning,
    Error,
}

/// Something that happened, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub epoch: Option<u32>,
    pub level: NoteLevel,
    pub text: String,
}

/// One run: of this session, or of the disk.
pub struct RunView {
    pub key: RunKey,
    /// The experiment's id, with `_<k>` for its k-th repetition.
    pub id: String,
    /// As it is trained now: with the rates that are in force.
    pub config: ExperimentConfig,
    pub phase: Phase,
    /// It is at work, and rests where a person wants it to.
    pub rests: bool,
    pub color: RunColor,
    /// Its curves are drawn.
    pub shown: bool,
    pub folder: Option<PathBuf>,
    pub device: String,
    pub classes: Vec<String>,
    /// Width, height and channels of a sample.
    pub picture: [u32; 3],
    pub samples: PartitionSizes,
    /// Numbers that the optimizer trains.
    pub parameter_count: usize,
    /// Of past runs, what follows from their configuration, where it agrees with their count of parameters.
    pub anatomy: Anatomy,
    /// Training minibatches of an epoch; 0 for past runs.
    pub minibatches: usize,
    /// Of live runs.
    pub dataset: Option<Arc<Dataset>>,
    pub epochs: Vec<EpochPoint>,
    /// The last step that was taken singly: epoch, minibatch, figures.
    pub step: Option<(u32, usize, Figures)>,
    /// Where the patience of early stopping ended.
    pub early_stops: Vec<u32>,
    /// Of dev, by epoch.
    pub confusions: History<Arc<ConfusionMatrix>>,
    /// Over training, dev and test, of the model that a run has in the end.
    pub training: Option<Figures>,
    pub dev: Option<Figures>,
    pub test: Option<Figures>,
    /// Of test.
    pub test_confusion: Option<Arc<ConfusionMatrix>>,
    /// The newest pictures of parameters, with the epoch.
    pub units: BTreeMap<String, (u32, Arc<TrackedUnits>)>,
    /// The newest samples, with the epoch.
    pub seen: Option<(u32, Arc<SeenSamples>)>,
    /// By tensor: spread by epoch.
    pub spreads: BTreeMap<String, History<Spread>>,
    pub notes: Vec<Note>,
    pub checks: Option<(u32, f64, f64)>,
    /// The model as it was when somebody last asked for it.
    pub state: Option<Arc<TrainingState>>,
    /// Grows with everything that is heard: what is drawn of the run is up to date while it stays.
    pub version: u64,
}

impl RunView {
    /// A run of this session that has begun.
    pub fn begun(number: RunNumber, start: RunStart) -> Self {
        let RunStart {
            info,
            dataset,
            folder,
            anatomy,
            minibatches,
            before,
        } = start;
        let mut run = Self::empty(RunKey::Live(number), info.id, info.config);
        run.folder = folder;
        run.device = info.device;
        run.classes = info.classes;
        run.picture = info.picture;
        run.samples = info.samples;
        run.parameter_count = info.parameters;
        run.anatomy = anatomy;
        run.minibatches = minibatches;
        run.dataset = Some(dataset);
        if let Some(before) = before {
            run.remember(before);
        }
        run
    }

    /// A run of the disk.
    pub fn past(record: RunRecord) -> Self {
        let summary = record.summary.clone();
        let key = RunKey::Past(record.folder.clone());
        let mut run = Self::empty(key, summary.run_id, record.config.clone());
        run.folder = Some(record.folder.clone());
        run.device = summary.device;
        run.classes = summary.classes;
        run.picture = summary.picture;
        run.samples = summary.samples;
        run.parameter_count = summary.parameters;
        let features = run.picture.iter().map(|side| *side as usize).product();
        if features > 0 && !run.classes.is_empty() {
            let anatomy = Anatomy::of(&run.config.model, features, run.classes.len());
            run.anatomy = Some(anatomy)
                .filter(|anatomy| anatomy.numbers() == run.parameter_count)
                .unwrap_or_default();
        }
        run.training = summary.training;
        run.dev = summary.dev;
        run.test = summary.test;
        // One that still says so was killed, or another program is at work on it.
        run.phase = Phase::Over(summary.status, summary.error);
        run.remember(record);
        run
    }

    fn empty(key: RunKey, id: String, config: ExperimentConfig) -> Self {
        Self {
            key,
            id,
            config,
            phase: Phase::Working,
            rests: false,
            color: RunColor {
                light: [0; 3],
                dark: [255; 3],
            },
            shown: true,
            folder: None,
            device: String::new(),
            classes: Vec::new(),
            picture: [0; 3],
            samples: PartitionSizes::default(),
            parameter_count: 0,
            anatomy: Anatomy::default(),
            minibatches: 0,
            dataset: None,
            epochs: Vec::new(),
            step: None,
            early_stops: Vec::new(),
            confusions: History::of(CONFUSION_BYTES),
            training: None,
            dev: None,
            test: None,
            test_confusion: None,
            units: BTreeMap::new(),
            seen: None,
            spreads: BTreeMap::new(),
            notes: Vec::new(),
            checks: None,
            state: None,
            version: 0,
        }
    }

    pub fn is_live(&self) -> bool {
        matches!(self.key, RunKey::Live(_))
    }

    /// Its number in this session.
    pub fn number(&self) -> Option<RunNumber> {
        match self.key {
            RunKey::Live(number) => Some(number),
            RunKey::Past(_) => None,
        }
    }

    pub fn is_working(&self) -> bool {
        self.phase == Phase::Working
    }

    pub fn rates(&self) -> Rates {
        self.config.rates()
    }

    /// What its files tell.
    fn remember(&mut self, record: RunRecord) {
        for line in record.epochs {
            self.epoch(&line);
        }
        for line in record.confusions {
            self.confusion(&line);
        }
        self.version += 1;
    }

    fn epoch(&mut self, line: &EpochLine) {
        while self
            .epochs
            .last()
            .is_some_and(|last| last.epoch >= line.epoch)
        {
            self.epochs.pop();
        }
        if line.early_stop {
            self.early_stops.push(line.epoch);
        }
        self.epochs.push(EpochPoint {
            epoch: line.epoch,
            seconds: line.seconds,
            training: line.training,
            dev: line.dev,
            learning_rate: line.learning_rate,
            samples_per_second: line.samples_per_second,
        });
    }

    fn confusion(&mut self, line: &ConfusionLine) {
        let matrix = Arc::new(line.matrix(self.classes.len()));
        match line.partition.as_str() {
            "test" => self.test_confusion = Some(matrix),
            _ => self.keep_confusion(line.epoch, matrix),
        }
    }

    fn keep_confusion(&mut self, epoch: u32, matrix: Arc<ConfusionMatrix>) {
        let bytes = 4 * matrix.counts.len();
        self.confusions.push(epoch, matrix, bytes);
    }

    /// Takes what a session tells of the run.
    pub fn hear(&mut self, event: TrainingEvent, seconds: f64) {
        self.version += 1;
        match event {
            TrainingEvent::EpochFinished {
                epoch,
                training,
                dev,
                learning_rate,
                early_stop,
                ..
            } => {
                let before = self.epochs.last().map_or(0.0, |last| last.seconds);
                let took = (seconds - before).max(1e-9);
                self.epoch(&EpochLine {
                    epoch,
                    training: (&training).into(),
                    dev: dev.as_ref().map(|dev| (&dev.score).into()),
                    learning_rate,
                    seconds,
                    samples_per_second: training.samples() as f64 / took,
                    early_stop,
                });
                if let Some(Evaluation { confusion, .. }) = dev {
                    self.keep_confusion(epoch, Arc::new(confusion));
                }
            }
            TrainingEvent::SamplesSeen { epoch, samples }
            | TrainingEvent::MinibatchSeen { epoch, samples, .. } => {
                self.seen = Some((epoch, Arc::new(samples)));
            }
            TrainingEvent::Stepped {
                epoch,
                minibatch,
                score,
            } => self.step = Some((epoch, minibatch, (&score).into())),
            TrainingEvent::UnitsTracked { epoch, units } => {
                let name = units.parameter.clone();
                self.units.insert(name, (epoch, Arc::new(units)));
            }
            TrainingEvent::TensorsMeasured { epoch, tensors } => {
                for tensor in tensors {
                    let spread = Spread {
                        mean: tensor.mean,
                        deviation: tensor.deviation,
                    };
                    let history = self.spreads.entry(tensor.name);
                    let history = history.or_insert_with(|| History::of(SPREAD_BYTES));
                    history.push(epoch, spread, size_of::<(u32, Spread)>());
                }
            }
            TrainingEvent::EarlyStop { epoch, stops } => {
                let goes_on = if stops { "it stops" } else { "it goes on" };
                let patience = self.config.training.early_stopping_patience;
                self.note(
                    epoch,
                    NoteLevel::Info,
                    format!("early stopping: no lower dev cost for {patience} epochs; {goes_on}"),
                );
            }
            TrainingEvent::GradientsChecked { epoch, report, .. } => {
                self.checks = Some((epoch, report.distance, report.limit));
                if !report.passed() {
                    let (name, distance) = (&report.parameter, report.distance);
                    let text = format!("the gradient of {name} is off by {distance:.3e}");
                    self.note(epoch, NoteLevel::Warning, text);
                }
            }
            TrainingEvent::Unstable { epoch, found, .. } => {
                self.note(epoch, NoteLevel::Warning, found.to_string());
            }
            TrainingEvent::RatesChanged { epoch, rates, .. } => {
                if let Ok(config) = self.config.with_rates(rates) {
                    self.config = config;
                }
                self.note(epoch, NoteLevel::Info, format!("now {rates}"));
            }
            TrainingEvent::Saved { state, .. } => self.state = Some(state),
            TrainingEvent::Finished {
                training,
                dev,
                test,
            } => {
                self.training = Some((&training).into());
                self.dev = dev.map(|dev| (&dev.score).into());
                if let Some(test) = test {
                    self.test = Some((&test.score).into());
                    self.test_confusion = Some(Arc::new(test.confusion));
                }
            }
            TrainingEvent::MinibatchTrained { .. } | TrainingEvent::Interrupted { .. } => {}
        }
    }

    /// The run is over.
    pub fn end(&mut self, outcome: &Outcome) {
        if let Some(error) = &outcome.error {
            let epoch = self.epochs.last().map(|last| last.epoch);
            self.note(epoch, NoteLevel::Error, error.clone());
        }
        self.phase = Phase::Over(outcome.status, outcome.error.clone());
        self.version += 1;
    }

    fn note(&mut self, epoch: impl Into<Option<u32>>, level: NoteLevel, text: String) {
        if self.notes.len() == MOST_NOTES {
            self.notes.remove(0);
        }
        self.notes.push(Note {
            epoch: epoch.into(),
            level,
            text,
        });
    }
}
