//! Single options: their values, spellings and defaults.

use std::ffi::OsString;

use shadernets::cli::{
    self,
    options::{OptionSpec, options},
};
use shadernets::config::{
    Activation, CheckAction, DeviceChoice, ModelKind, SampleFilter, SessionConfig, Shares,
};

use crate::{experiment, parse, session};

/// A value other than the default for every option, as the option itself would print it.
pub const OTHER_VALUES: &[(&str, &str)] = &[
    ("exp-id", "baseline"),
    ("config", "tests/fixtures/run/config.toml"),
    ("save-config", "saved.toml"),
    ("dry-run", "true"),
    ("shard", "1/1"),
    ("resume", "tests/fixtures/run"),
    ("jobs", "2"),
    ("replicas", "16"),
    ("device", "gpu"),
    ("runs-path", "off"),
    ("metrics-every", "0"),
    ("checkpoint-every", "5"),
    ("keep", "last=1,best=0"),
    ("plot", "curves.svg"),
    ("quiet", "true"),
    ("json", "true"),
    ("log-file", "run.log"),
    ("init-from", "model.safetensors"),
    ("restore-best", "true"),
    ("dataset", "numbers"),
    ("datasets-path", "/data"),
    ("partitions", "training=0.5,dev=0.25,test=0.25"),
    ("filter-dataset", "1,3,5-8"),
    ("data-loader", "vips"),
    ("dataset-seed", "18446744073709551615"),
    ("on-bad-image", "skip"),
    ("cache", "./cache"),
    ("trim", "true"),
    ("grayscale", "true"),
    ("resize", "16,24"),
    ("minmax-normalize", "true"),
    ("adaptive-invert", "true"),
    ("nbr-clones", "3"),
    ("rot-angle", "12.5"),
    ("noise-intensity", "0.1"),
    ("model", "NLayers"),
    ("layers", "256,128"),
    ("activation", "tanh"),
    ("batch-norm", "false"),
    ("batch-norm-eval", "batch"),
    ("initializer", "kaiming"),
    ("dropout-rate", "0.25"),
    ("model-seed", "7"),
    ("optimizer", "ExponentialDecay"),
    ("learning-rate", "0.03"),
    ("decay", "0.05"),
    ("weight-decay", "0.0001"),
    ("nbr-epochs", "3"),
    ("max-minibatch-size", "32"),
    ("loss", "CrossEntropy"),
    ("accuracy", "Classes"),
    ("eval-dev", "false"),
    ("early-stopping-patience", "4"),
    ("early-stopping", "stop"),
    ("training-times", "5"),
    ("gradient-checks", "warning"),
    ("gradient-checks-every", "1"),
    ("gradient-checks-samples", "9"),
    ("instability-checks", "debug"),
    ("dump-minibatches", "true"),
    ("kernel", "subgroups"),
    ("profiling", "true"),
    ("debug", "true"),
    ("display-graphs", "false"),
    ("no-gui", "true"),
    ("track-layer", "L0_Dense_W,10"),
    ("display-samples", "4"),
];

#[test]
fn every_option_sets_its_own_field_and_no_other() {
    let texts = |session: &SessionConfig| -> Vec<(&str, String)> {
        let text = |option: &'static OptionSpec| (option.name, option.text(session));
        options().map(text).collect()
    };
    let defaults = texts(&SessionConfig::default());
    for option in options().filter(|option| option.name != "experiment") {
        let name = option.name;
        let (_, value) = OTHER_VALUES
            .iter()
            .find(|(named, _)| *named == name)
            .unwrap_or_else(|| panic!("no value to try --{name} with"));
        let needed = match name {
            "restore-best" => "--early-stopping=stop ",
            _ => "",
        };
        for line in [
            format!("{needed}--{name}={value}"),
            format!("{needed}--{name} {value}"),
        ] {
            let mut expected = defaults.clone();
            for (named, text) in &mut expected {
                match (name, *named) {
                    // Two names of one field.
                    ("no-gui", "display-graphs") => "false".clone_into(text),
                    ("restore-best", "early-stopping") => "stop".clone_into(text),
                    ("display-graphs", "no-gui") => "true".clone_into(text),
                    (_, named) if named == name => (*value).clone_into(text),
                    _ => {}
                }
            }
            assert_eq!(texts(&session(&line)), expected, "`{line}`");
        }
    }
}

#[test]
fn every_option_given_its_default_changes_nothing() {
    for option in options().filter(|option| !option.default_text().is_empty()) {
        let line = format!("--{}={}", option.name, option.default_text());
        assert_eq!(session(&line), SessionConfig::default(), "`{line}`");
    }
}

