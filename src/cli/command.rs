//! The clap command, made from the declared options.

use std::path::PathBuf;

use clap::builder::styling::AnsiColor;
use clap::builder::{PossibleValue, Styles};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueEnum, value_parser};

use super::options::{Field, OptionSpec, Section, options};
use super::{Invocation, error};
use crate::config::{InvalidText, SessionConfig};
use crate::data::generate::{MOST_PER_CLASS, Shipped};

/// An option with a value, as found among the arguments.
#[derive(Debug, Clone)]
pub struct Given {
    pub option: &'static OptionSpec,
    pub text: String,
}

impl Given {
    /// Sets the value in all experiments of a session, or in the session itself.
    ///
    /// # Errors
    /// The text does not spell a value of the option.
    pub fn apply(&self, session: &mut SessionConfig) -> Result<(), clap::Error> {
        self.option
            .set(session, &self.text)
            .map_err(|e| error::usage(format!("--{}={}: {e}", self.option.name, self.text)))
    }
}

/// Reads the arguments of one experiment, in their order.
///
/// # Errors
/// Wrong usage, and the answers to `--help` and `--version`.
pub fn parse_group(args: &[String]) -> Result<Vec<Given>, clap::Error> {
    let matches = matches_of(args)?;
    match matches.subcommand_name() {
        None => Ok(given(&matches, options())),
        Some(name) => Err(error::usage(format!(
            "the command '{name}' must come first, before all options"
        ))),
    }
}

/// Reads the arguments of the commands other than `train`.
///
/// # Errors
/// Wrong usage, and the answers to `--help` and `--version`.
pub fn parse_tool(args: &[String]) -> Result<Invocation, clap::Error> {
    let matches = matches_of(args)?;
    match matches.subcommand() {
        Some(("devices", devices)) => Ok(Invocation::Devices {
            check: devices.get_flag("check"),
            tune: devices.get_flag("tune"),
        }),
        Some(("sweep", sweep)) => super::sweep::parse(sweep),
        Some(("report", report)) => Ok(super::report::parse(report)),
        Some(("infer", infer)) => super::infer::parse(infer),
        Some(("export", export)) => Ok(super::export::parse(export)),
        Some(("bench", bench)) => super::bench::parse(bench),
        Some(("dataset", dataset)) => match dataset.subcommand() {
            Some(("generate", generate)) => parse_generate(generate),
            Some(("show", show)) => parse_show(show),
            _ => Err(unexpected(args)),
        },
        _ => Err(unexpected(args)),
    }
}

fn parse_generate(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    let missing = || clap::Error::new(ErrorKind::MissingRequiredArgument).with_cmd(&command());
    Ok(Invocation::Generate {
        dataset: *matches.get_one("dataset").ok_or_else(missing)?,
        to: matches.get_one("to").cloned(),
        per_class: matches.get_one("per-class").copied(),
        seed: matches.get_one("seed").copied().unwrap_or_default(),
    })
}

fn parse_show(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    let mut session = SessionConfig::default();
    for given in given(matches, data_options()) {
        given.apply(&mut session)?;
    }
    let experiment = session.experiments.pop().unwrap_or_default();
    Ok(Invocation::Show(experiment.data))
}

fn matches_of(args: &[String]) -> Result<ArgMatches, clap::Error> {
    let name = std::iter::once("shadernets");
    command().try_get_matches_from(name.chain(args.iter().map(String::as_str)))
}

fn unexpected(args: &[String]) -> clap::Error {
    error::usage(format!("unexpected arguments: {}", args.join(" ")))
}

/// The options that stand in the arguments, in the order in which they stand there.
fn given(matches: &ArgMatches, options: impl Iterator<Item = &'static OptionSpec>) -> Vec<Given> {
    let mut found = Vec::new();
    for option in options.filter(|o| !matches!(o.field, Field::NextExperiment)) {
        if matches.value_source(option.name) != Some(ValueSource::CommandLine) {
            continue;
        }
        let texts = matches.get_many::<String>(option.name).unwrap_or_default();
        let indices = matches.indices_of(option.name).unwrap_or_default();
        found.extend(indices.zip(texts).map(|(index, text)| {
            let text = text.clone();
            (index, Given { option, text })
        }));
    }
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, given)| given).collect()
}

/// The options that say which samples there are and what they look like.
fn data_options() -> impl Iterator<Item = &'static OptionSpec> {
    options().filter(|o| matches!(o.section, Section::Data | Section::Preprocessing))
}

