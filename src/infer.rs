//! `shadernets infer`: which classes a trained model sees in images.
//!
//! Images go through the preprocessing of the run that trained the model, a bounded number at a time. Batch
//! normalization uses the running statistics, of models that were evaluated with `--batch-norm-eval=batch` too: what
//! an image is taken for must not depend on the images beside it.

mod output;
mod predictor;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::config::names::named_enum;
use crate::config::{BatchNormEval, DataConfig, DeviceChoice, KernelChoice, Preprocessing, Shares};
use crate::data::{self, Dataset, images};
use crate::report::progress_bar;
use crate::runs::Checkpoint;
use crate::runs::checkpoints::model_file;
use crate::session::Device;
use output::{Output, Prediction};
pub use predictor::Predictor;

named_enum! {
    /// How predictions are written.
    Format {
        /// For people.
        #[default]
        Table = "table",
        /// A row an image, with a head.
        Csv = "csv",
        /// A JSON object an image, each on a line.
        Json = "json",
    }
}

/// What to infer, from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// A run's folder, or a file of a model or checkpoint.
    pub model: PathBuf,
    /// Images, folders of them, and folders of IDX files.
    pub paths: Vec<PathBuf>,
    /// Classes told of each image, the most probable first; at least 1.
    pub top_k: usize,
    pub format: Format,
    /// Whether to count labels by predictions, of images in folders that have a class's name.
    pub confusion: bool,
    pub device: DeviceChoice,
}

/// Infers, and prints what comes out.
///
/// # Errors
/// The model or an image cannot be read, a folder has no image, or the device fails.
pub fn run(request: &Request) -> anyhow::Result<()> {
    let (device, _) = Device::choose(&request.device, KernelChoice::default())?;
    let stdout = Box::new(std::io::stdout());
    run_on(request, &device, stdout)
}

/// As [`run`], on a device and to a writer of the caller's.
///
/// # Errors
/// Those of [`run`].
pub fn run_on(
    request: &Request,
    device: &Device,
    to: Box<dyn std::io::Write>,
) -> anyhow::Result<()> {
    let (idx, files): (Vec<_>, Vec<_>) =
        request.paths.iter().cloned().partition(|path| is_idx(path));
    // Before anything that takes time.
    let images = images::list(&files)?;
    let file = model_file(&request.model)?;
    let model = Checkpoint::read(&file)?;
    let stages = stages(&model).with_context(|| file.display().to_string())?;
    if model.config.model.batch_norm_eval == BatchNormEval::Batch {
        eprintln!(
            "Note: the model was evaluated with --batch-norm-eval=batch; here it uses its running statistics."
        );
    }
    let predictor = Predictor::new(&model, device);
    let mut predictor = predictor.with_context(|| file.display().to_string())?;
    let mut output = Output::new(request, &model.classes, to)?;

    let (bar, features) = (
        progress_bar(images.len() as u64, "images"),
        predictor.features(),
    );
    let mut samples = Vec::new();
    for images in images.chunks(predictor.at_once()) {
        samples.resize(images.len() * features, 0.0);
        images::read_into(images, &stages, &mut samples)?;
        let probabilities = predictor.probabilities(&samples)?;
        for (image, row) in images.iter().zip(probabilities.chunks(model.classes.len())) {
            output.write(&Prediction {
                image: image.path.to_string_lossy().into_owned(),
                label: image.label(&model.classes),
                probabilities: row,
            })?;
        }
        bar.inc(images.len() as u64);
    }
    bar.finish_and_clear();
    for folder in &idx {
        let dataset = load_idx(folder, &model, &stages)?;
        infer_idx(folder, &dataset, &model, &mut predictor, &mut output)?;
    }
    output.finish()
}

/// The preprocessing that makes samples of the model's shape of three channels.
///
/// # Errors
/// The model is damaged.
pub fn stages(model: &Checkpoint) -> anyhow::Result<Preprocessing> {
    let mut stages = model.config.data.preprocessing.clone();
    let [width, height, channels] = model.picture;
    if [stages.resize.width, stages.resize.height] != [width, height] {
        bail!(
            "damaged: its samples have {width} x {height} pixels, and its preprocessing resizes to {}",
            stages.resize
        );
    }
    match channels {
        // Trained on IDX files, which are gray without a stage.
        1 => stages.grayscale = true,
        3 if !stages.grayscale => {}
        _ => {
            bail!("damaged: its samples have {channels} channels; expected 3, or 1 of gray images")
        }
    }
    Ok(stages)
}

/// Whether a folder holds MNIST's usual files.
fn is_idx(path: &Path) -> bool {
    path.is_dir() && data::is_idx(path)
}

/// All samples of IDX files, preprocessed.
fn load_idx(folder: &Path, model: &Checkpoint, stages: &Preprocessing) -> anyhow::Result<Dataset> {
    let Some(dataset) = folder.to_str() else {
        bail!("{}: expected a path in Unicode", folder.display());
    };
    let config = DataConfig {
        dataset: dataset.to_owned(),
        datasets_path: PathBuf::from("."),
        partitions: Shares {
            training: 1.0,
            dev: 0.0,
            test: 0.0,
        },
        preprocessing: stages.clone(),
        ..DataConfig::default()
    };
    let dataset = data::load(&config, &|_, _| {})?;
    let (found, expected) = (dataset.channels, model.picture[2]);
    if found != expected {
        bail!(
            "{}: its images have {found} channels; the model was trained on {expected}",
            folder.display()
        );
    }
    Ok(dataset)
}

/// Infers the samples of IDX files, each named by the folder and its number.
fn infer_idx(
    folder: &Path,
    dataset: &Dataset,
    model: &Checkpoint,
    predictor: &mut Predictor,
    output: &mut Output<'_>,
) -> anyhow::Result<()> {
    let classes = &model.classes;
    let mut labelled = dataset.labels.iter().zip(&dataset.sample_numbers);
    let at_once = predictor.at_once() * predictor.features();
    for samples in dataset.samples.chunks(at_once) {
        let probabilities = predictor.probabilities(samples)?;
        for (row, (label, number)) in probabilities.chunks(classes.len()).zip(&mut labelled) {
            let label = dataset.classes.get(label.index());
            output.write(&Prediction {
                image: format!("{}#{number}", folder.display()),
                label: label.and_then(|label| classes.iter().position(|class| class == label)),
                probabilities: row,
            })?;
        }
    }
    Ok(())
}