#[test]
fn names_are_accepted_in_any_case_with_or_without_dashes() {
    for name in ["NLayers", "nlayers", "n-layers", "N_LAYERS", "NLayersTorch"] {
        assert_eq!(
            experiment(&format!("--model={name}")).model.kind,
            ModelKind::NLayers
        );
    }
    for name in ["leaky-relu", "LeakyReLU", "leaky_relu"] {
        let activation = experiment(&format!("--activation={name}")).model.activation;
        assert_eq!(activation, Activation::LeakyRelu);
    }
    let training = experiment("--gradient-checks=byebug --instability-checks=DEBUG").training;
    assert_eq!(training.gradient_checks.action, CheckAction::Debug);
    assert_eq!(training.instability_checks, CheckAction::Debug);
    assert_eq!(session("--device=GPU").device, DeviceChoice::Gpu);
    assert_eq!(
        session("--device=Radeon").device,
        DeviceChoice::Named("Radeon".to_owned())
    );
}

#[test]
fn a_flag_alone_means_true() {
    let experiment = experiment("--trim --grayscale --resize 8,8 --eval-dev FALSE");
    assert!(experiment.data.preprocessing.trim && experiment.data.preprocessing.grayscale);
    assert!(!experiment.training.eval_dev);
    assert!(!session("--no-gui").gui);
}

#[test]
fn the_last_of_several_values_wins() {
    assert_eq!(
        experiment("--layers=3 --nbr-epochs=4 --layers=5")
            .model
            .layers,
        [5]
    );
    assert!(session("--no-gui --display-graphs").gui);
    assert!(!session("--display-graphs --no-gui").gui);
    assert!(session("--no-gui --no-gui=false").gui);
}

#[test]
fn tracked_layers_add_up() {
    let tracked = experiment("--track-layer=L0_Dense_W,10 --track-layer L4_Dense_W,2")
        .training
        .track_layers;
    let names: Vec<_> = tracked
        .iter()
        .map(|t| (t.parameter.as_str(), t.units))
        .collect();
    assert_eq!(names, [("L0_Dense_W", 10), ("L4_Dense_W", 2)]);
}

#[test]
fn empty_layers_are_no_hidden_layer() {
    assert!(
        experiment("--model=NLayers --layers=")
            .model
            .layers
            .is_empty()
    );
    let args = ["--layers", ""].map(OsString::from);
    assert_eq!(cli::parse(args), parse("--layers="));
}

#[test]
fn partitions_and_filters_are_read_in_all_their_forms() {
    let expected = Shares {
        training: 0.8,
        dev: 0.1,
        test: 0.1,
    };
    for text in [
        "training=0.8,dev=0.1,test=0.1",
        "test=0.1,training=0.8,dev=0.1",
        r#"{"training":0.8,"dev":0.1,"test":0.1}"#,
    ] {
        assert_eq!(
            experiment(&format!("--partitions={text}")).data.partitions,
            expected
        );
        assert_eq!(
            experiment(&format!("--partitions {text}")).data.partitions,
            expected
        );
    }
    let no_test = experiment("--partitions=training=0.8,dev=0.2")
        .data
        .partitions;
    assert_eq!(
        no_test,
        Shares {
            training: 0.8,
            dev: 0.2,
            test: 0.0
        }
    );
    let filter = experiment("--filter-dataset=1,3,5-8").data.filter;
    assert_eq!(filter, SampleFilter::Indices(vec![1..=1, 3..=3, 5..=8]));
}

#[test]
fn options_may_be_abbreviated_and_have_one_dash() {
    assert_eq!(experiment("--dropout=0.5").model.dropout_rate, 0.5);
    assert_eq!(experiment("-dropout 0.5").model.dropout_rate, 0.5);
    assert_eq!(experiment("-dataset=numbers").data.dataset, "numbers");
    // The whole name of one option may begin the name of another.
    assert_eq!(experiment("--decay=0.5").optimizer.decay, 0.5);
    let training = experiment("--gradient-checks=off").training;
    assert_eq!(training.gradient_checks.action, CheckAction::Off);
}

#[test]
fn every_option_is_explained_in_whole_sentences() {
    for option in options() {
        assert!(
            option.what.ends_with('.'),
            "--{}: {}",
            option.name,
            option.what
        );
        assert!(
            option.when.is_empty() || option.when.ends_with('.'),
            "--{}",
            option.name
        );
    }
}
