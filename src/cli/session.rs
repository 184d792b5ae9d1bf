//! Groups of arguments to a [`SessionConfig`].

use super::command::{self, Given};
use super::options::options;
use super::{Invocation, error, groups};
use crate::config::{ExperimentConfig, SessionConfig};

/// Reads the arguments of `train`.
///
/// # Errors
/// Wrong usage, and the answers to `--help` and `--version`.
pub fn parse(args: Vec<String>) -> Result<Invocation, clap::Error> {
    let groups = groups::groups(args)?
        .iter()
        .map(|group| command::parse_group(group))
        .collect::<Result<Vec<_>, _>>()?;

    let mut session = SessionConfig {
        experiments: experiment_groups(&groups)
            .iter()
            .map(|group| experiment(group))
            .collect::<Result<_, _>>()?,
        ..SessionConfig::default()
    };
    for given in globals(&groups)? {
        given.apply(&mut session)?;
    }
    session
        .validate()
        .map_err(|e| error::usage(e.to_string()))?;
    session.make_ids_unique();
    Ok(Invocation::Train(session))
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
