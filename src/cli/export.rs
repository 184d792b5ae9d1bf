//! The arguments of `shadernets export`.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::Invocation;
use super::command::listed;
use crate::config::names::named_enum;

/// A model to write for other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// A run's folder, or a model's file.
    pub model: PathBuf,
    pub format: ExportFormat,
    /// Whether batch normalization becomes part of the layers before it.
    pub fold_batch_norm: bool,
    /// What to write.
    pub to: PathBuf,
}

named_enum! {
    /// For whom a model is written.
    ExportFormat {
        /// ONNX, a graph with its parameters.
        #[default]
        Onnx = "onnx",
        /// The parameters by their names here.
        Safetensors = "safetensors",
        /// The parameters by PyTorch's names, and the lines of Python that load them.
        Torch = "torch" | "pytorch",
    }
}

/// The command as clap knows it.
pub fn command() -> Command {
    Command::new("export")
        .about("Write a trained model for other programs")
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("RUN")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Folder of the run that trained it, or its model file"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .required(true)
                .value_parser(|text: &str| text.parse::<ExportFormat>())
                .help(listed("For whom", ExportFormat::NAMES)),
        )
        .arg(
            Arg::new("fold-batch-norm")
                .long("fold-batch-norm")
                .value_name("BOOL")
                .num_args(0..=1)
                .value_parser(value_parser!(bool))
                .default_value("false")
                .default_missing_value("true")
                .help("Make batch normalization part of the layers before it"),
        )
        .arg(
            Arg::new("to")
                .long("to")
                .value_name("PATH")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("File to write"),
        )
}

/// Reads the arguments.
pub fn parse(matches: &ArgMatches) -> Invocation {
    Invocation::Export(ExportRequest {
        model: matches.get_one("model").cloned().unwrap_or_default(),
        format: matches.get_one("format").copied().unwrap_or_default(),
        fold_batch_norm: matches
            .get_one("fold-batch-norm")
            .copied()
            .unwrap_or_default(),
        to: matches.get_one("to").cloned().unwrap_or_default(),
    })
}
