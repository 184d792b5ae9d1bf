//! The arguments of `shadernets report`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::Invocation;
use super::command::{listed, path_of_option};
use crate::config::names::named_enum;

/// Runs to compare, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// Folders of runs, or of folders of runs; at least one.
    pub folders: Vec<PathBuf>,
    /// Of the table on standard output.
    pub format: ReportFormat,
    /// A page to write.
    pub html: Option<PathBuf>,
    /// A picture of the curves to write, PNG or SVG by its ending.
    pub plot: Option<PathBuf>,
}

named_enum! {
    /// How a table is written.
    ReportFormat {
        /// For people, as wide as it needs.
        #[default]
        Terminal = "terminal" | "table",
        Markdown = "markdown" | "md",
        Csv = "csv",
        Json = "json",
    }
}

/// The command as clap knows it.
pub fn command() -> Command {
    Command::new("report")
        .about("Compare runs: a table, a page, curves")
        .arg(
            Arg::new("folders")
                .value_name("DIR")
                .num_args(1..)
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Folders of runs, or folders in which runs lie, such as runs"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(|text: &str| text.parse::<ReportFormat>())
                .default_value(ReportFormat::default().name())
                .help(listed("How to print the table", ReportFormat::NAMES)),
        )
        .arg(
            Arg::new("html")
                .long("html")
                .value_name("FILE")
                .action(ArgAction::Set)
                .value_parser(value_parser!(PathBuf))
                .help("Write a page with curves, confusion matrices and tables, in one file"),
        )
        .arg(
            Arg::new("plot")
                .long("plot")
                .value_name("FILE")
                .value_parser(path_of_option("plot"))
                .help("Draw the curves of all runs as a picture: .png or .svg"),
        )
}

/// Reads the arguments.
pub fn parse(matches: &ArgMatches) -> Invocation {
    let folders = matches.get_many("folders").unwrap_or_default();
    Invocation::Report(ReportRequest {
        folders: folders.cloned().collect(),
        format: matches.get_one("format").copied().unwrap_or_default(),
        html: matches.get_one("html").cloned(),
        plot: matches.get_one("plot").cloned(),
    })
}
