//! Experiments as TOML files: the same names and values as the options.
//!
//! ```toml
//! [session]               # what holds for the whole session
//! device = "gpu"
//!
//! [defaults]              # what every experiment starts from
//! dataset = "numbers"
//! resize = [16, 16]
//!
//! [[experiment]]
//! exp-id = "small"
//! layers = [10]
//!
//! [[experiment]]
//! exp-id = "large"
//! layers = [200, 100]
//! learning-rate = 1e-4
//! ```
//!
//! Every table may be left out; without an `[[experiment]]`, the defaults are one. Paths are relative to the
//! working directory, as on the command line.

mod error;
mod read;

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use error::{ConfigFileError, Fault};

use super::options::{OptionSpec, options};
use crate::config::{ExperimentConfig, SessionConfig};
use crate::runs::RunError;

/// The longest file that is read, in bytes: thousands of experiments, and no data set given by mistake.
const MOST_BYTES: u64 = 1 << 20;

const SESSION: &str = "session";
const DEFAULTS: &str = "defaults";
const EXPERIMENT: &str = "experiment";

/// The session that a file describes.
///
/// # Errors
/// The file cannot be read, is no TOML, or has an option or a value that does not exist.
pub fn read(path: &Path) -> Result<SessionConfig, ConfigFileError> {
    text_of(path)
        .and_then(|text| read::session(&text))
        .map_err(|fault| ConfigFileError {
            path: path.to_owned(),
            fault,
        })
}

/// The one experiment of a run's `config.toml`.
///
/// # Errors
/// Those of [`read`], and another number of experiments.
pub fn read_run(path: &Path) -> Result<ExperimentConfig, RunError> {
    one_experiment(path).map(|(experiment, _)| experiment)
}

/// A run's `config.toml`: the session as it was, with this one experiment.
///
/// # Errors
/// As for [`read_run`].
pub fn read_run_session(path: &Path) -> Result<SessionConfig, RunError> {
    one_experiment(path).map(|(experiment, session)| SessionConfig {
        experiments: vec![experiment],
        ..session
    })
}

/// A file's only experiment, and its session without it.
fn one_experiment(path: &Path) -> Result<(ExperimentConfig, SessionConfig), RunError> {
    let mut session = read(path)?;
    let experiments = std::mem::take(&mut session.experiments);
    match <[_; 1]>::try_from(experiments) {
        Ok([experiment]) => Ok((experiment, session)),
        Err(several) => Err(RunError::BadFile {
            path: path.to_owned(),
            message: format!(
                "it has {} experiments, and the configuration of a run has one",
                several.len()
            ),
        }),
    }
}

/// A session as a file: every option with its value. [`read`] gives the same session back.
pub fn write(session: &SessionConfig) -> String {
    let what = "Experiments of shadernets: `shadernets train --config FILE` runs them.";
    write_with_comment(session, what)
}

/// One run of a session as a file: all that it takes to repeat it.
pub fn write_run(run: &ExperimentConfig, session: &SessionConfig) -> String {
    let alone = SessionConfig {
        experiments: vec![run.clone()],
        ..session.clone()
    };
    let what = "A run of shadernets: `shadernets train --config FILE` repeats it.";
    write_with_comment(&alone, what)
}

fn write_with_comment(session: &SessionConfig, comment: &str) -> String {
    let mut text = format!("# {comment}\n");
    let mut alone = SessionConfig {
        experiments: Vec::new(),
        ..session.clone()
    };
    write_table(
        &mut text,
        "[session]",
        &mut alone,
        OptionSpec::is_of_session,
    );
    for experiment in &session.experiments {
        alone.experiments = vec![experiment.clone()];
        write_table(
            &mut text,
            "[[experiment]]",
            &mut alone,
            OptionSpec::is_of_experiments,
        );
    }
    text
}

/// Writes the options of a kind; those without a value are left out.
fn write_table(
    text: &mut String,
    header: &str,
    session: &mut SessionConfig,
    is_of_table: impl Fn(&OptionSpec) -> bool,
) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{header}");
    for option in options().filter(|option| is_of_table(option)) {
        if let Some(value) = option.toml(session) {
            let _ = writeln!(text, "{} = {value}", option.name);
        }
    }
}

/// Reads a file that is small enough; what is read of others ends at the limit, whatever size they claim.
fn text_of(path: &Path) -> Result<String, Fault> {
    let file = File::open(path).map_err(Fault::Io)?;
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    if read.map_err(Fault::Io)? as u64 > MOST_BYTES {
        return Err(Fault::TooLong);
    }
    String::from_utf8(bytes).map_err(|_| Fault::NotText)
}
