//! In which options runs differ, and all their options.

use serde::Serialize;

use super::super::naming::Named;
use super::super::one_line;
use crate::cli::options::{Field, OptionSpec, Section, options};
use crate::config::SessionConfig;

/// A row a run, a column an option in which not all are the same; of a single run, the options that are not
/// at their defaults.
#[derive(Debug, Serialize)]
pub struct Differences {
    is_against_defaults: bool,
    options: Vec<&'static str>,
    runs: Vec<RunOptions>,
}

#[derive(Debug, Serialize)]
struct RunOptions {
    /// Among all runs.
    run: usize,
    name: String,
    values: Vec<OptionText>,
}

#[derive(Debug, Serialize)]
struct OptionText {
    text: String,
    is_default: bool,
}

/// All options of a run by section.
#[derive(Debug, Serialize)]
pub struct Configuration {
    run: usize,
    name: String,
    folder: String,
    sections: Vec<SectionOptions>,
}

#[derive(Debug, Serialize)]
struct SectionOptions {
    title: &'static str,
    options: Vec<(&'static str, OptionText)>,
}

/// The options that say something about an experiment; its id is shown everywhere already.
fn experiment_options() -> impl Iterator<Item = &'static OptionSpec> {
    options().filter(|option| {
        matches!(
            option.field,
            Field::Experiment(_) | Field::EveryExperiment(_)
        ) && option.name != "exp-id"
    })
}

fn session_of(run: &Named) -> SessionConfig {
    SessionConfig {
        experiments: vec![run.run.config.clone()],
        ..SessionConfig::default()
    }
}

fn option_text(option: &OptionSpec, session: &SessionConfig) -> OptionText {
    let text = option.text(session);
    OptionText {
        is_default: text == option.default_text(),
        text: match text.as_str() {
            "" => "none".to_owned(),
            text => one_line(text),
        },
    }
}

pub fn differences(runs: &[Named]) -> Differences {
    let sessions: Vec<SessionConfig> = runs.iter().map(session_of).collect();
    let is_against_defaults = runs.len() == 1;
    let differing: Vec<&OptionSpec> = experiment_options()
        .filter(|option| {
            let mut texts = sessions.iter().map(|session| option.text(session));
            let first = match is_against_defaults {
                true => Some(option.default_text()),
                false => texts.next(),
            };
            texts.any(|text| Some(text) != first)
        })
        .collect();
    let rows = runs.iter().zip(&sessions).enumerate();
    let rows = rows.map(|(index, (run, session))| RunOptions {
        run: index,
        name: one_line(&run.name),
        values: differing
            .iter()
            .map(|option| option_text(option, session))
            .collect(),
    });
    Differences {
        is_against_defaults,
        options: differing.iter().map(|option| option.name).collect(),
        runs: rows.collect(),
    }
}

pub fn configurations(runs: &[Named]) -> Vec<Configuration> {
    let configurations = runs.iter().enumerate().map(|(index, run)| {
        let session = session_of(run);
        let sections = Section::ALL.into_iter().filter_map(|section| {
            let of_section = experiment_options().filter(|option| option.section == section);
            let options: Vec<_> = of_section
                .map(|option| (option.name, option_text(option, &session)))
                .collect();
            let title = section.title();
            (!options.is_empty()).then_some(SectionOptions { title, options })
        });
        Configuration {
            run: index,
            name: one_line(&run.name),
            folder: one_line(&run.run.folder.display().to_string()),
            sections: sections.collect(),
        }
    });
    configurations.collect()
}
