//! What can be wrong with a file of experiments.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::MOST_BYTES;
use crate::runs::RunError;

/// A file that does not describe experiments.
#[derive(Debug, Error)]
#[error("{}: {fault}", .path.display())]
pub struct ConfigFileError {
    pub path: PathBuf,
    pub fault: Fault,
}

/// What is wrong with it. Lines are counted from 1.
#[derive(Debug, Error)]
pub enum Fault {
    #[error("cannot read it: {0}")]
    Io(io::Error),
    #[error(
        "longer than {MOST_BYTES} bytes: expected a file of experiments, such as --save-config writes"
    )]
    TooLong,
    #[error("not UTF-8 text: expected a file of experiments, such as --save-config writes")]
    NotText,
    #[error("line {line}: no TOML: {message}")]
    Syntax { line: usize, message: String },
    #[error("line {line}: unknown name '{name}'; {advice}")]
    UnknownName {
        line: usize,
        name: String,
        /// What to write, or where.
        advice: String,
    },
    #[error("line {line}: {name} = {found}: expected {expected}")]
    BadValue {
        line: usize,
        name: String,
        found: String,
        expected: String,
    },
    #[error(
        "{experiments} experiments with [defaults] this long; expected fewer, or shorter values"
    )]
    TooManyDefaults { experiments: usize },
}

impl From<ConfigFileError> for RunError {
    fn from(ConfigFileError { path, fault }: ConfigFileError) -> Self {
        match fault {
            Fault::Io(cause) => Self::Io {
                path,
                doing: "read it",
                cause,
            },
            fault => Self::BadFile {
                path,
                message: fault.to_string(),
            },
        }
    }
}
