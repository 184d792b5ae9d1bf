//! Groups of arguments to a [`SessionConfig`].

use std::path::Path;

use super::command::{self, Given};
use super::options::options;
use super::{Invocation, config_file, error, groups};
use crate::config::{ExperimentConfig, SessionConfig};
use crate::runs;

/// Reads the arguments of `train`.
///
/// # Errors
/// Wrong usage, and the answers to `--help` and `--version`.
pub fn parse(args: Vec<String>) -> Result<Invocation, clap::Error> {
    finish(resolve(args)?).map(Invocation::Train)
}

/// The session that arguments describe, before [`finish`].
///
/// # Errors
/// As for [`parse`].
pub fn resolve(args: Vec<String>) -> Result<SessionConfig, clap::Error> {
    let groups = groups::groups(args)?
        .iter()
        .map(|group| command::parse_group(group))
        .collect::<Result<Vec<_>, _>>()?;
    let globals = globals(&groups)?;
    let mut session = match from_file(&globals)? {
        Some(session) => overridden(session, &groups)?,
        None => SessionConfig {
            experiments: experiments(experiment_groups(&groups))?,
            ..SessionConfig::default()
        },
    };
    for given in globals {
        given.apply(&mut session)?;
    }
    Ok(session)
}

/// Checks a session as a whole, makes its ids distinct, and leaves the runs of its shard.
///
/// # Errors
/// Wrong usage: values that do not go together.
pub fn finish(session: SessionConfig) -> Result<SessionConfig, clap::Error> {
    let finished = session.finished();
    finished.map_err(|e| error::usage(e.to_string()))
}

/// The session of `--config` or `--resume`, if one is given.
fn from_file(globals: &[&Given]) -> Result<Option<SessionConfig>, clap::Error> {
    let last = |name| globals.iter().rfind(|given| given.option.name == name);
    let wrong = |error: &dyn std::error::Error| error::usage(error.to_string());
    match (last("config"), last("resume")) {
        (None, None) => Ok(None),
        (Some(file), None) => config_file::read(Path::new(&file.text))
            .map(Some)
            .map_err(|error| wrong(&error)),
        (None, Some(run)) => runs::config_of(Path::new(&run.text))
            .map(Some)
            .map_err(|error| wrong(&error)),
        (Some(_), Some(_)) => Err(error::usage(
            "--config and --resume both say what to train; give one of them".to_owned(),
        )),
    }
}

/// A file's session with the options of the leading group in all its experiments, and with the experiments of
/// the other groups.
fn overridden(
    mut session: SessionConfig,
    groups: &[Vec<Given>],
) -> Result<SessionConfig, clap::Error> {
    let Some((leading, others)) = groups.split_first() else {
        return Ok(session);
    };
    let resumes = |given: &Given| given.option.name == "resume";
    if !others.is_empty() && groups.iter().flatten().any(resumes) {
        return Err(error::usage(
            "--resume goes on with one run: leave out --experiment".to_owned(),
        ));
    }
    for given in leading.iter().filter(|g| g.option.is_of_one_experiment()) {
        given.apply(&mut session)?;
    }
    session.experiments.append(&mut experiments(others)?);
    Ok(session)
}

/// The groups that are experiments: all but a leading one without options of an experiment.
fn experiment_groups(groups: &[Vec<Given>]) -> &[Vec<Given>] {
    match groups {
        [leading, others @ ..]
            if !others.is_empty() && !leading.iter().any(|g| g.option.is_of_one_experiment()) =>
        {
            others
        }
        _ => groups,
    }
}

fn experiments(groups: &[Vec<Given>]) -> Result<Vec<ExperimentConfig>, clap::Error> {
    groups.iter().map(|group| experiment(group)).collect()
}

/// The experiment that a group describes, from the defaults on.
fn experiment(group: &[Given]) -> Result<ExperimentConfig, clap::Error> {
    let mut alone = SessionConfig::default();
    for given in group.iter().filter(|g| g.option.is_of_one_experiment()) {
        given.apply(&mut alone)?;
    }
    Ok(alone.experiments.pop().unwrap_or_default())
}

/// The global options of all groups, in order.
///
/// # Errors
/// Groups that disagree: either value would surprise the one who wrote the other.
fn globals(groups: &[Vec<Given>]) -> Result<Vec<&Given>, clap::Error> {
    for option in options().filter(|option| option.is_global()) {
        let mut last_texts = groups.iter().filter_map(|group| {
            let last = group.iter().rfind(|given| given.option.name == option.name);
            last.map(|given| given.text.as_str())
        });
        let Some(first) = last_texts.next() else {
            continue;
        };
        if let Some(other) = last_texts.find(|text| *text != first) {
            return Err(error::usage(format!(
                "--{} holds for all experiments and has two values, '{first}' and '{other}'; \
                 give it once",
                option.name
            )));
        }
    }
    let all = groups.iter().flatten();
    Ok(all.filter(|given| given.option.is_global()).collect())
}
