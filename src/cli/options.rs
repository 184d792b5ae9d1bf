//! Every option of `train`, declared once: name, help, and the config field that it sets.

mod data;
mod model;
mod results;
mod session;
mod training;

use toml::Value;

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
    /// Of this one call: files do not have it.
    Call(fn(&mut SessionConfig) -> &mut dyn OptionValue),
    /// None: the option starts the next experiment.
    NextExperiment,
}

/// A heading of help and README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Session,
    Results,
    Data,
    Preprocessing,
    Augmentation,
    Model,
    Optimizer,
    Training,
    Checks,
    Display,
}

impl Section {
    /// In the order of help.
    pub const ALL: [Self; 10] = [
        Self::Session,
        Self::Results,
        Self::Data,
        Self::Preprocessing,
        Self::Augmentation,
        Self::Model,
        Self::Optimizer,
        Self::Training,
        Self::Checks,
        Self::Display,
    ];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Session => "Experiments and device",
            Self::Results => "Results and progress",
            Self::Data => "Data set",
            Self::Preprocessing => "Preprocessing (once per image, in this order)",
            Self::Augmentation => "Augmentation (training only, anew each epoch)",
            Self::Model => "Model",
            Self::Optimizer => "Optimizer",
            Self::Training => "Training",
            Self::Checks => "Checks and measurements",
            Self::Display => "Window and pictures",
        }
    }
}

/// The options, in the order of help.
pub fn options() -> impl Iterator<Item = &'static OptionSpec> {
    [
        session::SESSION,
        results::RESULTS,
        data::DATA,
        data::PREPROCESSING,
        data::AUGMENTATION,
        model::MODEL,
        model::OPTIMIZER,
        training::TRAINING,
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

    /// Whether files have it in the table of the session.
    pub const fn is_of_session(&self) -> bool {
        matches!(self.field, Field::Session(_) | Field::SessionOpposite(_))
    }

    /// Whether files have it in the tables of experiments.
    pub const fn is_of_experiments(&self) -> bool {
        matches!(self.field, Field::Experiment(_) | Field::EveryExperiment(_))
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

    /// The value in a session, of its first experiment, as text; empty if there is none.
    pub fn text(&self, session: &SessionConfig) -> String {
        self.with_field(&mut session.clone(), |field| field.text())
            .unwrap_or_default()
    }

    /// The values in a session, of its first experiment, one by one, if the option is repeated for more than one.
    pub fn texts(&self, session: &SessionConfig) -> Option<Vec<String>> {
        self.with_field(&mut session.clone(), |field| field.texts())
            .flatten()
    }

    /// Whether it is repeated for more than one value.
    pub fn is_repeated(&self) -> bool {
        self.texts(&SessionConfig::default()).is_some()
    }

    /// The value in a session, of its first experiment, as files have it; `None` if they do not.
    pub fn toml(&self, session: &mut SessionConfig) -> Option<Value> {
        match self.field {
            // Its opposite is written.
            Field::SessionOpposite(_) => None,
            _ => self.with_field(session, |field| field.toml()).flatten(),
        }
    }

    /// Sets the value in a session, in all its experiments.
    ///
    /// # Errors
    /// `text` does not spell a value.
    pub fn set(&self, session: &mut SessionConfig, text: &str) -> Result<(), InvalidText> {
        self.change(session, |field| field.set(text))
    }

    /// Sets the value in a session, in all its experiments, from the elements of a file's list.
    ///
    /// # Errors
    /// `texts` do not spell a value.
    pub fn set_list(
        &self,
        session: &mut SessionConfig,
        texts: &[String],
    ) -> Result<(), InvalidText> {
        self.change(session, |field| field.set_list(texts))
    }

    /// Whether `text` spells a value in its range.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn check(&self, text: &str) -> Result<(), InvalidText> {
        let mut session = SessionConfig::default();
        self.set(&mut session, text)?;
        self.check_range(&session)
    }

    /// Whether the elements of a file's list spell a value in its range.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn check_list(&self, texts: &[String]) -> Result<(), InvalidText> {
        let mut session = SessionConfig::default();
        self.set_list(&mut session, texts)?;
        self.check_range(&session)
    }

    /// What the value needs of other options is looked at when all are known.
    fn check_range(&self, session: &SessionConfig) -> Result<(), InvalidText> {
        match session.validate() {
            Err(error) if error.option == self.name => Err(InvalidText::new(error.expected)),
            _ => Ok(()),
        }
    }

    /// Calls `change` with the field, in all experiments of a session.
    fn change(
        &self,
        session: &mut SessionConfig,
        change: impl Fn(&mut dyn OptionValue) -> Result<(), InvalidText>,
    ) -> Result<(), InvalidText> {
        match self.field {
            Field::Experiment(field) | Field::EveryExperiment(field) => session
                .experiments
                .iter_mut()
                .try_for_each(|experiment| change(field(experiment))),
            Field::Session(field) | Field::Call(field) => change(field(session)),
            Field::SessionOpposite(field) => {
                let mut opposite = false;
                change(&mut opposite)?;
                *field(session) = !opposite;
                Ok(())
            }
            Field::NextExperiment => Ok(()),
        }
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
            Field::Session(field) | Field::Call(field) => Some(use_field(field(session))),
            Field::SessionOpposite(field) => Some(use_field(&mut !*field(session))),
            Field::NextExperiment => None,
        }
    }
}
