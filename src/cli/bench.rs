//! The arguments of `shadernets bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{Invocation, error, session};
use crate::bench::{Output, Request, Span, Subject, Workload};
use crate::config::{DeviceChoice, InvalidText};

/// The command as clap knows it.
pub fn command() -> Command {
    let option = |name: &'static str, value: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .action(ArgAction::Set)
    };
    Command::new("bench")
        .about("Measure how fast the devices train, and what limits them")
        .override_usage("shadernets bench [OPTIONS] [-- TRAIN OPTIONS]")
        .after_help(
            "Behind --, the options of a training to measure instead of the workloads, such as\n\
             `shadernets bench --device=cpu -- --dataset=numbers --model=NLayers`.",
        )
        .arg(
            option("workload", "LIST")
                .value_delimiter(',')
                .value_parser(subject)
                .default_value("w1,w2,w3")
                .help(
                    "What to train: w1 (wide pictures), w2 (a small network), w3 (the size of MNIST), \
                     SAMPLESxINPUTSxUNITS[xUNITS...][/MINIBATCH]; or peak (the device's own limits, \
                     measured in any case)",
                ),
        )
        .arg(option("device", "LIST").help(
            "Devices: cpu, gpu, auto, or parts of adapters' names [default: cpu and every adapter]",
        ))
        .arg(
            option("epochs", "N")
                .value_parser(value_parser!(u32).range(1..))
                .help("Epochs a measurement, the first included [default: as --seconds allows]"),
        )
        .arg(
            option("seconds", "SECONDS")
                .value_parser(seconds)
                .conflicts_with("epochs")
                .help("How long to measure, after the first epoch [default: 3]"),
        )
        .arg(
            option("from", "FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with("workload")
                .help("Train what this file of --export holds"),
        )
        .arg(
            option("export", "DIR")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all([
                    "device", "epochs", "seconds", "from", "json-line", "train", "scaling", "json", "compare",
                ])
                .help("Write the workloads as files that other trainers can read, and measure nothing"),
        )
        .arg(
            Arg::new("scaling")
                .long("scaling")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["workload", "epochs", "seconds", "from", "train", "compare"])
                .help("Samples, inputs, hidden units and epochs each doubled twice: how cost grows"),
        )
        .arg(
            option("json", "FILE")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("")
                .value_parser(value_parser!(String))
                .help("Print all figures as JSON instead of tables; with =FILE, write them there as well"),
        )
        .arg(
            option("compare", "FILE")
                .num_args(1..=2)
                .value_parser(value_parser!(PathBuf))
                .help(
                    "Compare with a former --json=FILE; with two files, compare these and measure nothing",
                ),
        )
        .arg(
            Arg::new("json-line")
                .long("json-line")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["scaling", "json", "compare"])
                .help("Measure one workload on one device in this very process; print one line of JSON"),
        )
        .arg(
            Arg::new("train")
                .value_name("TRAIN OPTIONS")
                .num_args(1..)
                .last(true)
                .allow_hyphen_values(true)
                .conflicts_with_all(["workload", "from"])
                .hide(true),
        )
}

/// Reads the arguments.
///
/// # Errors
/// Wrong usage.
pub fn parse(matches: &ArgMatches) -> Result<Invocation, clap::Error> {
    request(matches).map(Invocation::Bench)
}

fn request(matches: &ArgMatches) -> Result<Request, clap::Error> {
    let listed: Vec<Subject> = matches
        .get_many("workload")
        .unwrap_or_default()
        .cloned()
        .collect();
    if let Some(folder) = matches.get_one::<PathBuf>("export") {
        let workloads = listed.into_iter().map(|subject| match subject {
            Subject::Workload(workload) => Ok(workload),
            other => Err(error::usage(format!(
                "--workload={other} cannot be exported"
            ))),
        });
        return Ok(Request::Export {
            folder: folder.clone(),
            workloads: workloads.collect::<Result<_, _>>()?,
        });
    }
    let files: Vec<&PathBuf> = matches.get_many("compare").unwrap_or_default().collect();
    if let [before, now] = files.as_slice() {
        return Ok(Request::Compare {
            before: before.to_path_buf(),
            now: now.to_path_buf(),
        });
    }
    let subjects = match (
        matches.get_one::<PathBuf>("from"),
        matches.get_many("train"),
    ) {
        (Some(file), _) => vec![Subject::File(file.clone())],
        (None, Some(arguments)) => vec![training(arguments.cloned().collect())?],
        (None, None) => listed,
    };
    let epochs = matches.get_one("epochs").copied().map(Span::Epochs);
    let span = epochs.or(matches.get_one("seconds").copied().map(Span::Time));
    let devices = matches.get_one::<String>("device");
    if matches.get_flag("json-line") {
        return line(subjects, devices, span);
    }
    let devices = devices.map_or(Ok(Vec::new()), |list| {
        list.split(',').map(device_choice).collect()
    });
    let json = matches.get_one::<String>("json");
    let output = Output {
        json: json.is_some_and(String::is_empty),
        json_file: json.filter(|file| !file.is_empty()).map(PathBuf::from),
        compare: files.first().map(|file| file.to_path_buf()),
    };
    Ok(match matches.get_flag("scaling") {
        true => Request::Scaling {
            devices: devices?,
            output,
        },
        false => Request::Measure {
            subjects,
            devices: devices?,
            span,
            output,
        },
    })
}

/// One measurement in this process.
fn line(
    subjects: Vec<Subject>,
    device: Option<&String>,
    span: Option<Span>,
) -> Result<Request, clap::Error> {
    let one = "--json-line measures one thing on one device";
    let Some(device) = device else {
        return Err(error::usage(format!(
            "{one}; name the device with --device"
        )));
    };
    let [subject] = <[Subject; 1]>::try_from(subjects)
        .map_err(|_| error::usage(format!("{one}; name one workload with --workload")))?;
    Ok(Request::Line {
        subject,
        // Not split: adapters have commas in their names.
        device: device_choice(device)?,
        span,
    })
}

fn subject(text: &str) -> Result<Subject, InvalidText> {
    if text.trim().eq_ignore_ascii_case("peak") {
        return Ok(Subject::Peak);
    }
    text.parse::<Workload>().map(Subject::Workload)
}

fn device_choice(text: &str) -> Result<DeviceChoice, clap::Error> {
    match DeviceChoice::from(text) {
        DeviceChoice::Named(part) if part.is_empty() => Err(error::usage(
            "--device=: expected auto, gpu, cpu, or part of an adapter's name".to_owned(),
        )),
        device => Ok(device),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds: &f64| (0.0..=1e6).contains(seconds));
    let seconds = seconds.ok_or("expected a number from 0 to 1000000")?;
    Ok(Duration::from_secs_f64(seconds))
}

/// The training that the options behind `--` ask for.
fn training(arguments: Vec<String>) -> Result<Subject, clap::Error> {
    let parsed = session::parse(arguments.clone())?;
    let Invocation::Train(mut session) = parsed else {
        return Err(error::usage(
            "behind --, bench takes the options of a training".to_owned(),
        ));
    };
    if session.device != DeviceChoice::Auto {
        return Err(error::usage(
            "--device: name the devices to measure before the --".to_owned(),
        ));
    }
    let (Some(config), true) = (session.experiments.pop(), session.experiments.is_empty()) else {
        return Err(error::usage(
            "bench measures one experiment: leave out --experiment".to_owned(),
        ));
    };
    Ok(Subject::Training {
        arguments,
        config: Box::new(config),
    })
}
