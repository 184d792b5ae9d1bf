//! Configurations as TOML files: the names and values of the command line's options.
//!
//! ```toml
//! [session]                # options that hold for all experiments
//! device = "cpu"
//!
//! [defaults]               # inherited by each experiment
//! dataset = "numbers"
//! resize = [16, 16]
//!
//! [[experiment]]
//! exp-id = "small"
//! layers = [10]
//! ```

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::{Table, Value};

use super::options::{Field, OptionSpec, options};
use crate::config::{ExperimentConfig, SessionConfig};
use crate::runs::RunError;

/// No configuration is as long.
const LONGEST: u64 = 1 << 20;

/// How alike a wrong name and a known one must be (Jaro-Winkler, 0 to 1) to be suggested.
const NEAR_MISS: f64 = 0.8;

/// What can be wrong with a configuration file.
#[derive(Debug, Error)]
#[error("{}: {message}", .path.display())]
pub struct ConfigFileError {
    path: PathBuf,
    message: String,
}

/// The session that a file describes.
///
/// # Errors
/// The file cannot be read, is no TOML, or has an option that does not exist or a value that is none of its.
pub fn read(path: &Path) -> Result<SessionConfig, ConfigFileError> {
    let error = |message| ConfigFileError {
        path: path.to_owned(),
        message,
    };
    let text = text(path).map_err(|e| error(format!("cannot be read: {e}")))?;
    parse(&text).map_err(error)
}

/// The one experiment of a run's file.
///
/// # Errors
/// The file cannot be read, or does not describe one experiment.
pub fn read_run(path: &Path) -> Result<ExperimentConfig, RunError> {
    let bad = |message: String| RunError::BadFile {
        path: path.to_owned(),
        message,
    };
    let session = read(path).map_err(|error| bad(error.message))?;
    let [run] = <[ExperimentConfig; 1]>::try_from(session.experiments)
        .map_err(|several| bad(format!("expected one experiment, found {}", several.len())))?;
    Ok(run)
}

fn text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    // One byte more tells that it is too long.
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(std::io::Error::other(format!(
            "it has more than {LONGEST} bytes, which no configuration has"
        )));
    }
    Ok(text)
}

