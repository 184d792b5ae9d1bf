//! Bad and unusual input, given to the program as a person gives it: each case works, or ends with
//! exit code 1 or 2 and one line that names the file or the option. None panics, writes a file or hangs.
#![cfg(feature = "native")]

mod cache;
mod folders;
mod idx;
mod images;
mod limits;
mod options;
mod place;

use std::time::Duration;

use place::Place;

/// What the program does with an input, and what it must say.
enum Outcome {
    /// Exit code 0, and these on stdout.
    Works(&'static [&'static str]),
    /// Exit code 1, and one line on stderr with all of these.
    Fails(&'static [&'static str]),
    /// Exit code 2, and one line on stderr with all of these, above pointers to the help.
    WrongUsage(&'static [&'static str]),
}

use Outcome::{Fails, Works, WrongUsage};

/// An input and what it must lead to.
struct Case {
    /// The input, in words.
    name: &'static str,
    /// Makes it, from a sound data set `set`.
    make: fn(&Place),
    /// Arguments beside those of [`TRAIN`], separated by spaces.
    arguments: &'static str,
    outcome: Outcome,
}

/// A case of files: `make` changes the data set.
fn files(name: &'static str, make: fn(&Place), outcome: Outcome) -> Case {
    files_with(name, make, "", outcome)
}

/// A case of files and options.
fn files_with(
    name: &'static str,
    make: fn(&Place),
    arguments: &'static str,
    outcome: Outcome,
) -> Case {
    Case {
        name,
        make,
        arguments,
        outcome,
    }
}

/// A case of options, on a sound data set.
fn arguments(name: &'static str, arguments: &'static str, outcome: Outcome) -> Case {
    files_with(name, |_| {}, arguments, outcome)
}

/// A short training on the data set `set`; later options replace earlier ones.
const TRAIN: [&str; 6] = [
    "--dataset=set",
    "--device=cpu",
    "--nbr-epochs=1",
    "--resize=4,4",
    "--no-gui",
    "--runs-path=off",
];

/// Far more than any case takes, also on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// Runs all cases, then fails with the names of those that went wrong.
#[track_caller]
fn check(cases: &[Case]) {
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            run(case)
                .err()
                .map(|reason| format!("{}: {reason}", case.name))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n\n")
    );
}

/// Runs one case in a folder of its own; an error says what went wrong, and what the program said.
fn run(case: &Case) -> Result<(), String> {
    let place = Place::with_two_classes();
    (case.make)(&place);
    let before = place.listing();
    let given: Vec<_> = case.arguments.split_whitespace().collect();
    let is_tool = matches!(given.first(), Some(&("dataset" | "devices")));
    let output = assert_cmd::cargo::cargo_bin_cmd!("shadernets")
        .current_dir(place.path(""))
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        // Graphics drivers complain on stderr where it is missing.
        .env("XDG_RUNTIME_DIR", std::env::temp_dir())
        .args(if is_tool { &[][..] } else { &TRAIN[..] })
        .args(given)
        .timeout(LONGEST)
        .output()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let judged = judge(&case.outcome, output.status.code(), &stdout, &stderr).and_then(|()| {
        match place.listing() == before {
            true => Ok(()),
            false => Err("files were written or changed".to_owned()),
        }
    });
    judged.map_err(|reason| {
        let code = output.status;
        format!("{reason}\n  {code}\n  stdout: {stdout:?}\n  stderr: {stderr:?}")
    })
}

fn judge(outcome: &Outcome, code: Option<i32>, stdout: &str, stderr: &str) -> Result<(), String> {
    if stderr.contains("panicked") {
        return Err("it panicked".into());
    }
    let (expected_code, heard, parts) = match outcome {
        Works(parts) => (0, stdout, parts),
        Fails(parts) => (1, stderr, parts),
        WrongUsage(parts) => (2, stderr, parts),
    };
    match code {
        None => return Err("it was ended by a signal: a crash, or the time limit".into()),
        Some(code) if code != expected_code => {
            return Err(format!("exit code {code}, expected {expected_code}"));
        }
        Some(_) => {}
    }
    let is_pointer = |line: &&str| {
        let starts = [
            "Usage: ",
            "For more information, try '--help'.",
            "  tip: ",
            "  [possible values: ",
        ];
        expected_code == 2 && starts.iter().any(|start| line.starts_with(start))
    };
    let lines: Vec<_> = stderr
        .lines()
        .filter(|line| !(line.is_empty() || line.starts_with("Note: ") || is_pointer(line)))
        .collect();
    match (outcome, lines.as_slice()) {
        (Works(_), []) => {}
        (Works(_), _) => return Err("it works, and complains nevertheless".into()),
        (_, [line]) if line.starts_with("error: ") => {}
        _ => return Err("expected one line on stderr, beginning with `error: `".into()),
    }
    let heard = heard.replace(std::path::MAIN_SEPARATOR, "/");
    match parts.iter().find(|part| !heard.contains(**part)) {
        Some(part) => Err(format!("`{part}` is not said")),
        None => Ok(()),
    }
}
