//! Configurations as TOML files: the same names and values as the options.

use std::path::Path;

use crate::config::ExperimentConfig;
use crate::runs::RunError;

/// The one experiment of a run's `config.toml`.
///
/// # Errors
/// The file cannot be read, or does not describe an experiment.
pub fn read_run(path: &Path) -> Result<ExperimentConfig, RunError> {
    let _ = path;
    todo!("read the options of a file")
}

/// A run's configuration.
pub fn write_run(_: &ExperimentConfig) -> String {
    String::new()
}
