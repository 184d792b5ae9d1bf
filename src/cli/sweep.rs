//! The arguments of `shadernets sweep`: experiments over a grid of values.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::options::OptionSpec;
use super::{Invocation, error, groups, session};
use crate::config::{ExperimentConfig, MOST_RUNS, SessionConfig};

/// The longest id that tells its values, in bytes; `_<k>` may follow.
const LONGEST_ID: usize = 85;

/// The command as clap knows it.
pub fn command() -> Command {
    Command::new("sweep")
        .about("Train experiments over a grid of values")
        .override_usage("shadernets sweep --vary NAME=VALUES... [-- TRAIN OPTIONS]")
        .after_help(
            "Each combination of the values is an experiment; the last --vary varies fastest:\n\n  \
             shadernets sweep --vary learning-rate=1e-4,1e-3 --vary layers=10,100 -- --model=NLayers\n\n\
             Where a value has commas itself, values are separated by semicolons, in quotes for the \
             shell's sake:\n\n  \
             shadernets sweep --vary 'layers=10;20,10' --vary 'resize=16,16;32,32'\n\n\
             All options of `train` may stand behind the --, such as --dry-run to see the experiments, \
             or --shard=2/8 to train a share of them on each of 8 machines.",
        )
        .arg(
            Arg::new("vary")
                .long("vary")
                .value_name("NAME=VALUES")
                .action(ArgAction::Append)
                .required(true)
                .help("An option of experiments, and the values to try; repeatable"),
        )
        .arg(
            Arg::new("train")
                .value_name("TRAIN OPTIONS")
                .num_args(1..)
                .last(true)
                .allow_hyphen_values(true)
                .hide(true),
        )
}

/// Reads the arguments.
///
/// # Errors
/// Wrong usage.
pub fn parse(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    let mut axes: Vec<Axis> = Vec::new();
    for text in matches.get_many::<String>("vary").unwrap_or_default() {
        let axis = Axis::parse(text)?;
        if axes
            .iter()
            .any(|other| other.option.name == axis.option.name)
        {
            return Err(error::usage(format!(
                "--vary={}: given twice; write all its values in one --vary",
                axis.option.name
            )));
        }
        axes.push(axis);
    }
    let train = matches.get_many::<String>("train").unwrap_or_default();
    let session = session::resolve(train.cloned().collect())?;
    if session.resume.is_some() {
        return Err(error::usage("a sweep cannot --resume a run".to_owned()));
    }
    session::finish(grid(session, &axes)?).map(Invocation::Train)
}

/// An option and the values that it takes.
struct Axis {
    option: &'static OptionSpec,
    values: Vec<String>,
}

impl Axis {
    fn parse(text: &str) -> Result<Self, clap::Error> {
        let wrong = |message: String| error::usage(format!("--vary={text}: {message}"));
        let Some((name, values)) = text.split_once('=') else {
            let expected = "expected an option and values, such as learning-rate=1e-4,1e-3";
            return Err(wrong(expected.to_owned()));
        };
        let option = groups::named(name).map_err(&wrong)?;
        if !option.is_of_experiments() || option.name == "exp-id" {
            return Err(wrong(format!(
                "--{} cannot be varied; expected an option that makes experiments differ",
                option.name
            )));
        }
        let has_semicolons = values.contains(';');
        let separator = if has_semicolons { ';' } else { ',' };
        let values: Vec<_> = values
            .split(separator)
            .map(|v| v.trim().to_owned())
            .collect();
        for value in &values {
            option.check(value).map_err(|error| {
                let hint = match has_semicolons || values.len() == 1 {
                    true => "",
                    false => "; separate values that have commas by semicolons",
                };
                wrong(format!("'{value}': {error}{hint}"))
            })?;
        }
        Ok(Self { option, values })
    }

    /// The experiment with each of the values, its id telling which.
    fn vary(&self, experiment: &ExperimentConfig) -> Result<Vec<ExperimentConfig>, clap::Error> {
        let vary = |value: &String| {
            let mut alone = SessionConfig {
                experiments: vec![experiment.clone()],
                ..SessionConfig::default()
            };
            self.option
                .set(&mut alone, value)
                .map_err(|e| error::usage(format!("--{}={value}: {e}", self.option.name)))?;
            let text = match self.option.text(&alone) {
                none if none.is_empty() => "none".to_owned(),
                text => text,
            };
            let mut varied = alone.experiments.remove(0);
            varied.exp_id = format!("{}_{}={}", varied.exp_id, self.option.name, nameable(&text));
            Ok(varied)
        };
        self.values.iter().map(vary).collect()
    }
}

/// All combinations of the values in each experiment, the last option varying fastest.
fn grid(mut session: SessionConfig, axes: &[Axis]) -> Result<SessionConfig, clap::Error> {
    let sizes = axes.iter().map(|axis| axis.values.len());
    let size = sizes.fold(session.experiments.len(), usize::saturating_mul);
    if size > MOST_RUNS {
        return Err(error::usage(format!(
            "--vary: {size} experiments; expected at most {MOST_RUNS}, so try fewer values"
        )));
    }
    let mut experiments = Vec::with_capacity(size);
    for experiment in &session.experiments {
        let mut varied = vec![experiment.clone()];
        for axis in axes {
            let wider: Result<Vec<_>, _> = varied.iter().map(|e| axis.vary(e)).collect();
            varied = wider?.concat();
        }
        for (place, varied) in varied.iter_mut().enumerate() {
            if varied.exp_id.len() > LONGEST_ID {
                varied.exp_id = format!("{}_sweep_{place}", experiment.exp_id);
            }
        }
        experiments.append(&mut varied);
    }
    session.experiments = experiments;
    Ok(session)
}

/// A text that may stand in the names of files.
fn nameable(text: &str) -> String {
    text.replace(
        |c: char| matches!(c, '/' | '\\' | ':') || c.is_control() || c.is_whitespace(),
        "-",
    )
}
