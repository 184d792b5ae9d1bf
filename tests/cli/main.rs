//! The command line, as a person types it.
#![cfg(feature = "native")]

mod commands;
mod config_file;
mod errors;
mod experiments;
mod files;
mod options;
mod reference;
mod sweep;
mod written;

use std::ffi::OsString;

use shadernets::cli::{self, CliError, Invocation};
use shadernets::config::{ExperimentConfig, SessionConfig};

fn parse(line: &str) -> Result<Invocation, CliError> {
    cli::parse(line.split_whitespace().map(OsString::from))
}

fn session(line: &str) -> SessionConfig {
    match parse(line) {
        Ok(Invocation::Train(session)) => session,
        Ok(other) => panic!("`{line}` is {other:?}"),
        Err(error) => panic!("`{line}`: {error}"),
    }
}

fn experiment(line: &str) -> ExperimentConfig {
    let mut session = session(line);
    assert_eq!(session.experiments.len(), 1, "experiments of `{line}`");
    session.experiments.remove(0)
}

/// The message of wrong usage.
#[track_caller]
fn error(line: &str) -> String {
    match parse(line) {
        Err(error) => {
            assert_eq!(error.exit_code, 2, "exit code of `{line}`");
            error.to_string()
        }
        Ok(invocation) => panic!("`{line}` should be wrong, and is {invocation:?}"),
    }
}
