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

/// A line that trains an experiment in a session, for the shells of this operating system.
pub fn command_line(experiment: &ExperimentConfig, session: &SessionConfig) -> String {
    let quoted = match cfg!(windows) {
        true => quoted_for_windows,
        false => quoted_for_posix,
    };
    let arguments = [session_arguments(session), arguments(experiment)].concat();
    let arguments = arguments.iter().map(|argument| quoted(argument));
    ["shadernets".to_owned(), "train".to_owned()]
        .into_iter()
        .chain(arguments)
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

/// An argument as a POSIX shell reads it back: only the value stands in quotes, and only where it must.
fn quoted_for_posix(argument: &str) -> String {
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    match value.chars().all(|c| is_plain(c) || "@%,".contains(c)) {
        true => argument.to_owned(),
        false => format!("{name}='{}'", value.replace('\'', r"'\''")),
    }
}

/// An argument as cmd and PowerShell hand it on, and as a program of Windows then reads it: a backslash is one unless
/// quotes follow, and those of the value have one before them. What both expand within double quotes,
/// `%NAME%` and `$name`, has no escape that both know.
///
/// Source: <https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>
fn quoted_for_windows(argument: &str) -> String {
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    if value.chars().all(|c| is_plain(c) || c == '\\') {
        return argument.to_owned();
    }
    let mut quoted = format!("{name}=\"");
    let mut backslashes = 0;
    for c in value.chars() {
        if c == '"' {
            quoted.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.extend(std::iter::repeat_n('\\', backslashes));
    quoted + "\""
}

/// Means nothing to any shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./=:+".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_a_shell_demands_it() {
        let arguments = [
            ("--layers=16", "--layers=16", "--layers=16"),
            ("--layers=16,8", "--layers=16,8", r#"--layers="16,8""#),
            ("--exp-id=", "--exp-id=", "--exp-id="),
            ("--exp-id=it's", r"--exp-id='it'\''s'", r#"--exp-id="it's""#),
            (
                "--exp-id=a \"b\" & c",
                "--exp-id='a \"b\" & c'",
                r#"--exp-id="a \"b\" & c""#,
            ),
            (
                r"--datasets-path=C:\data",
                r"--datasets-path='C:\data'",
                r"--datasets-path=C:\data",
            ),
            (
                r"--datasets-path=C:\my data\",
                r"--datasets-path='C:\my data\'",
                r#"--datasets-path="C:\my data\\""#,
            ),
            (
                r#"--exp-id=a \" b"#,
                r#"--exp-id='a \" b'"#,
                r#"--exp-id="a \\\" b""#,
            ),
        ];
        for (argument, posix, windows) in arguments {
            assert_eq!(quoted_for_posix(argument), posix);
            assert_eq!(quoted_for_windows(argument), windows);
        }
    }
}
