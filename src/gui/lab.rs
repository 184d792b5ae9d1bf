//! The worker beside the window: what takes too long for a frame, and needs no device of the session's.
//!
//! ```text
//! window ── Job ──> worker       quick ones and slow ones wait in lines of their own
//! worker ── Answer ──> window    then the window is woken
//! ```

mod files;
mod line;
mod models;
mod preview;

use std::path::PathBuf;
use std::sync::Arc;

pub use line::Lab;

use super::state::RunKey;
use crate::config::DataConfig;
use crate::data::Dataset;
use crate::runs::{Checkpoint, RunRecord, Summary};

/// A picture in the window: 8-bit RGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// `[height, width, 3]`.
    pub pixels: Vec<u8>,
}

impl Picture {
    /// One colour all over.
    pub fn filled(width: usize, height: usize, color: [u8; 3]) -> Self {
        Self {
            width,
            height,
            pixels: color.repeat(width * height),
        }
    }
}

/// What is to be tried with a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Trial {
    /// A file, preprocessed as the model's samples were.
    File(PathBuf),
    /// What was drawn, in place of a decoded file.
    Drawn(Picture),
}

/// Work to do.
#[derive(Debug, Clone)]
pub enum Job {
    /// The classes that a model sees in the samples of dev.
    Predict {
        run: RunKey,
        model: Arc<Checkpoint>,
        dataset: Arc<Dataset>,
    },
    /// The classes that a model sees in a picture.
    Try {
        run: RunKey,
        model: Arc<Checkpoint>,
        trial: Trial,
    },
    /// Some images of a data set, before and after the stages, and augmented.
    Preview(Box<DataConfig>),
    /// The model of a run of the disk.
    ReadModel(RunKey, PathBuf),
    /// The data set of a run of the disk.
    ReadDataset(RunKey, Box<DataConfig>),
    /// Runs in these folders, or below.
    Open(Vec<PathBuf>),
    /// Writes a model for other programs; the format by the file's ending.
    ExportModel { model: Arc<Checkpoint>, to: PathBuf },
    /// Writes a picture of the curves: PNG or SVG by the file's ending.
    ExportPlot { runs: Vec<PathBuf>, to: PathBuf },
    /// Writes the comparison: CSV, Markdown, JSON or HTML by the file's ending.
    ExportTable { runs: Vec<PathBuf>, to: PathBuf },
    /// The names of the data sets in a folder.
    ListDatasets(PathBuf),
    /// The runs in a folder or below, in a few words each.
    ListRuns(PathBuf),
}

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    Predict,
    Try,
    Preview,
    ReadModel,
    ReadDataset,
    Open,
    Export,
    ListDatasets,
    ListRuns,
}

impl Job {
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Predict { .. } => JobKind::Predict,
            Self::Try { .. } => JobKind::Try,
            Self::Preview(_) => JobKind::Preview,
            Self::ReadModel(..) => JobKind::ReadModel,
            Self::ReadDataset(..) => JobKind::ReadDataset,
            Self::Open(_) => JobKind::Open,
            Self::ExportModel { .. } | Self::ExportPlot { .. } | Self::ExportTable { .. } => {
                JobKind::Export
            }
            Self::ListDatasets(_) => JobKind::ListDatasets,
            Self::ListRuns(_) => JobKind::ListRuns,
        }
    }

    /// The run that it is about, if it is about one.
    pub fn run(&self) -> Option<&RunKey> {
        match self {
            Self::Predict { run, .. }
            | Self::Try { run, .. }
            | Self::ReadModel(run, _)
            | Self::ReadDataset(run, _) => Some(run),
            _ => None,
        }
    }
}

/// A run in a few words.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedRun {
    pub folder: PathBuf,
    /// Why it cannot be read, if it cannot.
    pub about: Result<RunInShort, String>,
}

/// What a list of runs shows of one.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInShort {
    pub summary: Summary,
    pub dataset: String,
}

/// An image before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub class: String,
    /// As it is decoded.
    pub original: Picture,
    /// As the model gets it.
    pub prepared: Picture,
    /// As training may vary it.
    pub augmented: Vec<Picture>,
}

/// What came of a job.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The class that each sample of dev is taken for.
    Predicted {
        run: RunKey,
        classes: Vec<u32>,
    },
    /// A share for each class, and the picture as the model got it.
    Tried {
        run: RunKey,
        shares: Vec<f32>,
        seen: Picture,
    },
    Previewed {
        config: Box<DataConfig>,
        classes: Vec<String>,
        samples: Vec<Sample>,
    },
    Model(RunKey, Arc<Checkpoint>),
    Dataset(RunKey, Arc<Dataset>),
    Opened(Vec<RunRecord>),
    /// A file was written.
    Wrote(PathBuf),
    /// Of this folder.
    Datasets(PathBuf, Vec<String>),
    /// Of this folder, the newest first.
    Runs(PathBuf, Vec<ListedRun>),
    /// What could not be done, and why.
    Failed {
        kind: JobKind,
        /// The run that it is about, if it is about one.
        run: Option<RunKey>,
        /// As an infinitive: "read the model of runs/a".
        what: String,
        error: String,
    },
}
