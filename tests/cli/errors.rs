//! Wrong usage: exit code 2, and a message that names the option.

use std::ffi::OsString;

use proptest::prelude::*;
use shadernets::cli::options::options;
use shadernets::cli::{self, Invocation};
use shadernets::config::EarlyStopping;

use crate::{error, experiment};

#[test]
fn an_ambiguous_abbreviation_lists_what_it_could_mean() {
    let message = error("--early=5");
    assert!(
        message.contains("--early could mean --early-stopping-patience, --early-stopping"),
        "{message}"
    );
    assert!(error("--exp=5").contains("--experiment, --exp-id"));
}

#[test]
fn values_out_of_range_are_wrong_usage_that_names_the_option() {
    for (option, values) in [
        ("exp-id", &["", "a/b", "a\\b", "..", "c:d"][..]),
        ("device", &[""]),
        ("dataset", &[""]),
        ("datasets-path", &[""]),
        (
            "partitions",
            &[
                "training=0.7,dev=0.7,test=0.15",
                "training=0.5,dev=0.1,test=0.1",
                "training=1.5,dev=-0.5",
                "training=0,dev=0.5,test=0.5",
                "training=NaN,dev=0.5,test=0.5",
                "training=inf",
                "training=0.5,training=0.5",
                "train=1",
                "0.7,0.15,0.15",
                "",
                r#"{"training":0.5}"#,
                r#"{"training":1,"deb":0}"#,
                r#"{"training":"#,
            ],
        ),
        (
            "filter-dataset",
            &[
                "",
                "none",
                "8-5",
                "1,,2",
                "-1",
                "1-",
                "1.5",
                "99999999999999999999",
            ],
        ),
        ("data-loader", &["", "opencv"]),
        ("dataset-seed", &["-1", "1.5", "x", "18446744073709551616"]),
        ("on-bad-image", &["ignore"]),
        ("trim", &["maybe", "1", ""]),
        (
            "resize",
            &[
                "0,16",
                "16,0",
                "16",
                "16,16,3",
                "-16,16",
                "16x",
                "99999999999,1",
                "16385,1",
            ],
        ),
        ("nbr-clones", &["0", "-1", "1.5", "4294967296"]),
        ("rot-angle", &["-1", "181", "NaN", "inf", "ten"]),
        ("noise-intensity", &["-0.1", "1.1", "NaN", "inf"]),
        ("model", &["ThreeLayers", ""]),
        (
            "layers",
            &[
                "0",
                "16,0",
                "-5",
                "16,,16",
                "1.5",
                "many",
                "1048577",
                "99999999999999999999",
            ],
        ),
        ("activation", &["softplus"]),
        ("initializer", &["two"]),
        (
            "dropout-rate",
            &["1", "1.0", "-0.1", "NaN", "inf", "half", ""],
        ),
        ("model-seed", &["-1", "x"]),
        ("optimizer", &["SGDX"]),
        (
            "learning-rate",
            &["0", "-0.1", "NaN", "inf", "1e999", "fast"],
        ),
        ("decay", &["-0.1", "NaN", "inf", "-inf"]),
        ("weight-decay", &["-0.1", "NaN", "inf"]),
        ("nbr-epochs", &["0", "-1", "1.5", "ten", "4294967296"]),
        ("max-minibatch-size", &["0", "-1", "x"]),
        ("loss", &["Hinge"]),
        ("accuracy", &["Top5"]),
        ("early-stopping-patience", &["0", "-1", "x"]),
        ("early-stopping", &["pause"]),
        ("restore-best", &["maybe"]),
        ("init-from", &[""]),
        ("config", &[""]),
        ("save-config", &[""]),
        ("dry-run", &["maybe"]),
        (
            "shard",
            &["0/8", "9/8", "1/0", "1", "2/1", "-1/2", "a/b", ""],
        ),
        ("resume", &[""]),
        ("jobs", &["0", "-1", "1025", "many"]),
        ("replicas", &["0", "-1", "some", ""]),
        ("runs-path", &[""]),
        ("metrics-every", &["-1", "1.5"]),
        ("checkpoint-every", &["-1", "x"]),
        (
            "keep",
            &[
                "",
                "3",
                "last",
                "last=x",
                "first=1",
                "last=1,last=2",
                "best=1",
                "last=0,best=1",
                "last=1000001",
            ],
        ),
        ("plot", &["", "curves", "curves.jpg", "png"]),
        ("log-file", &[""]),
        ("training-times", &["0", "-1", "1001"]),
        ("gradient-checks", &["on", "true"]),
        ("gradient-checks-every", &["0", "-1"]),
        ("gradient-checks-samples", &["0", "-1"]),
        ("instability-checks", &["perhaps"]),
        ("display-samples", &["-1", "x"]),
        (
            "track-layer",
            &[
                "L0_Dense_W",
                "L0_Dense_W,0",
                ",3",
                "L0_Dense_W,-1",
                "L0_Dense_W,x",
                "",
            ],
        ),
    ] {
        for value in values {
            let message = error(&format!("--{option}={value}"));
            assert!(
                message.contains(&format!("'--{option} ")),
                "{option}={value}: {message}"
            );
            assert!(message.contains("expected "), "{option}={value}: {message}");
            assert!(
                message.ends_with("try '--help'.\n"),
                "{option}={value}: {message}"
            );
        }
    }
}