/// The whole command line as clap knows it: the options of one experiment, and the other commands.
pub fn command() -> Command {
    Command::new("shadernets")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Train image classifiers on any GPU, and watch them learn")
        .long_about(
            "Train image classifiers on any GPU, and watch them learn.\n\n\
             `train` may be left out. Several experiments train side by side, each with options \
             of its own after --experiment:\n\n  \
             shadernets --dataset=numbers --model=NLayers --layers=16\n  \
             shadernets --exp-id=slow --experiment --exp-id=fast --learning-rate=0.01",
        )
        .after_help("Names are accepted in any case, with or without dashes.")
        .after_long_help(
            "Names are accepted in any case, with or without dashes. A flag that stands alone \
             means true. Options may be abbreviated while they stay unambiguous.\n\n\
             Exit codes: 0 success, 1 failure, 2 wrong usage.",
        )
        .override_usage("shadernets [COMMAND] [OPTIONS] [--experiment [OPTIONS]]...")
        .styles(styles())
        .args_conflicts_with_subcommands(true)
        .args(options().map(arg))
        .subcommand(Command::new("train").about("Train experiments (the default; options below)"))
        .subcommand(super::sweep::command())
        .subcommand(super::report::command())
        .subcommand(super::infer::command())
        .subcommand(super::export::command())
        .subcommand(super::bench::command())
        .subcommand(devices_command())
        .subcommand(dataset_command())
}

fn devices_command() -> Command {
    Command::new("devices")
        .about("List the adapters: driver, limits, features")
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Compute something small on each, and compare the result with the CPU's"),
        )
        .arg(
            Arg::new("tune")
                .long("tune")
                .action(ArgAction::SetTrue)
                .help("Measure all kernels of matrix products on each, and remember the fastest"),
        )
}

fn dataset_command() -> Command {
    Command::new("dataset")
        .about("Draw or inspect data sets")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("generate")
                .about("Draw one of the data sets that come with this program")
                .arg(
                    Arg::new("dataset")
                        .required(true)
                        .value_parser(value_parser!(Shipped))
                        .help("Data set to draw"),
                )
                .arg(
                    Arg::new("to")
                        .long("to")
                        .value_name("DIR")
                        .value_parser(value_parser!(PathBuf))
                        .help("Folder to write [default: ./datasets/<DATASET>]"),
                )
                .arg(
                    Arg::new("per-class")
                        .long("per-class")
                        .value_name("N")
                        .value_parser(value_parser!(u32).range(1..=i64::from(MOST_PER_CLASS)))
                        .help("Images per class [default: as many as the shipped one has]"),
                )
                .arg(
                    Arg::new("seed")
                        .long("seed")
                        .value_name("SEED")
                        .value_parser(value_parser!(u64))
                        .default_value("0")
                        .help("The same seed draws the same images"),
                ),
        )
        .subcommand(
            Command::new("show")
                .about("Print a data set's classes and partitions")
                .args(data_options().map(arg)),
        )
}

impl ValueEnum for Shipped {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Numbers, Self::Colors]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Numbers => PossibleValue::new("numbers")
                .help("Digits 0 to 9 in many typefaces, sizes and colours"),
            Self::Colors => PossibleValue::new("colors").help("Shades of red, green and blue"),
        })
    }
}

/// A help text with the names to choose from.
pub fn listed(what: &str, names: &[&str]) -> String {
    format!("{what}: {}", names.join(", "))
}

/// Reads a path that must be one of a `train` option.
pub fn path_of_option(
    name: &'static str,
) -> impl Fn(&str) -> Result<PathBuf, InvalidText> + Clone + Send + Sync + 'static {
    move |text| {
        let mut known = options().filter(|option| option.name == name);
        known.try_for_each(|option| option.check(text))?;
        Ok(PathBuf::from(text))
    }
}

/// An option's clap argument.
fn arg(option: &'static OptionSpec) -> Arg {
    let arg = Arg::new(option.name)
        .long(option.name)
        .help(option.short_help())
        .long_help(option.long_help())
        .help_heading(option.section.title());
    if matches!(option.field, Field::NextExperiment) {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg
        .value_name(option.value)
        .action(ArgAction::Append)
        .value_parser(move |text: &str| option.check(text).map(|()| text.to_owned()));
    let arg = match option.default_text() {
        none if none.is_empty() => arg,
        default => arg.default_value(default),
    };
    match option.alone() {
        Some(value) => arg.num_args(0..=1).default_missing_value(value),
        None => arg,
    }
}

impl OptionSpec {
    /// What the option does, in one line.
    fn short_help(&self) -> String {
        let what = self.what.trim_end_matches('.');
        let global = if self.is_global() { " [global]" } else { "" };
        format!("{what}{global}")
    }

    /// What the option does, when to change it, and what to choose from.
    fn long_help(&self) -> String {
        let mut help = self.what.to_owned();
        if !self.when.is_empty() {
            help = format!("{help} {}", self.when);
        }
        if self.choices().len() > 1 && !self.is_flag() {
            help = format!("{help}\n[values: {}]", self.choices().join(", "));
        }
        if self.is_global() {
            help.push_str("\n[global]");
        }
        help
    }
}

fn styles() -> Styles {
    Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold())
        .placeholder(AnsiColor::Cyan.on_default())
}
