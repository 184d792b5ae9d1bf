//! The worker beside the window: what takes too long for a frame, and needs no device of the session's.

use std::path::PathBuf;
use std::sync::Arc;

use super::state::RunKey;
use crate::config::DataConfig;
use crate::data::Dataset;
use crate::runs::{Checkpoint, RunRecord};

/// A picture in the window: 8-bit RGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// `[height, width, 3]`.
    pub pixels: Vec<u8>,
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
    /// What could not be done, in a sentence.
    Failed {
        what: String,
        error: String,
    },
}
