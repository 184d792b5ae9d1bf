//! A working directory for one test, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use shadernets::runs::{Checkpoint, RunRecord, checkpoints, read_tensors};

pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, separated by spaces.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("shadernets"));
        command
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            // Graphics drivers complain on stderr where it is missing.
            .env("XDG_RUNTIME_DIR", std::env::temp_dir())
            .args(arguments.split_whitespace());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program to its end, which must be a good one; what it said.
    pub fn works(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Starts the program, unheard.
    pub fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// The folders of the runs, in the order of their names.
    pub fn runs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path("runs")).into_iter().flatten();
        let entries = entries.map(|entry| entry.unwrap().path());
        let mut runs: Vec<_> = entries.filter(|path| path.is_dir()).collect();
        runs.sort();
        runs
    }

    /// The folder of the only run.
    pub fn only_run(&self) -> PathBuf {
        let mut runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }
}

/// A short training of a small network on a shipped data set, in minibatches.
pub fn training(dataset: &str, device: &str) -> String {
    format!(
        "--datasets-path={} --dataset={dataset} --no-gui --device={device} --resize=6,6 --model=NLayers \
         --layers=8 --dropout-rate=0.1 --noise-intensity=0.02 --max-minibatch-size=32",
        datasets()
    )
}

/// The folder of the shipped data sets.
pub fn datasets() -> String {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    datasets.display().to_string()
}

/// Reads every file that a run may have left, whatever moment it was killed at.
pub fn check_files(run: &Path) -> RunRecord {
    let record = RunRecord::read(run).unwrap();
    let epochs: Vec<_> = record.epochs.iter().map(|line| line.epoch).collect();
    assert!(
        epochs.iter().copied().eq(0..epochs.len() as u32),
        "{epochs:?}"
    );
    for entry in std::fs::read_dir(run.join("checkpoints"))
        .into_iter()
        .flatten()
    {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|ending| ending == "safetensors")
        {
            Checkpoint::read(&path).unwrap();
        }
    }
    if let Some(newest) = checkpoints::newest(run) {
        Checkpoint::read(&newest).unwrap();
    }
    record
}

/// The bits of all numbers of a trained model.
pub fn model_bits(run: &Path) -> Vec<(String, Vec<u32>)> {
    let tensors = read_tensors(&run.join("model.safetensors")).unwrap();
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
    let tensors = tensors.into_iter();
    tensors
        .map(|tensor| (tensor.name, bits(tensor.values)))
        .collect()
}
