//! One call of the program: its experiments, and what holds for all of them.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::named_enum;
use super::{ConfigError, ExperimentConfig, Replicas, RunsPath, Shard, require};

/// The most runs of one session.
pub const MOST_RUNS: usize = 10_000;

/// The most runs at once.
const MOST_JOBS: usize = 1024;

/// The experiments of one session, and what holds for all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// At least one; they train side by side, in this order.
    pub experiments: Vec<ExperimentConfig>,
    /// What computes.
    pub device: DeviceChoice,
    /// Which kernels multiply matrices on a GPU.
    pub kernel: KernelChoice,
    /// Whether a window may open, where there is a display.
    pub gui: bool,
    /// Whether to write a report of the time that each kernel takes.
    pub profiling: bool,
    /// Whether to log shapes and statistics of every layer.
    pub debug: bool,
    /// Where each run's folder is made.
    pub runs_path: RunsPath,
    /// How many runs train at once on the CPU.
    pub jobs: usize,
    /// How many runs of equal shapes train as one program.
    pub replicas: Replicas,
    /// Whether only warnings and errors are printed.
    pub quiet: bool,
    /// Whether events are printed, as JSON lines.
    pub json: bool,
    /// A file that the log is written to.
    pub log_file: Option<PathBuf>,
    /// A picture of all runs' curves, PNG or SVG by its ending.
    pub plot: Option<PathBuf>,
    /// The file that the experiments are from.
    pub config: Option<PathBuf>,
    /// A file that the experiments are written to.
    pub save_config: Option<PathBuf>,
    /// Whether the experiments are printed instead of trained.
    pub dry_run: bool,
    /// The share of all runs that the experiments are.
    pub shard: Option<Shard>,
    /// The folder of a run to go on with; the experiment is that run's.
    pub resume: Option<PathBuf>,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            experiments: vec![ExperimentConfig::default()],
            device: DeviceChoice::default(),
            kernel: KernelChoice::default(),
            gui: true,
            profiling: false,
            debug: false,
            runs_path: RunsPath::default(),
            jobs: 1,
            replicas: Replicas::default(),
            quiet: false,
            json: false,
            log_file: None,
            plot: None,
            config: None,
            save_config: None,
            dry_run: false,
            shard: None,
            resume: None,
        }
    }
}

impl SessionConfig {
    /// Checks every value of every experiment against its range.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        require(
            !self.experiments.is_empty(),
            "experiment",
            "",
            "at least one experiment",
        )?;
        require(
            self.device != DeviceChoice::Named(String::new()),
            "device",
            "",
            "auto, gpu, cpu, or part of an adapter's name",
        )?;
        require(
            (1..=MOST_JOBS).contains(&self.jobs),
            "jobs",
            self.jobs,
            &format!("1 to {MOST_JOBS} runs at once"),
        )?;
        if let Some(plot) = &self.plot {
            let ending = plot.extension().map(|ending| ending.to_ascii_lowercase());
            require(
                ending.is_some_and(|ending| ending == "png" || ending == "svg"),
                "plot",
                plot.display(),
                "the path of a file that ends in .png or .svg",
            )?;
        }
        self.experiments
            .iter()
            .try_for_each(ExperimentConfig::validate)?;
        let times = self
            .experiments
            .iter()
            .map(|e| e.training.training_times as usize);
        let runs = times.fold(0, usize::saturating_add);
        require(
            runs <= MOST_RUNS,
            "experiment",
            format!("{runs} runs"),
            &format!("at most {MOST_RUNS} runs"),
        )
    }

    /// Makes the ids of all runs distinct: the first experiment of an id keeps it, the next ones
    /// get `_0`, `_1`, ... appended.
    pub fn make_ids_unique(&mut self) {
        let mut taken = HashSet::new();
        // Where the search ended for the last one of the same id and as many runs.
        let mut next_suffixes = HashMap::new();
        for experiment in &mut self.experiments {
            let wished = experiment.exp_id.clone();
            let key = (wished.clone(), experiment.training.training_times);
            let suffix = next_suffixes.entry(key).or_insert(0);
            while experiment.run_ids().any(|id| taken.contains(&id)) {
                experiment.exp_id = format!("{wished}_{suffix}");
                *suffix += 1;
            }
            taken.extend(experiment.run_ids());
        }
    }
}

named_enum! {
    /// Which kernels multiply matrices on a GPU.
    KernelChoice {
        /// What was measured to be fastest.
        #[default]
        Auto = "auto",
        Naive = "naive",
        Registers = "registers",
        Subgroups = "subgroups",
        Tiles = "tiles",
    }
}

/// What computes the session's experiments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DeviceChoice {
    /// The best GPU, or the CPU where there is none.
    #[default]
    Auto,
    /// The best GPU, or an error where there is none.
    Gpu,
    /// The CPU.
    Cpu,
    /// The first adapter whose name contains this text, in any case.
    Named(String),
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
            Self::Named(part) => part,
        })
    }
}

impl From<&str> for DeviceChoice {
    fn from(text: &str) -> Self {
        let text = text.trim();
        match text.to_lowercase().as_str() {
            "auto" => Self::Auto,
            "gpu" => Self::Gpu,
            "cpu" => Self::Cpu,
            _ => Self::Named(text.to_owned()),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl From<String> for DeviceChoice {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<DeviceChoice> for String {
    fn from(device: DeviceChoice) -> Self {
        device.to_string()
    }
}
