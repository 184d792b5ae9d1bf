//! The command line: arguments to an [`Invocation`].
//!
//! ```text
//! arguments -> groups      one per --experiment, names spelled out      (groups.rs)
//!           -> clap        values, ranges, suggestions, help            (command.rs)
//!           -> configs     experiments first, then what holds for all   (session.rs)
//! file      -> configs     --config, --resume, a run's config.toml      (config_file.rs)
//! ```
//!
//! Every option is declared once, in [`options`]; clap's arguments, help, the names in files, and the
//! README's table come from there.

mod bench;
mod command;
pub mod config_file;
mod error;
mod export;
mod groups;
mod infer;
pub mod options;
mod readme;
mod report;
mod session;
mod sweep;
mod value;
mod written;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;

pub use error::{CliError, EXIT_FAILURE, EXIT_USAGE};
pub use readme::readme_table;
pub use written::{arguments, command_line};

use crate::bench::Request;
use crate::config::{DataConfig, SessionConfig};
use crate::data::generate::Shipped;
use crate::report::ReportRequest;

/// What the program was asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Invocation {
    /// Train experiments.
    Train(SessionConfig),
    /// Compare runs.
    Report(ReportRequest),
    /// Classify images by a trained model.
    Infer(crate::infer::Request),
    /// Write a trained model for other programs.
    Export(crate::export::Request),
    /// Measure how fast the devices train.
    Bench(Request),
    /// List the adapters.
    Devices {
        /// Run a small computation on each as well.
        check: bool,
        /// Measure the kernels of matrix products on each, and remember the fastest.
        tune: bool,
    },
    /// Draw one of the data sets that this project ships.
    Generate {
        dataset: Shipped,
        /// The folder to write; by default the data set's own.
        to: Option<PathBuf>,
        /// Images per class; by default the data set's own number.
        per_class: Option<u32>,
        seed: u64,
    },
    /// Print a data set's statistics.
    Show(DataConfig),
    /// Print this text: help.
    Help(StyledStr),
    /// Print this text: name and version.
    Version(StyledStr),
}

/// Reads the program's arguments, without the program's own name.
///
/// # Errors
/// Wrong usage: the message says which argument is wrong, and what was expected.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, CliError> {
    let mut args = args
        .into_iter()
        .map(|arg| arg.into_string().map_err(CliError::not_unicode))
        .collect::<Result<Vec<_>, _>>()?;
    let parsed = match args.first().map(String::as_str) {
        Some("train") => session::parse(args.split_off(1)),
        Some(word) if !word.starts_with('-') => command::parse_tool(&args),
        _ => session::parse(args),
    };
    parsed.or_else(CliError::or_answer)
}
