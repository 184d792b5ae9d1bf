//! The `shadernets` program: reads the command line, runs what it asks for, exits.

use std::process::ExitCode;

use shadernets::cli::{self, EXIT_FAILURE, Invocation};
use shadernets::{devices, session};

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os().skip(1)) {
        Ok(invocation) => invocation,
        Err(error) => {
            anstream::eprint!("{}", error.message.ansi());
            return ExitCode::from(error.exit_code);
        }
    };
    match run(invocation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(EXIT_FAILURE)
        }
    }
}

fn run(invocation: Invocation) -> anyhow::Result<()> {
    match invocation {
        Invocation::Train(config) => session::run(&config),
        Invocation::Devices { check } => devices::print(check),
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
