//! The `shadernets` program: reads the command line, runs what it asks for, exits.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use shadernets::backend::gpu::software;
use shadernets::cli::{self, EXIT_FAILURE, Invocation, config_file};
use shadernets::config::SessionConfig;
use shadernets::ops::parallel;
use shadernets::report::one_line;
use shadernets::{bench, devices, runs, session};

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os().skip(1)) {
        Ok(invocation) => invocation,
        Err(error) => {
            anstream::eprint!("{}", error.message.ansi());
            return ExitCode::from(error.exit_code);
        }
    };
    let small = match &invocation {
        Invocation::Train(session) => session.experiments.iter().all(software::is_small),
        Invocation::Bench(bench::Request::Line { subject, .. }) => subject.is_small(),
        _ => false,
    };
    // SAFETY: no other thread runs yet.
    unsafe { software::set_up(small) };
    parallel::enlist();
    match run(invocation) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough: `shadernets ... | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let message = one_line(&format!("{error:#}"));
            anstream::eprintln!("error: {message}");
            ExitCode::from(EXIT_FAILURE)
        }
    }
}

fn run(invocation: Invocation) -> anyhow::Result<()> {
    match invocation {
        Invocation::Train(config) => train(&config),
        Invocation::Report(_) => bail!("`report` is not in this version yet"),
        Invocation::Infer(_) => bail!("`infer` is not in this version yet"),
        Invocation::Export(_) => bail!("`export` is not in this version yet"),
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
}

/// Trains the experiments of a session, unless they are only to be seen.
fn train(config: &SessionConfig) -> anyhow::Result<()> {
    if let Some(file) = &config.save_config {
        let text = config_file::write(config);
        runs::replace_file(file, text.as_bytes()).context("--save-config")?;
    }
    if config.dry_run {
        return Ok(io::stdout().write_all(config_file::write(config).as_bytes())?);
    }
    session::run(config)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
