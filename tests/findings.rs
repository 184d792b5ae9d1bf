//! `experiments/` holds the comparisons of the reference's findings, and `docs/findings.md` tells of all of them.
#![cfg(feature = "native")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use shadernets::cli::{self, Invocation};
use shadernets::config::{
    CheckAction, DataLoader, ExperimentConfig, GradientChecks, SessionConfig, Size,
};

const REFERENCE: &str = include_str!("fixtures/reference_commands.txt");

/// How the reference trains NLayers on `numbers`, up to its models' own options.
const NLAYERS: &str = "--dataset=numbers --model=NLayers --optimizer=Adam";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Names of the comparisons, sorted.
fn comparisons() -> Vec<String> {
    let files = fs::read_dir(here("experiments")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let mut names: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

fn session(args: impl IntoIterator<Item = OsString>) -> SessionConfig {
    match cli::parse(args) {
        Ok(Invocation::Train(session)) => session,
        Ok(other) => panic!("{other:?}"),
        Err(error) => panic!("{error}"),
    }
}

fn comparison(name: &str) -> Vec<ExperimentConfig> {
    let file = here("experiments").join(format!("{name}.toml"));
    session(["--config".into(), file.into()]).experiments
}

/// The experiments of the reference's command line that begins so.
fn reference(begin: &str) -> Vec<ExperimentConfig> {
    let mut lines = REFERENCE.lines().filter(|line| line.starts_with(begin));
    let line = lines.next().unwrap_or_else(|| panic!("`{begin}...`"));
    session(line.split_whitespace().map(OsString::from)).experiments
}

/// What decides about an experiment's results, but for how often it is repeated.
fn essence(mut experiment: ExperimentConfig) -> ExperimentConfig {
    experiment.exp_id = String::new();
    experiment.data.loader = DataLoader::Image;
    let training = &mut experiment.training;
    training.gradient_checks = GradientChecks::default();
    training.instability_checks = CheckAction::Off;
    training.display_samples = 0;
    training.track_layers.clear();
    training.training_times = 1;
    experiment
}

fn essences(experiments: Vec<ExperimentConfig>) -> Vec<ExperimentConfig> {
    experiments.into_iter().map(essence).collect()
}

#[test]
fn comparisons_of_one_option_are_those_of_the_reference() {
    for (name, begin) in [
        ("color-space", "--exp-id=color "),
        ("normalization", "--exp-id=no_norm "),
        ("inversion", "--exp-id=no_invert "),
        ("trimming", "--exp-id=no_trim "),
        ("input-size", "--exp-id=size_8 "),
        ("noise", "--exp-id=noise_0 "),
        ("rotation", "--exp-id=rot_0 "),
        ("clones", "--exp-id=nbr_1 "),
        ("units", "--exp-id=5_units "),
        ("layers", "--exp-id=0_layers "),
        ("minibatch-size", "--exp-id=size_50 "),
        ("model-seeds", "--training-times=4 "),
        ("dataset-seeds", "--exp-id=exp_1 "),
        ("learning-rates", "--exp-id=lr_0001 "),
        ("optimizers", "--exp-id=adam "),
        ("dropout", "--exp-id=drop_0 "),
        ("weight-decay", "--exp-id=wd_0 "),
        (
            "performance",
            "--dataset=numbers --gradient-checks=off --instability-checks=off --grayscale=true",
        ),
    ] {
        let mut expected = essences(reference(begin));
        if ["noise", "rotation"].contains(&name) {
            // At 110 x 110 the reference's random numbers would take most of the time of all comparisons.
            for experiment in &mut expected {
                experiment.data.preprocessing.resize = Size {
                    width: 32,
                    height: 32,
                };
            }
        }
        assert_eq!(essences(comparison(name)), expected, "{name}");
    }
}

#[test]
fn the_models_are_those_of_the_reference() {
    let model = |options: &str| {
        let line = format!("{NLAYERS} {options}");
        let experiments = session(line.split_whitespace().map(OsString::from)).experiments;
        essence(experiments.into_iter().next().unwrap())
    };
    let models = [
        "--layers=",
        "--layers= --max-minibatch-size=100",
        "",
        "--batch-norm=false",
        "--layers=10,10,10,10,10,10,10,10,10,10",
        "--layers=400,200,100",
        "--activation=tanh",
        "--activation=sigmoid",
        "--activation=relu",
    ];
    assert_eq!(essences(comparison("models")), models.map(model));

    let [regularized, small, prepared] =
        <[_; 3]>::try_from(essences(comparison("simpler-models"))).unwrap();
    assert_eq!(
        regularized,
        model("--nbr-clones=3 --rot-angle=30 --dropout-rate=0.02")
    );
    // As many clones as make samples and parameters equal; the reference has fewer samples.
    let options = "--max-minibatch-size=50000 --layers=10 --nbr-clones=37 --rot-angle=10 --resize=32,32 --noise-intensity=0.02";
    assert_eq!(small, model(options));
    let options = "--grayscale --minmax-normalize --adaptive-invert --trim --resize=16,16 --layers=16 \
                   --max-minibatch-size=100000 --learning-rate=1e-2";
    assert_eq!(prepared, model(options));

    let seeds = comparison("prepared-model-seeds");
    assert_eq!(seeds[0].training.training_times, 5);
    assert_eq!(essences(seeds), std::slice::from_ref(&prepared));
    for (mut experiment, seed) in essences(comparison("prepared-dataset-seeds"))
        .into_iter()
        .zip([0, 10, 20, 30])
    {
        assert_eq!(experiment.data.seed, seed);
        experiment.data.seed = prepared.data.seed;
        assert_eq!(experiment, prepared);
    }
}

#[test]
fn every_comparison_passes_a_dry_run() {
    for name in comparisons() {
        let output = Command::new(env!("CARGO_BIN_EXE_shadernets"))
            .current_dir(here(""))
            .args(["--config", &format!("experiments/{name}.toml"), "--dry-run"])
            .output()
            .unwrap();
        let (said, error) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{name}: {error}");
        let experiments = comparison(&name).len();
        assert_eq!(
            said.matches("[[experiment]]").count(),
            experiments,
            "{said}"
        );
    }
}

/// A text without its line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_document_has_each_comparison_with_verdict_table_and_plot() {
    let document = fs::read_to_string(here("docs/findings.md")).unwrap();
    let sections: Vec<_> = document.split("\n### ").skip(1).collect();
    assert_eq!(sections.len(), comparisons().len());
    for name in comparisons() {
        let text = fs::read_to_string(here(&format!("experiments/{name}.toml"))).unwrap();
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        let section = sections
            .iter()
            .find(|section| section.lines().next() == Some(title))
            .unwrap_or_else(|| panic!("{name}: no section '{title}'; run scripts/findings"));
        let comment = fs::read_to_string(here(&format!("experiments/{name}.md"))).unwrap();
        assert!(
            comment.starts_with("**"),
            "{name}.md begins with its verdict"
        );
        assert!(
            words(section).contains(&words(&comment)),
            "{name}.md has changed: run `scripts/findings --write`"
        );
        for experiment in comparison(&name) {
            let id = experiment.exp_id;
            assert!(section.contains(&format!("\n| {id} | ")), "{name}: {id}");
        }
        let plot = format!("findings/{name}.svg");
        assert!(section.contains(&format!("({plot})")), "{name}");
        assert!(here("docs").join(&plot).is_file(), "docs/{plot}");
    }
}
