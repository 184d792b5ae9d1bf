//! Every option of `train`, declared once: name, help, and the config field that it sets.

mod data;
mod model;
mod session;
mod training;

use super::value::OptionValue;
use crate::config::{ExperimentConfig, InvalidText, SessionConfig};

/// An option of the command line.
#[derive(Debug)]
pub struct OptionSpec {
    /// Without dashes.
    pub name: &'static str,
    /// What the value is called in help.
    pub value: &'static str,
    pub section: Section,
    /// What it does, in one line.
    pub what: &'static str,
    /// When to change it, and what to expect then; may be empty.
    pub when: &'static str,
    pub field: Field,
}

/// The part of a [`SessionConfig`] that an option sets.
#[derive(Debug, Clone, Copy)]
pub enum Field {
    /// Of the experiment in whose group the option stands.
    Experiment(fn(&mut ExperimentConfig) -> &mut dyn OptionValue),
    /// Of every experiment, wherever the option stands.
    EveryExperiment(fn(&mut ExperimentConfig) -> &mut dyn OptionValue),
    /// Of the session.
    Session(fn(&mut SessionConfig) -> &mut dyn OptionValue),
    /// Of the session, which gets the opposite.
    SessionOpposite(fn(&mut SessionConfig) -> &mut bool),
    /// None: the option starts the next experiment.
    NextExperiment,
}

/// A heading of help and README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Session,
    Data,
    Preprocessing,
    Augmentation,
    Model,
    Optimizer,
    Training,
    Results,
    Checks,
    Display,
}

impl Section {
    /// In the order of help.
    pub const ALL: [Self; 10] = [
        Self::Session,
        Self::Data,
        Self::Preprocessing,
        Self::Augmentation,
        Self::Model,
        Self::Optimizer,
        Self::Training,
        Self::Results,
        Self::Checks,
        Self::Display,
    ];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Session => "Experiments and device",
            Self::Data => "Data set",
            Self::Preprocessing => "Preprocessing (once per image, in this order)",
            Self::Augmentation => "Augmentation (training only, anew each epoch)",
            Self::Model => "Model",
            Self::Optimizer => "Optimizer",
            Self::Training => "Training",
            Self::Results => "Results and checkpoints",
            Self::Checks => "Checks and measurements",
            Self::Display => "Window and pictures",
        }
    }
}

/// The options, in the order of help.
pub fn options() -> impl Iterator<Item = &'static OptionSpec> {
    [
        session::SESSION,
        data::DATA,
        data::PREPROCESSING,
        data::AUGMENTATION,
        model::MODEL,
        model::OPTIMIZER,
        training::TRAINING,
        training::RESULTS,
        training::CHECKS,
        session::DISPLAY,
    ]
    .into_iter()
    .flatten()
}

impl OptionSpec {
    /// Whether it says something about one experiment only.
    pub const fn is_of_one_experiment(&self) -> bool {
        matches!(self.field, Field::Experiment(_))
    }

    /// Whether it says something about the whole session, wherever it stands.
    pub const fn is_global(&self) -> bool {
        !matches!(self.field, Field::Experiment(_) | Field::NextExperiment)
    }

    /// Whether it takes `true` or `false`, and means true when it stands alone.
    pub fn is_flag(&self) -> bool {
        self.choices() == ["true", "false"]
    }

    /// What it means when it stands alone; `None` if it needs a value.
    pub fn alone(&self) -> Option<&'static str> {
        self.with_field(&mut SessionConfig::default(), |field| field.alone())
            .flatten()
    }

    /// The names to choose from, if the value is one of a few.
    pub fn choices(&self) -> &'static [&'static str] {
        self.with_field(&mut SessionConfig::default(), |field| field.choices())
            .unwrap_or_default()
    }

    /// The value where the option is not given, as text; empty if there is none.
    pub fn default_text(&self) -> String {
        self.text(&SessionConfig::default())
    }

    /// Whether it says something about every experiment, wherever it stands.
    pub const fn is_of_every_experiment(&self) -> bool {
        matches!(self.field, Field::EveryExperiment(_))
    }

    /// Whether it may stand in a configuration file: not those that are about such files, or one call only.
    pub fn is_in_files(&self) -> bool {
        let of_one_call = [
            "config",
            "save-config",
            "dry-run",
            "shard",
            "resume",
            "no-gui",
        ];
        !of_one_call.contains(&self.name)
    }

    /// Whether it is given once for each value of a list.
    pub fn is_repeatable(&self) -> bool {
        self.with_field(&mut SessionConfig::default(), |field| field.is_repeatable())
            .unwrap_or_default()
    }

    /// The values in a session, of its first experiment: one, or those of a list.
    pub fn texts(&self, session: &SessionConfig) -> Vec<String> {
        self.with_field(&mut session.clone(), |field| field.texts())
            .unwrap_or_default()
    }

    /// Empties a list, in all experiments, before its values are set anew.
    pub fn clear(&self, session: &mut SessionConfig) {
        if let Field::Experiment(field) | Field::EveryExperiment(field) = self.field {
            let experiments = session.experiments.iter_mut();
            experiments.for_each(|experiment| field(experiment).clear());
        }
    }

    /// The value in a session, of its first experiment, as text; empty if there is none.
    pub fn text(&self, session: &SessionConfig) -> String {
        self.with_field(&mut session.clone(), |field| field.text())
            .unwrap_or_default()
    }

    /// Sets the value in a session, in all its experiments.
    ///
    /// # Errors
    /// `text` does not spell a value.
    pub fn set(&self, session: &mut SessionConfig, text: &str) -> Result<(), InvalidText> {
        match self.field {
            Field::Experiment(field) | Field::EveryExperiment(field) => session
                .experiments
                .iter_mut()
                .try_for_each(|experiment| field(experiment).set(text)),
            Field::Session(field) => field(session).set(text),
            Field::SessionOpposite(field) => {
                let mut opposite = false;
                opposite.set(text)?;
                *field(session) = !opposite;
                Ok(())
            }
            Field::NextExperiment => Ok(()),
        }
    }

    /// Whether `text` spells a value in its range.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn check(&self, text: &str) -> Result<(), InvalidText> {
        let mut session = SessionConfig::default();
        self.set(&mut session, text)?;
        session
            .validate()
            .map_err(|error| InvalidText::new(error.expected))
    }

    /// Calls `use_field` with the field of a session's first experiment.
    fn with_field<T>(
        &self,
        session: &mut SessionConfig,
        use_field: impl FnOnce(&mut dyn OptionValue) -> T,
    ) -> Option<T> {
        match self.field {
            Field::Experiment(field) | Field::EveryExperiment(field) => {
                session.experiments.first_mut().map(|e| use_field(field(e)))
            }
            Field::Session(field) => Some(use_field(field(session))),
            Field::SessionOpposite(field) => Some(use_field(&mut !*field(session))),
            Field::NextExperiment => None,
        }
    }
}
