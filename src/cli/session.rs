//! Groups of arguments to a [`SessionConfig`].

use std::path::{Path, PathBuf};

use super::command::{self, Given};
use super::options::options;
use super::{Invocation, config_file, error, groups};
use crate::config::{ExperimentConfig, SessionConfig};
use crate::runs::CONFIG;

/// Reads the arguments of `train`.
///
/// # Errors
/// Wrong usage, and the answers to `--help` and `--version`.
pub fn parse(args: Vec<String>) -> Result<Invocation, clap::Error> {
    let groups = groups::groups(args)?
        .iter()
        .map(|group| command::parse_group(group))
        .collect::<Result<Vec<_>, _>>()?;

    let globals = globals(&groups)?;
    let mut session = match described(&globals)? {
        Some(file) => {
            let mut session = config_file::read(&file).map_err(|e| error::usage(e.to_string()))?;
            change(&mut session, &groups)?;
            session
        }
        None => SessionConfig {
            experiments: experiment_groups(&groups)
                .iter()
                .map(|group| experiment(group))
                .collect::<Result<_, _>>()?,
            ..SessionConfig::default()
        },
    };
    for given in globals {
        given.apply(&mut session)?;
    }
    if session.resume.is_some() && session.runs().len() != 1 {
        return Err(error::usage(
            "--resume goes on with one run; leave out --experiment, --training-times and --config"
                .to_owned(),
        ));
    }
    session
        .validate()
        .map_err(|e| error::usage(e.to_string()))?;
    session.make_ids_unique();
    Ok(Invocation::Train(session))
}

/// The file that describes the experiments: that of `--config`, or of the run to resume.
fn described(globals: &[&Given]) -> Result<Option<PathBuf>, clap::Error> {
    let last = |name: &str| globals.iter().rfind(|given| given.option.name == name);
    match (last("config"), last("resume")) {
        (Some(_), Some(_)) => Err(error::usage(
            "--resume takes the configuration from the run's folder; leave out --config".to_owned(),
        )),
        (Some(config), None) => Ok(Some(PathBuf::from(&config.text))),
        (None, Some(run)) => Ok(Some(Path::new(&run.text).join(CONFIG))),
        (None, None) => Ok(None),
    }
}

/// Changes the experiments of a file as the leading group says, and adds those of the others.
fn change(session: &mut SessionConfig, groups: &[Vec<Given>]) -> Result<(), clap::Error> {
    let Some((leading, others)) = groups.split_first() else {
        return Ok(());
    };
    let mut cleared = Vec::new();
    for given in leading.iter().filter(|g| g.option.is_of_one_experiment()) {
        if !cleared.contains(&given.option.name) {
            given.option.clear(session);
            cleared.push(given.option.name);
        }
        given.apply(session)?;
    }
    for group in others {
        session.experiments.push(experiment(group)?);
    }
    Ok(())
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
