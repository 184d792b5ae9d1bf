//! TOML to a session, with the line of whatever is wrong.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::{DEFAULTS, EXPERIMENT, Fault, MOST_BYTES, SESSION};
use crate::cli::options::{OptionSpec, options};
use crate::config::names::nearest;
use crate::config::{ConfigError, ExperimentConfig, MOST_RUNS, SessionConfig};

/// The longest value that an error shows, in characters.
const SHOWN: usize = 60;

/// The session that a file's text describes; ids may repeat.
pub fn session(text: &str) -> Result<SessionConfig, Fault> {
    let file = DeTable::parse(text).map_err(|error| Fault::Syntax {
        line: line(text, error.span().unwrap_or_default()),
        message: error.message().to_owned(),
    })?;
    let reader = Reader { text };
    let mut session = SessionConfig::default();
    let mut defaults = None;
    let mut experiments: &[Spanned<DeValue>] = &[];
    for (name, value) in file.get_ref() {
        match (name.get_ref().as_ref(), value.get_ref()) {
            (SESSION, DeValue::Table(table)) => {
                reader.apply(table, &mut session, OptionSpec::is_of_session)?;
            }
            (DEFAULTS, DeValue::Table(table)) => defaults = Some(table),
            (EXPERIMENT, DeValue::Array(tables)) => experiments = tables,
            _ => return Err(reader.unknown_table(name.get_ref(), name.span())),
        }
    }
    let mut alone = SessionConfig::default();
    if let Some(defaults) = defaults {
        reader.apply(defaults, &mut alone, OptionSpec::is_of_experiments)?;
        // Every experiment holds them.
        let length: usize = defaults.values().map(|value| value.span().len()).sum();
        let all = length.saturating_mul(experiments.len());
        if experiments.len() > 1 && all as u64 > 16 * MOST_BYTES {
            let experiments = experiments.len();
            return Err(Fault::TooManyDefaults { experiments });
        }
    }
    let Some(inherited) = alone.experiments.pop() else {
        return Ok(session);
    };
    if experiments.len() > MOST_RUNS {
        return Err(Fault::BadValue {
            line: line(text, experiments[MOST_RUNS].span()),
            name: "[[experiment]]".to_owned(),
            found: format!("{} times", experiments.len()),
            expected: format!("at most {MOST_RUNS}"),
        });
    }
    session.experiments = match experiments {
        [] => vec![inherited],
        tables => tables
            .iter()
            .map(|table| reader.experiment(table, &inherited))
            .collect::<Result<_, _>>()?,
    };
    session
        .validate()
        .map_err(|error| reader.range(error, 0..0))?;
    Ok(session)
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn experiment(
        &self,
        table: &Spanned<DeValue>,
        inherited: &ExperimentConfig,
    ) -> Result<ExperimentConfig, Fault> {
        let DeValue::Table(options) = table.get_ref() else {
            return Err(self.unknown_table(EXPERIMENT, table.span()));
        };
        let mut alone = SessionConfig {
            experiments: vec![inherited.clone()],
            ..SessionConfig::default()
        };
        self.apply(options, &mut alone, OptionSpec::is_of_experiments)?;
        let experiment = alone.experiments.pop().unwrap_or_default();
        experiment
            .validate()
            .map_err(|error| self.range(error, table.span()))?;
        Ok(experiment)
    }

    /// Sets the options of a table in a session, which must be of the table's kind.
    fn apply(
        &self,
        table: &DeTable,
        session: &mut SessionConfig,
        is_of_table: impl Fn(&OptionSpec) -> bool,
    ) -> Result<(), Fault> {
        for (name, value) in table {
            let option = options().find(|option| option.name == name.get_ref().as_ref());
            let Some(option) = option.filter(|option| is_of_table(option)) else {
                return Err(self.unknown_option(name.get_ref(), name.span(), is_of_table));
            };
            let bad = |expected: String| Fault::BadValue {
                line: line(self.text, value.span()),
                name: option.name.to_owned(),
                found: self.shown(value.span()),
                expected,
            };
            let texts = texts(value.get_ref()).map_err(|expected| bad(expected.to_owned()))?;
            let spelled = option.check_list(&texts);
            let spelled = spelled.and_then(|()| option.set_list(session, &texts));
            spelled.map_err(|error| bad(error.expected().to_owned()))?;
        }
        Ok(())
    }

    fn unknown_option(
        &self,
        name: &str,
        span: Range<usize>,
        is_of_table: impl Fn(&OptionSpec) -> bool,
    ) -> Fault {
        let known = options().find(|option| option.name == name);
        let here = options().filter(|option| is_of_table(option));
        let advice = match (known, nearest(name, here.map(|option| option.name))) {
            (Some(option), _) => place(option),
            (None, Some(near)) => format!("did you mean {near}?"),
            (None, None) => "the names are those of `shadernets --help`".to_owned(),
        };
        self.unknown(name, span, advice)
    }

    fn unknown_table(&self, name: &str, span: Range<usize>) -> Fault {
        let tables = [SESSION, DEFAULTS, EXPERIMENT];
        let advice = match options().find(|option| option.name == name) {
            Some(option) if option.is_of_session() || option.is_of_experiments() => place(option),
            _ => match nearest(name, tables.into_iter()) {
                Some(EXPERIMENT) => "experiments are written as [[experiment]]".to_owned(),
                Some(near) => format!("the table is written as [{near}]"),
                None => "expected the tables [session], [defaults], [[experiment]]".to_owned(),
            },
        };
        self.unknown(name, span, advice)
    }

    fn unknown(&self, name: &str, span: Range<usize>, advice: String) -> Fault {
        Fault::UnknownName {
            line: line(self.text, span),
            name: shorten(name),
            advice,
        }
    }

    fn range(&self, error: ConfigError, span: Range<usize>) -> Fault {
        Fault::BadValue {
            line: line(self.text, span),
            name: error.option.to_owned(),
            found: shorten(&error.found),
            expected: error.expected,
        }
    }

    /// A piece of the file, for a message.
    fn shown(&self, span: Range<usize>) -> String {
        shorten(self.text.get(span).unwrap_or_default())
    }
}

/// Where an option belongs.
fn place(option: &OptionSpec) -> String {
    match (option.is_of_session(), option.is_of_experiments()) {
        (true, _) => "it belongs under [session]".to_owned(),
        (_, true) => "it belongs under [defaults] or [[experiment]]".to_owned(),
        _ => format!("give --{} on the command line", option.name),
    }
}

/// A value as the texts that an option takes, or what was expected.
fn texts(value: &DeValue) -> Result<Vec<String>, &'static str> {
    match value {
        DeValue::Array(elements) => elements.iter().map(|e| text(e.get_ref())).collect(),
        // Shares, say: { training = 0.8, dev = 0.2 }.
        DeValue::Table(pairs) => pairs
            .iter()
            .map(|(name, value)| Ok(format!("{}={}", name.get_ref(), text(value.get_ref())?)))
            .collect(),
        one => Ok(vec![text(one)?]),
    }
}

fn text(value: &DeValue) -> Result<String, &'static str> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(decimal(number)),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Ok(truth.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Err("a text, a number, true or false, or a list of these")
        }
    }
}

/// 0xff and the like as decimal numbers; those that are too large as they are.
fn decimal(number: &DeInteger) -> String {
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(value) => value.to_string(),
        Err(_) => number.to_string(),
    }
}

/// The line that a piece of a text begins on, from 1.
fn line(text: &str, span: Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// A text in one line that fits a message.
fn shorten(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown.replace(char::is_control, " ")
}
