//! `shadernets sweep`: a grid of experiments.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::options::{OptionSpec, options};
use super::{Invocation, error, session};
use crate::config::{ExperimentConfig, SessionConfig};

/// No one means to run more.
const MOST: usize = 100_000;

/// The command as clap knows it.
pub fn command() -> Command {
    Command::new("sweep")
        .about("Train a grid of experiments: every combination of some options' values")
        .after_help(
            "Values are separated by commas, or by semicolons where a value has commas itself:\n  \
             shadernets sweep --vary learning-rate=1e-4,1e-3 --vary 'layers=10;20,10' -- --dataset=numbers",
        )
        .arg(
            Arg::new("vary")
                .long("vary")
                .value_name("OPTION=VALUE,...")
                .action(ArgAction::Append)
                .required(true)
                .help("An option of an experiment, and its values; the last one given varies fastest"),
        )
        .arg(
            Arg::new("options")
                .value_name("OPTIONS")
                .num_args(0..)
                .last(true)
                .help("Options of `train` that all experiments share"),
        )
}

/// Reads the command's arguments.
///
/// # Errors
/// Wrong usage.
pub fn parse(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    let shared = matches.get_many::<String>("options").unwrap_or_default();
    let parsed = session::parse(shared.cloned().collect())?;
    let Invocation::Train(mut session) = parsed else {
        return Ok(parsed);
    };
    for text in matches.get_many::<String>("vary").unwrap_or_default() {
        let (option, values) = varied(text)?;
        let grid = session.experiments.len().saturating_mul(values.len());
        if grid > MOST {
            return Err(error::usage(format!(
                "--vary={text}: {grid} experiments; expected at most {MOST}"
            )));
        }
        let experiments = session.experiments.iter();
        session.experiments = experiments
            .flat_map(|experiment| values.iter().map(|value| with(experiment, option, value)))
            .collect::<Result<_, _>>()?;
    }
    session
        .validate()
        .map_err(|e| error::usage(e.to_string()))?;
    session.make_ids_unique();
    Ok(Invocation::Train(session))
}

/// The option and its values.
fn varied(text: &str) -> Result<(&'static OptionSpec, Vec<&str>), clap::Error> {
    let wrong = |message: String| error::usage(format!("--vary={text}: {message}"));
    let (name, values) = text.split_once('=').ok_or_else(|| {
        wrong("expected an option and its values, such as layers=10,100".to_owned())
    })?;
    let name = name.trim().trim_start_matches('-');
    let option = options().find(|option| option.name == name);
    let option = option.ok_or_else(|| wrong(format!("there is no option '{name}'")))?;
    if !(option.is_of_one_experiment() || option.is_of_every_experiment()) {
        return Err(wrong(format!(
            "--{name} holds for the whole session; vary an option of an experiment"
        )));
    }
    let separator = if values.contains(';') { ';' } else { ',' };
    let values: Vec<_> = values.split(separator).map(str::trim).collect();
    for value in &values {
        option
            .check(value)
            .map_err(|e| wrong(format!("'{value}': {e}")))?;
    }
    Ok((option, values))
}

/// The experiment with a value of an option, named for it.
fn with(
    experiment: &ExperimentConfig,
    option: &OptionSpec,
    value: &str,
) -> Result<ExperimentConfig, clap::Error> {
    let mut alone = SessionConfig {
        experiments: vec![experiment.clone()],
        ..SessionConfig::default()
    };
    option.clear(&mut alone);
    option
        .set(&mut alone, value)
        .map_err(|e| error::usage(format!("--vary {}={value}: {e}", option.name)))?;
    let mut experiment = alone.experiments.pop().unwrap_or_default();
    // What a file's name may have.
    let plain = |c: char| match c {
        '/' | '\\' | ':' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let value: String = value.chars().map(plain).collect();
    experiment.exp_id = format!("{}_{}={value}", experiment.exp_id, option.name);
    Ok(experiment)
}
