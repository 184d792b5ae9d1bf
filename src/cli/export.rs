//! The arguments of `shadernets export`.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::Invocation;
use super::command::listed;
use crate::export::{Format as ExportFormat, Request as ExportRequest};

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
                .default_value("true")
                .default_missing_value("true")
                .help("In ONNX, make batch normalization part of the layers before it; the other formats keep the layers"),
        )
        .arg(
            Arg::new("to")
                .long("to")
                .value_name("PATH")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("File to write; of torch, a .safetensors and a .py file of this name"),
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
