//! An experiment and its session, written as a command line.

use super::options::{Field, OptionSpec, options};
use crate::config::{ExperimentConfig, SessionConfig};

/// Options that say where experiments are from: a line that describes one needs none of them.
const ORIGINS: [&str; 2] = ["config", "resume"];

/// The arguments of an experiment that differ from the defaults, such as `--layers=16`, in the order of help.
pub fn arguments(experiment: &ExperimentConfig) -> Vec<String> {
    let session = SessionConfig {
        experiments: vec![experiment.clone()],
        ..SessionConfig::default()
    };
    differing(&session, OptionSpec::is_of_experiments)
}

/// The arguments of what holds for a whole session, such as `--device=cpu`.
pub fn session_arguments(session: &SessionConfig) -> Vec<String> {
    differing(session, |option| {
        matches!(option.field, Field::Session(_) | Field::Call(_))
            && !ORIGINS.contains(&option.name)
    })
}

/// A line for a POSIX shell that trains an experiment in a session.
pub fn command_line(experiment: &ExperimentConfig, session: &SessionConfig) -> String {
    let arguments = [session_arguments(session), arguments(experiment)].concat();
    let quoted = arguments.iter().map(|argument| quoted(argument));
    ["shadernets".to_owned(), "train".to_owned()]
        .into_iter()
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The options of a kind whose values in a session are not the defaults.
fn differing(session: &SessionConfig, is_of_kind: impl Fn(&OptionSpec) -> bool) -> Vec<String> {
    let of_kind = options().filter(|option| is_of_kind(option));
    let differing = of_kind.filter(|option| option.text(session) != option.default_text());
    let written = |option: &OptionSpec| {
        let texts = option.texts(session);
        let texts = texts.unwrap_or_else(|| vec![option.text(session)]);
        let written = texts.iter().map(|text| format!("--{}={text}", option.name));
        written.collect::<Vec<_>>()
    };
    differing.flat_map(written).collect()
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
