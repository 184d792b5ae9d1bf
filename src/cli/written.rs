//! An experiment, written as a command line.

use super::options::{OptionSpec, options};
use crate::config::{ExperimentConfig, SessionConfig};

/// The arguments of an experiment that differ from the defaults, such as `--layers=16`, in the order of help.
pub fn arguments(experiment: &ExperimentConfig) -> Vec<String> {
    let session = SessionConfig {
        experiments: vec![experiment.clone()],
        ..SessionConfig::default()
    };
    let of_experiments = options().filter(|option| option.is_of_experiments());
    let differing = of_experiments.filter(|option| option.text(&session) != option.default_text());
    let written = |option: &OptionSpec| {
        let texts = option.texts(&session);
        let texts = texts.unwrap_or_else(|| vec![option.text(&session)]);
        let written = texts.iter().map(|text| format!("--{}={text}", option.name));
        written.collect::<Vec<_>>()
    };
    differing.flat_map(written).collect()
}

/// A line for a POSIX shell that trains the experiment.
pub fn command_line(experiment: &ExperimentConfig) -> String {
    let arguments = arguments(experiment);
    let quoted = arguments.iter().map(|argument| quoted(argument));
    ["shadernets".to_owned(), "train".to_owned()]
        .into_iter()
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// An argument as a shell reads it back: only the value stands in quotes, and only where it must.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@%".contains(c);
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    match value.chars().all(is_plain) {
        true => argument.to_owned(),
        false => format!("{name}='{}'", value.replace('\'', r"'\''")),
    }
}
