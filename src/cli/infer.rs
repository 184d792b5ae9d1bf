//! The arguments of `shadernets infer`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::command::listed;
use super::{Invocation, error};
use crate::config::DeviceChoice;
use crate::config::names::named_enum;

/// Images to classify, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferRequest {
    /// A run's folder, or a model's file.
    pub model: PathBuf,
    /// Images and folders of images; at least one.
    pub paths: Vec<PathBuf>,
    /// How many of the most probable classes are told, 1 or more.
    pub top_k: usize,
    pub format: InferFormat,
    /// Whether the folders are named for classes, and compared with the predictions.
    pub confusion: bool,
    pub device: DeviceChoice,
}

named_enum! {
    /// How predictions are written.
    InferFormat {
        #[default]
        Table = "table",
        Csv = "csv",
        Json = "json",
    }
}

/// The command as clap knows it.
pub fn command() -> Command {
    Command::new("infer")
        .about("Classify images by a trained model")
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("RUN")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Folder of the run that trained it, or its model file; it says how to prepare the images"),
        )
        .arg(
            Arg::new("paths")
                .value_name("PATHS")
                .num_args(1..)
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Images, or folders of images"),
        )
        .arg(
            Arg::new("top-k")
                .long("top-k")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..))
                .default_value("3")
                .help("How many of the most probable classes to tell"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(|text: &str| text.parse::<InferFormat>())
                .default_value(InferFormat::default().name())
                .help(listed("How to print the predictions", InferFormat::NAMES)),
        )
        .arg(
            Arg::new("confusion")
                .long("confusion")
                .action(ArgAction::SetTrue)
                .help("Take the folders' names for classes, and print which is taken for which"),
        )
        .arg(
            Arg::new("device")
                .long("device")
                .value_name("DEVICE")
                .default_value("auto")
                .help("What computes: auto, gpu, cpu, or part of an adapter's name"),
        )
}

/// Reads the arguments.
///
/// # Errors
/// Wrong usage.
pub fn parse(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    let device = matches.get_one::<String>("device");
    let device = device.map_or(DeviceChoice::Auto, |text| text.as_str().into());
    if device == DeviceChoice::Named(String::new()) {
        let expected = "--device=: expected auto, gpu, cpu, or part of an adapter's name";
        return Err(error::usage(expected.to_owned()));
    }
    let paths = matches.get_many("paths").unwrap_or_default();
    Ok(Invocation::Infer(InferRequest {
        model: matches.get_one("model").cloned().unwrap_or_default(),
        paths: paths.cloned().collect(),
        top_k: matches
            .get_one("top-k")
            .map_or(1, |count: &u32| *count as usize),
        format: matches.get_one("format").copied().unwrap_or_default(),
        confusion: matches.get_flag("confusion"),
        device,
    }))
}
