//! What is read from the disk and written to it.

use std::cmp::Reverse;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use rayon::prelude::*;

use super::{Answer, JobKind, ListedRun, RunInShort};
use crate::cli::config_file;
use crate::config::DataConfig;
use crate::data;
use crate::export::{Format as ModelFormat, Request, export};
use crate::gui::state::RunKey;
use crate::report::{Comparison, Format, ReportError, find_runs, html, plot};
use crate::runs::checkpoints::model_file;
use crate::runs::{CONFIG, Checkpoint, RunRecord, Summary, replace_file};

/// Runs that the window gets at a time.
const RUNS_AT_ONCE: usize = 16;

pub fn read_model(run: RunKey, path: &Path) -> anyhow::Result<Answer> {
    let model = Checkpoint::read(&model_file(path)?)?;
    Ok(Answer::Model(run, Arc::new(model)))
}

pub fn read_dataset(run: RunKey, config: &DataConfig) -> anyhow::Result<Answer> {
    let dataset = data::load(config, &|_, _| {})?;
    Ok(Answer::Dataset(run, Arc::new(dataset)))
}

/// Reads runs; those that are damaged are told one by one, and the others are there.
pub fn open(folders: &[PathBuf], tell: &dyn Fn(Answer)) {
    let failed = |what: &Path, error: String| Answer::Failed {
        kind: JobKind::Open,
        run: None,
        what: format!("open {}", what.display()),
        error,
    };
    for folder in folders {
        let found = match find_runs(std::slice::from_ref(folder)) {
            Ok(found) => found,
            Err(error) => {
                tell(failed(folder, error.to_string()));
                continue;
            }
        };
        for some in found.chunks(RUNS_AT_ONCE) {
            let read = some.par_iter().map(|run| RunRecord::read(run));
            let read: Vec<_> = read.collect();
            let mut opened = Vec::new();
            for (run, record) in some.iter().zip(read) {
                match record {
                    Ok(record) => opened.push(record),
                    Err(error) => tell(failed(run, error.to_string())),
                }
            }
            tell(Answer::Opened(opened));
        }
    }
}

pub fn export_model(model: &Checkpoint, to: PathBuf, tell: &dyn Fn(Answer)) -> anyhow::Result<()> {
    let format = match ending(&to).as_str() {
        "onnx" => ModelFormat::Onnx,
        "safetensors" => ModelFormat::Safetensors,
        "py" => ModelFormat::Torch,
        other => {
            bail!("found the ending '{other}'; expected .onnx, .safetensors, or .py for PyTorch")
        }
    };
    let request = Request {
        model: PathBuf::new(),
        format,
        fold_batch_norm: false,
        to,
    };
    for written in export(model, &request)? {
        tell(Answer::Wrote(written));
    }
    Ok(())
}

pub fn export_plot(runs: &[PathBuf], to: PathBuf) -> anyhow::Result<Answer> {
    match ending(&to).as_str() {
        "png" | "svg" => {}
        other => bail!("found the ending '{other}'; expected .png or .svg"),
    }
    plot(&read(runs)?, &to)?;
    Ok(Answer::Wrote(to))
}

pub fn export_table(runs: &[PathBuf], to: PathBuf) -> anyhow::Result<Answer> {
    let format = match ending(&to).as_str() {
        "csv" => Some(Format::Csv),
        "md" | "markdown" => Some(Format::Markdown),
        "json" => Some(Format::Json),
        "html" | "htm" => None,
        other => bail!("found the ending '{other}'; expected .csv, .md, .json or .html"),
    };
    let runs = read(runs)?;
    let text = match format {
        Some(format) => Comparison::new(&runs).text(format)?,
        None => html(&runs)?,
    };
    replace_file(&to, text.as_bytes())?;
    Ok(Answer::Wrote(to))
}

fn read(runs: &[PathBuf]) -> anyhow::Result<Vec<RunRecord>> {
    if runs.is_empty() {
        bail!("none of the runs has a folder; expected at least one that does");
    }
    let runs = runs.iter().map(|run| RunRecord::read(run));
    Ok(runs.collect::<Result<_, _>>()?)
}

/// Of a file's name, in small letters.
fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    ending.to_lowercase()
}

/// The data sets in a folder; one that does not exist has none.
pub fn list_datasets(folder: PathBuf) -> anyhow::Result<Answer> {
    let names = match data::dataset_names(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        names => names.with_context(|| format!("{}: cannot read it", folder.display()))?,
    };
    Ok(Answer::Datasets(folder, names))
}

/// The runs of a folder, without their metrics; one that does not exist, or has no runs, has none.
pub fn list_runs(folder: PathBuf) -> anyhow::Result<Answer> {
    let found = match find_runs(std::slice::from_ref(&folder)) {
        Ok(found) => found,
        Err(ReportError::NoRuns { .. }) => Vec::new(),
        Err(_) if !folder.exists() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut runs: Vec<ListedRun> = found.into_par_iter().map(listed).collect();
    // Damaged ones first: they are few, and a person would want to know.
    runs.sort_by_cached_key(|run| {
        let about = run.about.as_ref().ok();
        let started = about.map(|about| about.summary.started.clone());
        (started.is_some(), Reverse(started))
    });
    Ok(Answer::Runs(folder, runs))
}

fn listed(folder: PathBuf) -> ListedRun {
    let about = || -> anyhow::Result<RunInShort> {
        Ok(RunInShort {
            summary: Summary::read(&folder)?,
            dataset: config_file::read_run(&folder.join(CONFIG))?.data.dataset,
        })
    };
    ListedRun {
        about: about().map_err(|error| format!("{error:#}")),
        folder,
    }
}
