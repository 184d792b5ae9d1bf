//! Commands, help and version.

use std::path::PathBuf;

use shadernets::cli::options::options;
use shadernets::cli::{
    ExportFormat, ExportRequest, InferFormat, InferRequest, Invocation, ReportFormat, ReportRequest,
};
use shadernets::config::{DeviceChoice, SessionConfig};
use shadernets::data::generate::Shipped;

use crate::{experiment, parse, session};

#[test]
fn train_may_be_left_out() {
    assert_eq!(parse("train --layers=3"), parse("--layers=3"));
    assert_eq!(parse("train"), parse(""));
    assert_eq!(session(""), SessionConfig::default());
}

#[test]
fn the_other_commands_are_read() {
    let devices = |check, tune| Ok(Invocation::Devices { check, tune });
    assert_eq!(parse("devices"), devices(false, false));
    assert_eq!(parse("devices --check"), devices(true, false));
    assert_eq!(parse("devices --tune"), devices(false, true));
    assert_eq!(
        parse("dataset generate numbers"),
        Ok(Invocation::Generate {
            dataset: Shipped::Numbers,
            to: None,
            per_class: None,
            seed: 0
        })
    );
    assert_eq!(
        parse("dataset generate colors --to=x/y --per-class 3 --seed=9"),
        Ok(Invocation::Generate {
            dataset: Shipped::Colors,
            to: Some(PathBuf::from("x/y")),
            per_class: Some(3),
            seed: 9
        })
    );
    assert_eq!(
        parse("report a b --format=md --html=x.html --plot=x.svg"),
        Ok(Invocation::Report(ReportRequest {
            folders: vec!["a".into(), "b".into()],
            format: ReportFormat::Markdown,
            html: Some("x.html".into()),
            plot: Some("x.svg".into()),
        }))
    );
    assert_eq!(
        parse("infer --model runs/x a.png b --top-k=2 --format=json --confusion --device=cpu"),
        Ok(Invocation::Infer(InferRequest {
            model: "runs/x".into(),
            paths: vec!["a.png".into(), "b".into()],
            top_k: 2,
            format: InferFormat::Json,
            confusion: true,
            device: DeviceChoice::Cpu,
        }))
    );
    assert_eq!(
        parse("export --model=runs/x --format=onnx --fold-batch-norm --to x.onnx"),
        Ok(Invocation::Export(ExportRequest {
            model: "runs/x".into(),
            format: ExportFormat::Onnx,
            fold_batch_norm: true,
            to: "x.onnx".into(),
        }))
    );
    let data = experiment("--dataset=numbers --grayscale --resize=8,8").data;
    assert_eq!(
        parse("dataset show --dataset=numbers --grayscale --resize=8,8"),
        Ok(Invocation::Show(data))
    );
}

#[test]
fn help_names_every_option_under_its_section() {
    for line in [
        "-h",
        "--help",
        "train --help",
        "help",
        "--layers=3 --experiment --help",
    ] {
        let Ok(Invocation::Help(help)) = parse(line) else {
            panic!("`{line}` is not help");
        };
        let help = help.to_string();
        for option in options() {
            assert!(
                help.contains(&format!("--{}", option.name)),
                "{} in `{line}`",
                option.name
            );
            assert!(help.contains(&format!("\n{}:\n", option.section.title())));
        }
    }
    let Ok(Invocation::Help(help)) = parse("--help") else {
        panic!("no help");
    };
    assert!(
        help.to_string()
            .contains("[values: relu, leaky-relu, tanh, sigmoid]")
    );
    let version = format!("shadernets {}\n", env!("CARGO_PKG_VERSION"));
    assert!(matches!(parse("--version"), Ok(Invocation::Version(v)) if v.to_string() == version));
    assert!(matches!(parse("devices --help"), Ok(Invocation::Help(_))));
}
