//! What can go wrong between runs and what people are shown of them.

use std::path::PathBuf;

use thiserror::Error;

use crate::runs::RunError;

/// A table, page or plot of runs that cannot be made.
#[derive(Debug, Error)]
pub enum ReportError {
    #[error("{}: no runs here or in the folders below; name a run's folder, or the --runs-path of earlier runs", .path.display())]
    NoRuns { path: PathBuf },
    #[error("{0}")]
    Run(#[from] RunError),
    #[error("cannot write the table: {0}")]
    Csv(#[from] csv::Error),
    #[error("cannot write as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot fill the report's page: {0}")]
    Page(#[from] minijinja::Error),
    #[error("--plot={}: expected a file that ends in .png or .svg", .path.display())]
    PlotEnding { path: PathBuf },
    #[error("--plot={}: cannot draw it: {message}", .path.display())]
    Plot { path: PathBuf, message: String },
}
