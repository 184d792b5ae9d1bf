//! `shadernets report`: finds runs on the disk and tells about them. Runs that several machines trained become
//! one table, whatever folders they lie in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::comparison::Comparison;
use super::error::ReportError;
use super::naming::natural_order;
use super::{html, plot};
use crate::config::names::named_enum;
use crate::runs::{CONFIG, RunError, RunRecord, SUMMARY, replace_file};

/// Runs lie in the given folder or below it, not deeper than this: `runs/sweep/shard-1/<run>`, and some.
const DEEPEST: usize = 6;

named_enum! {
    /// How the comparison table is written.
    Format {
        /// For people, as wide as it needs.
        #[default]
        Terminal = "terminal" | "table",
        Markdown = "markdown" | "md",
        Csv = "csv",
        Json = "json",
    }
}

/// Runs to compare, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// Folders of runs, or of folders of runs; at least one.
    pub folders: Vec<PathBuf>,
    /// Of the table.
    pub format: Format,
    /// A page to write.
    pub html: Option<PathBuf>,
    /// A picture of the curves to write, PNG or SVG by its ending.
    pub plot: Option<PathBuf>,
}

/// The folders of all runs in or below the given folders, sorted by name, each once.
///
/// # Errors
/// A folder cannot be read, or has no runs.
pub fn find_runs(folders: &[PathBuf]) -> Result<Vec<PathBuf>, ReportError> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    for folder in folders {
        let mut here = Vec::new();
        search(folder, 0, &mut here)?;
        if here.is_empty() {
            let path = folder.clone();
            return Err(ReportError::NoRuns { path });
        }
        for run in here {
            // The same folder may be named twice, or lie in another one that is named.
            let real = fs::canonicalize(&run).map_err(RunError::io(&run, "read this folder"))?;
            if known.insert(real) {
                found.push(run);
            }
        }
    }
    found.sort_by(|a, b| natural_order(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(found)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), RunError> {
    if folder.join(CONFIG).is_file() && folder.join(SUMMARY).is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    let error = || RunError::io(folder, "read this folder");
    for entry in fs::read_dir(folder).map_err(error())? {
        let entry = entry.map_err(error())?;
        // Links below the given folder are not followed: they may lead in a circle.
        let is_folder = entry.file_type().map_err(error())?.is_dir();
        if is_folder && depth < DEEPEST {
            search(&entry.path(), depth + 1, found)?;
        }
    }
    Ok(())
}

/// Reads all runs in or below the given folders.
///
/// # Errors
/// There is none, or one is damaged; the message names it.
pub fn read_runs(folders: &[PathBuf]) -> Result<Vec<RunRecord>, ReportError> {
    let read = |folder: &PathBuf| Ok(RunRecord::read(folder)?);
    find_runs(folders)?.iter().map(read).collect()
}

/// Compares all runs in or below the given folders. Returns the table; writes the page and the plot where
/// they are asked for.
///
/// # Errors
/// There are no runs, one is damaged, or a file cannot be written.
pub fn report(
    folders: &[PathBuf],
    format: Format,
    page: Option<&Path>,
    picture: Option<&Path>,
) -> Result<String, ReportError> {
    let runs = read_runs(folders)?;
    if let Some(path) = page {
        replace_file(path, html(&runs)?.as_bytes())?;
    }
    if let Some(path) = picture {
        plot(&runs, path)?;
    }
    Comparison::new(&runs).text(format)
}

impl Comparison {
    /// The table in a format.
    ///
    /// # Errors
    /// None that a table of this shape has.
    pub fn text(&self, format: Format) -> Result<String, ReportError> {
        match format {
            Format::Terminal => Ok(self.terminal()),
            Format::Markdown => Ok(self.markdown()),
            Format::Csv => self.csv(),
            Format::Json => self.json(),
        }
    }
}
