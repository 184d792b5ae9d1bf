//! The `shadernets` program: reads the command line, runs what it asks for, exits.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use shadernets::backend::gpu::software;
use shadernets::cli::{self, EXIT_FAILURE, Invocation, config_file};
use shadernets::config::SessionConfig;
#[cfg(feature = "gui")]
use shadernets::gui;
use shadernets::ops::parallel;
use shadernets::report::{self, ReportRequest, one_line};
use shadernets::session::{self, EXIT_INTERRUPTED, Ended};
use shadernets::{bench, devices, export, infer, runs};

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os().skip(1)) {
        Ok(invocation) => invocation,
        Err(error) => {
            anstream::eprint!("{}", error.message.ansi());
            return ExitCode::from(error.exit_code);
        }
    };
    let small = match &invocation {
        Invocation::Train(session) => software::is_small_session(session),
        Invocation::Bench(bench::Request::Line { subject, .. }) => subject.is_small(),
        _ => false,
    };
    // SAFETY: no other thread runs yet.
    unsafe { software::set_up(small, draws(&invocation)) };
    // The window's thread does not train.
    if !draws(&invocation) {
        parallel::enlist();
    }
    match run(invocation) {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::SomeFailed) => ExitCode::from(EXIT_FAILURE),
        Ok(Ended::Interrupted) => ExitCode::from(EXIT_INTERRUPTED),
        // Whoever read our output has seen enough: `shadernets ... | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let message = one_line(&format!("{error:#}"));
            anstream::eprintln!("error: {message}");
            ExitCode::from(EXIT_FAILURE)
        }
    }
}

fn run(invocation: Invocation) -> anyhow::Result<Ended> {
    match invocation {
        Invocation::Train(config) => return train(&config),
        Invocation::Report(request) => print_report(&request),
        Invocation::Infer(request) => infer::run(&request),
        Invocation::Export(request) => export::run(&request),
        Invocation::Bench(request) => bench::run(request),
        Invocation::Devices { check, tune } => devices::print(check, tune),
        Invocation::Generate {
            dataset,
            to,
            per_class,
            seed,
        } => session::generate(dataset, to, per_class, seed),
        Invocation::Show(config) => session::load(&config).map(|_| ()),
        Invocation::Help(text) | Invocation::Version(text) => {
            anstream::print!("{}", text.ansi());
            Ok(())
        }
    }
    .map(|()| Ended::Done)
}

/// Compares runs.
fn print_report(request: &ReportRequest) -> anyhow::Result<()> {
    let (html, plot) = (request.html.as_deref(), request.plot.as_deref());
    let table = report::report(&request.folders, request.format, html, plot)?;
    Ok(write!(io::stdout(), "{table}")?)
}

/// Trains the experiments of a session, unless they are only to be seen.
fn train(config: &SessionConfig) -> anyhow::Result<Ended> {
    if let Some(file) = &config.save_config {
        let text = config_file::write(config);
        runs::replace_file(file, text.as_bytes()).context("--save-config")?;
    }
    if config.dry_run {
        write!(io::stdout(), "{}", config_file::write(config))?;
        return Ok(Ended::Done);
    }
    in_window(config).unwrap_or_else(|| session::run(config))
}

/// Whether a window is likely to open.
#[cfg(feature = "gui")]
fn draws(invocation: &Invocation) -> bool {
    matches!(invocation, Invocation::Train(session) if session.gui && !session.dry_run)
        && gui::window::has_display()
}

#[cfg(not(feature = "gui"))]
fn draws(_: &Invocation) -> bool {
    false
}

/// Trains beside a window, where one opens; called without arguments, the program begins with its start page there.
#[cfg(feature = "gui")]
fn in_window(config: &SessionConfig) -> Option<anyhow::Result<Ended>> {
    if !config.gui {
        return None;
    }
    let mut shown = config.clone();
    if std::env::args_os().len() == 1 {
        shown.experiments.clear();
    }
    match gui::window::open(&shown) {
        Ok(ended) => Some(ended),
        Err(error) => {
            eprintln!("No window: {error}; --no-gui does without.");
            parallel::enlist();
            None
        }
    }
}

#[cfg(not(feature = "gui"))]
fn in_window(_: &SessionConfig) -> Option<anyhow::Result<Ended>> {
    None
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
