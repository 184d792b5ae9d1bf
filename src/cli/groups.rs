//! Arguments, cut into one group per experiment, with option names spelled out.

use super::error;
use super::options::{Field, OptionSpec, options};
use crate::config::names::nearest;

/// Options that every command has.
const COMMON: [&str; 2] = ["help", "version"];

/// The arguments of each experiment. The first group is what stands before the first
/// `--experiment`, and may be empty.
///
/// # Errors
/// An abbreviation that could mean several options; a value given to `--experiment`.
pub fn groups(args: Vec<String>) -> Result<Vec<Vec<String>>, clap::Error> {
    let mut finished = Vec::new();
    let mut group: Vec<String> = Vec::new();
    for arg in args {
        let arg = spelled_out(arg)?;
        match arg.strip_prefix("--").map(|body| split(body)) {
            Some((name, None)) if starts_group(name) => finished.push(std::mem::take(&mut group)),
            Some((name, Some(value))) if starts_group(name) => {
                return Err(error::usage(format!(
                    "--{name} takes no value, found '{value}'; name the experiment with --exp-id"
                )));
            }
            _ => match group.last_mut() {
                Some(option) if is_negative(&arg) && awaits_value(option) => {
                    option.push('=');
                    option.push_str(&arg);
                }
                _ => group.push(arg),
            },
        }
    }
    finished.push(group);
    Ok(finished)
}

/// Whether an argument is a negative number rather than an option; clap knows only the plainest.
fn is_negative(arg: &str) -> bool {
    let unsigned = arg.strip_prefix('-').unwrap_or_default();
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
}

/// Whether an argument is an option whose value may follow.
fn awaits_value(arg: &str) -> bool {
    arg.len() > 2 && arg.starts_with("--") && !arg.contains('=')
}

/// `name=value` as name and value.
fn split(body: &str) -> (&str, Option<&str>) {
    match body.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (body, None),
    }
}

fn starts_group(name: &str) -> bool {
    options().any(|o| o.name == name && matches!(o.field, Field::NextExperiment))
}

/// Writes an option with two dashes and its whole name; other arguments stay as they are.
///
/// Option names may be abbreviated while they stay unambiguous, and one dash before a long name
/// is accepted: the reference's own command lines do both (`--dropout=0`, `-dataset=numbers`).
/// Unknown names are left to clap, which suggests near ones.
fn spelled_out(arg: String) -> Result<String, clap::Error> {
    let Some(body) = option_body(&arg) else {
        return Ok(arg);
    };
    let (written, value) = split(body);
    let name = match candidates(written).as_slice() {
        [] => written,
        [only] => only,
        several => {
            let several: Vec<_> = several.iter().map(|name| format!("--{name}")).collect();
            return Err(error::usage(format!(
                "--{written} could mean {}; write one of them",
                several.join(", ")
            )));
        }
    };
    Ok(match value {
        Some(value) => format!("--{name}={value}"),
        None => format!("--{name}"),
    })
}

/// The option of experiments or of the session that a name without dashes means, whole or abbreviated.
///
/// # Errors
/// What to write instead.
pub fn named(written: &str) -> Result<&'static OptionSpec, String> {
    let names = candidates(written);
    match names.as_slice() {
        [] => Err(
            match nearest(written, options().map(|option| option.name)) {
                Some(near) => format!("unknown option '{written}'; did you mean {near}?"),
                None => format!("unknown option '{written}'; see `shadernets --help`"),
            },
        ),
        [only] => options()
            .find(|option| option.name == *only)
            .ok_or_else(|| format!("--{only} takes no value")),
        several => Err(format!(
            "{written} could mean {}; write one of them",
            several.join(", ")
        )),
    }
}

/// The text after the dashes, if `arg` is an option with a long name.
fn option_body(arg: &str) -> Option<&str> {
    if arg == "-e" {
        return Some("experiment"); // The reference's one short option.
    }
    if let Some(body) = arg.strip_prefix("--") {
        return Some(body).filter(|body| !body.is_empty());
    }
    let body = arg.strip_prefix('-')?;
    let is_long = body.starts_with(|c: char| c.is_ascii_alphabetic()) && split(body).0.len() > 1;
    is_long.then_some(body)
}

/// The options that `written` names or abbreviates.
fn candidates(written: &str) -> Vec<&'static str> {
    let names = || options().map(|OptionSpec { name, .. }| *name).chain(COMMON);
    if let Some(exact) = names().find(|name| *name == written) {
        return vec![exact];
    }
    names().filter(|name| name.starts_with(written)).collect()
}
