//! Wrong usage, as it is shown and as an exit code.

use std::ffi::OsString;
use std::fmt;

use clap::builder::StyledStr;
use clap::error::ErrorKind;

use super::{Invocation, command};

/// The exit code of a run that failed.
pub const EXIT_FAILURE: u8 = 1;

/// The exit code of wrong usage.
pub const EXIT_USAGE: u8 = 2;

/// A command line that cannot be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct CliError {
    /// What is wrong and what to do, in a few lines ending in a line feed. `to_string()` is plain,
    /// `ansi()` has colours.
    pub message: StyledStr,
    /// [`EXIT_USAGE`].
    pub exit_code: u8,
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl std::error::Error for CliError {}

impl CliError {
    /// An argument that is not valid Unicode.
    pub(super) fn not_unicode(arg: OsString) -> Self {
        let shown = arg.to_string_lossy();
        Self::from(usage(format!(
            "the argument '{shown}' is not valid Unicode; rename the file or folder that it names"
        )))
    }

    /// The answer to a question (help, version), which clap reports as errors too, or the error.
    pub(super) fn or_answer(error: clap::Error) -> Result<Invocation, Self> {
        match error.kind() {
            ErrorKind::DisplayHelp => Ok(Invocation::Help(error.render())),
            ErrorKind::DisplayVersion => Ok(Invocation::Version(error.render())),
            _ => Err(Self::from(error)),
        }
    }
}

impl From<clap::Error> for CliError {
    fn from(error: clap::Error) -> Self {
        Self {
            message: error.render(),
            exit_code: EXIT_USAGE,
        }
    }
}

/// Wrong usage that clap does not find by itself, shown as clap's own errors are.
pub(super) fn usage(message: String) -> clap::Error {
    command::command().error(ErrorKind::ValueValidation, message)
}