#[test]
fn negative_numbers_are_values_and_not_options() {
    let message = error("--learning-rate -0.1");
    assert!(
        message.contains("invalid value '-0.1' for '--learning-rate"),
        "{message}"
    );
    assert!(error("--nbr-epochs -5").contains("invalid value '-5' for '--nbr-epochs"));
    assert!(error("--decay -1e-3").contains("invalid value '-1e-3' for '--decay"));
    assert!(error("--rot-angle -.5").contains("invalid value '-.5' for '--rot-angle"));
    assert!(error("--layers -5,3").contains("invalid value '-5,3' for '--layers"));
}

#[test]
fn stopping_early_needs_the_dev_evaluation() {
    let message = error("--early-stopping=stop --eval-dev=false");
    assert!(message.contains("--early-stopping=stop") && message.contains("--eval-dev"));
    let stopping = experiment("--early-stopping=stop").training.early_stopping;
    assert_eq!(stopping, EarlyStopping::Stop);
}

#[test]
fn restoring_the_best_needs_stopping() {
    let message = error("--restore-best");
    assert!(
        message.contains("--early-stopping=notify: expected stop where --restore-best=true"),
        "{message}"
    );
    let stopping = experiment("--restore-best --early-stopping=stop");
    assert!(stopping.training.restore_best);
}

#[test]
fn near_misses_are_suggested() {
    for (line, suggestion) in [
        ("--learning-rte=1", "'--learning-rate'"),
        ("--datset=numbers", "'--dataset'"),
        ("-datset=numbers", "'--dataset'"),
        ("--experimnt", "'--experiment'"),
        ("trian", "'train'"),
        ("dataset generate number", "'numbers'"),
        ("--model=NLayer", "did you mean NLayers?"),
        ("--optimizer=Adm", "did you mean Adam?"),
        ("--initializer=gloro", "did you mean glorot?"),
        ("--activation=leakyrleu", "did you mean leaky-relu?"),
    ] {
        let message = error(line);
        assert!(message.contains(suggestion), "`{line}`: {message}");
    }
}

#[test]
fn other_wrong_usage_is_explained() {
    for (line, expected) in [
        ("--frobnicate=1", "unexpected argument '--frobnicate'"),
        ("--layers", "a value is required for '--layers <UNITS>'"),
        (
            "--exp-id --experiment",
            "a value is required for '--exp-id <ID>'",
        ),
        (
            "--experiment=two",
            "--experiment takes no value, found 'two'",
        ),
        ("--experiment devices", "'devices' must come first"),
        ("--layers=3 devices", "'devices' cannot be used with"),
        ("train train", "'train' must come first"),
        ("numbers", "unrecognized subcommand 'numbers'"),
        ("dataset generate", "required arguments were not provided"),
        ("dataset generate numbers --per-class 0", "--per-class"),
        ("report", "required arguments were not provided"),
        (
            "report runs --format=txt",
            "one of terminal, markdown, csv, json",
        ),
        ("report runs --plot=x.jpg", "ends in .png or .svg"),
        ("infer a.png", "--model <RUN>"),
        ("infer --model=x", "<PATHS>"),
        ("infer --model=x a.png --top-k=0", "--top-k"),
        ("infer --model=x a.png --device=", "expected auto, gpu, cpu"),
        ("export --model=x --to=y", "--format <FORMAT>"),
        ("export --model=x --to=y --format=onx", "did you mean onnx?"),
        ("dataset show --layers=3", "unexpected argument '--layers'"),
        ("dataset", "Usage: shadernets dataset"),
    ] {
        let message = error(line);
        assert!(message.contains(expected), "`{line}`: {message}");
    }
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_unicode_is_wrong_usage() {
    use std::os::unix::ffi::OsStringExt;
    for bytes in [&b"--dataset=caf\xe9"[..], b"\xff", b"--\xfe"] {
        let error = cli::parse([OsString::from_vec(bytes.to_vec())]).unwrap_err();
        assert_eq!(error.exit_code, 2);
        assert!(error.to_string().contains("not valid Unicode"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_arguments_make_the_parser_panic(
        args in prop::collection::vec(
            prop_oneof![
                prop::sample::select(options().map(|o| format!("--{}", o.name)).collect::<Vec<_>>()),
                prop::sample::select(options().map(|o| format!("--{}=1", o.name)).collect::<Vec<_>>()),
                prop::sample::select(vec!["train", "devices", "dataset", "generate", "show", "help",
                    "true", "1", "-1", "0.5", "-h", "-", "--", "-=", "--=", "--=x", "", "é=", "-é"])
                    .prop_map(str::to_owned),
                any::<String>(),
            ],
            0..6,
        )
    ) {
        match cli::parse(args.into_iter().map(OsString::from)) {
            Ok(Invocation::Train(session)) => prop_assert_eq!(session.validate(), Ok(())),
            Ok(_) => {}
            Err(error) => {
                prop_assert_eq!(error.exit_code, 2);
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