/// The session that a text describes.
fn parse(text: &str) -> Result<SessionConfig, String> {
    let table: Table =
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    let known = ["session", "defaults", "experiment"];
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!(
            "'{key}' is none of the tables [session], [defaults] and [[experiment]]; options stand in one of them"
        ));
    }
    let none = Table::new();
    let table_of = |key: &str| match table.get(key) {
        None => Ok(&none),
        Some(Value::Table(table)) => Ok(table),
        Some(_) => Err(format!("[{key}] must be a table of options")),
    };
    let defaults = table_of("defaults")?;
    let experiments = match table.get("experiment") {
        None => vec![&none],
        Some(Value::Table(one)) => vec![one],
        Some(Value::Array(several)) => several
            .iter()
            .map(|value| {
                value
                    .as_table()
                    .ok_or("[[experiment]] must be a table of options")
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err("[[experiment]] must be a table of options".to_owned()),
    };

    let mut session = SessionConfig {
        experiments: Vec::new(),
        ..SessionConfig::default()
    };
    for (i, own) in experiments.into_iter().enumerate() {
        let mut alone = SessionConfig::default();
        apply(&mut alone, defaults, "[defaults]", of_an_experiment)?;
        let place = format!("[[experiment]] {}", i + 1);
        apply(&mut alone, own, &place, of_an_experiment)?;
        session.experiments.append(&mut alone.experiments);
    }
    apply(&mut session, table_of("session")?, "[session]", |option| {
        option.is_global() && option.is_in_files()
    })?;
    session.validate().map_err(|error| error.to_string())?;
    session.make_ids_unique();
    Ok(session)
}

/// Options that a table of an experiment may have.
fn of_an_experiment(option: &OptionSpec) -> bool {
    matches!(
        option.field,
        Field::Experiment(_) | Field::EveryExperiment(_)
    )
}

/// Sets the options of a table.
fn apply(
    session: &mut SessionConfig,
    table: &Table,
    place: &str,
    may_stand: impl Fn(&OptionSpec) -> bool,
) -> Result<(), String> {
    for (key, value) in table {
        let option = options().find(|option| option.name == key && may_stand(option));
        let option = option.ok_or_else(|| unknown(key, place, &may_stand))?;
        let wrong = |expected: String| format!("{place}: {key} = {value}: expected {expected}");
        option.clear(session);
        for text in
            texts(option, value).ok_or_else(|| wrong("a value, or a list of values".to_owned()))?
        {
            let set = option
                .check(&text)
                .and_then(|()| option.set(session, &text));
            set.map_err(|error| {
                let error = error.to_string();
                wrong(error.trim_start_matches("expected ").to_owned())
            })?;
        }
    }
    Ok(())
}

fn unknown(key: &str, place: &str, may_stand: &impl Fn(&OptionSpec) -> bool) -> String {
    if options().any(|option| option.name == key) {
        return format!("{place}: the option '{key}' cannot stand in this table");
    }
    let near = options()
        .filter(|option| may_stand(option))
        .map(|option| (strsim::jaro_winkler(option.name, key), option.name))
        .filter(|(likeness, _)| *likeness >= NEAR_MISS)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let near = near.map_or(String::new(), |(_, name)| {
        format!("; did you mean '{name}'?")
    });
    format!("{place}: there is no option '{key}'{near}")
}

/// What would stand behind the option on the command line, once or several times.
fn texts(option: &OptionSpec, value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => {
            let texts = values.iter().map(plain).collect::<Option<Vec<_>>>()?;
            Some(if option.is_repeatable() {
                texts
            } else {
                vec![texts.join(",")]
            })
        }
        Value::Table(table) => {
            let parts = table
                .iter()
                .map(|(key, value)| Some(format!("{key}={}", plain(value)?)));
            Some(vec![parts.collect::<Option<Vec<_>>>()?.join(",")])
        }
        value => Some(vec![plain(value)?]),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Some(value.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// A session as a file: every option with its value.
pub fn write(session: &SessionConfig) -> String {
    let mut text = String::from(
        "# A configuration of shadernets: every option with its value; `shadernets --config FILE` runs it.\n\n[session]\n",
    );
    let global = |option: &&OptionSpec| {
        option.is_global() && option.is_in_files() && !of_an_experiment(option)
    };
    write_options(&mut text, session, options().filter(global));
    for experiment in &session.experiments {
        let alone = SessionConfig {
            experiments: vec![experiment.clone()],
            ..SessionConfig::default()
        };
        text.push_str("\n[[experiment]]\n");
        write_options(
            &mut text,
            &alone,
            options().filter(|option| of_an_experiment(option)),
        );
    }
    text
}

/// A run as a file.
pub fn write_run(config: &ExperimentConfig) -> String {
    let session = SessionConfig {
        experiments: vec![config.clone()],
        ..SessionConfig::default()
    };
    let text = write(&session);
    // What held for the session is no property of the run.
    match (text.find("[session]"), text.find("[[experiment]]")) {
        (Some(begin), Some(end)) => format!("{}{}", &text[..begin], &text[end..]),
        _ => text,
    }
}

fn write_options(
    text: &mut String,
    session: &SessionConfig,
    options: impl Iterator<Item = &'static OptionSpec>,
) {
    for option in options {
        let values = option.texts(session);
        let values: Vec<_> = values.iter().map(|text| literal(text)).collect();
        let name = option.name;
        // Writing to a String does not fail.
        let _ = match values.as_slice() {
            _ if option.is_repeatable() => writeln!(text, "{name} = [{}]", values.join(", ")),
            [value] if value != "\"\"" || !option.default_text().is_empty() => {
                writeln!(text, "{name} = {value}")
            }
            _ => Ok(()),
        };
    }
}

/// A text as a TOML value.
fn literal(text: &str) -> String {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok();
    let is_plain = |text: &str| {
        let written = format!("x = {text}");
        toml::from_str::<Table>(&written)
            .is_ok_and(|table| plain(&table["x"]).as_deref() == Some(text))
    };
    match text {
        "true" | "false" => text.to_owned(),
        _ if is_number && is_plain(text) => text.to_owned(),
        _ => Value::String(text.to_owned()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_inherit_the_defaults_and_change_what_they_name() {
        let session = parse(
            r#"
            [session]
            device = "cpu"
            model-seed = 3
            [defaults]
            dataset = "numbers"
            resize = [16, 8]
            track-layer = ["L0_Dense_W,10", "L4_Dense_W,2"]
            partitions = { training = 0.5, dev = 0.5 }
            [[experiment]]
            exp-id = "a"
            layers = [10, 5]
            track-layer = []
            [[experiment]]
            learning-rate = 1e-3
            layers = ""
            "#,
        )
        .unwrap();
        let [a, b] = session.experiments.as_slice() else {
            panic!("{session:?}");
        };
        assert_eq!(
            (a.exp_id.as_str(), a.model.layers.as_slice()),
            ("a", &[10, 5][..])
        );
        assert_eq!((a.model.seed, b.model.seed), (3, 3));
        assert_eq!(b.data.dataset, "numbers");
        assert_eq!(b.data.preprocessing.resize.height, 8);
        assert_eq!(b.data.partitions.dev, 0.5);
        assert!(a.training.track_layers.is_empty());
        assert_eq!(b.training.track_layers.len(), 2);
        assert!(b.model.layers.is_empty());
    }

    #[test]
    fn what_is_written_is_read() {
        let mut session = SessionConfig::default();
        let experiment = &mut session.experiments[0];
        experiment.data.dataset = "with \"quotes\" and \\".to_owned();
        experiment.optimizer.learning_rate = 1e-300;
        experiment.model.layers = Vec::new();
        experiment.training.track_layers = vec!["L0_Dense_W,10".parse().unwrap()];
        let mut other = experiment.clone();
        other.exp_id = "1.0".to_owned();
        other.model.layers = vec![3, 4];
        session.experiments.push(other);
        session.jobs = 2;
        let text = write(&session);
        assert_eq!(parse(&text).unwrap(), session, "{text}");
        let run = write_run(&session.experiments[1]);
        assert_eq!(
            parse(&run).unwrap().experiments,
            [session.experiments[1].clone()]
        );
        assert!(!run.contains("device"), "{run}");
    }

    #[test]
    fn messages_name_the_table_the_option_and_what_was_expected() {
        for (text, parts) in [
            (
                "learning-rate = 1",
                &["'learning-rate' is none of the tables"][..],
            ),
            (
                "[defaults]\nlearning-rat = 1",
                &[
                    "[defaults]",
                    "'learning-rat'",
                    "did you mean 'learning-rate'?",
                ],
            ),
            (
                "[[experiment]]\n[[experiment]]\nnbr-epochs = -1",
                &["[[experiment]] 2", "nbr-epochs = -1"],
            ),
            (
                "[[experiment]]\nnbr-epochs = 0",
                &["nbr-epochs = 0", "1 or more"],
            ),
            ("[session]\nlayers = 3", &["cannot stand in this table"]),
            ("[session]\nconfig = \"x\"", &["cannot stand in this table"]),
            ("[defaults]\nresize = 1979-05-27", &["resize", "a value"]),
            ("[defaults", &["TOML parse error at line 1"]),
            ("experiment = 3", &["must be a table"]),
        ] {
            let error = parse(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }
}
