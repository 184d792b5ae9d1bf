//! One call of the program: its experiments, and what holds for all of them.

use std::collections::HashSet;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::named_enum;
use super::{ConfigError, ExperimentConfig, RunsPath, Shard, require};

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
    /// Where runs leave their folders.
    pub runs_path: RunsPath,
    /// A file that describes experiments.
    pub config: Option<PathBuf>,
    /// Where to write the resolved configuration.
    pub save_config: Option<PathBuf>,
    /// Whether to print the resolved configuration instead of training.
    pub dry_run: bool,
    /// The share of the runs that this session trains.
    pub shard: Option<Shard>,
    /// The folder of a run to go on with.
    pub resume: Option<PathBuf>,
    /// Runs that train at once on the CPU.
    pub jobs: usize,
    /// Whether to print results only.
    pub quiet: bool,
    /// Whether to print events as JSON lines.
    pub json: bool,
    /// Where to log to.
    pub log_file: Option<PathBuf>,
    /// Where to draw the curves of all runs.
    pub plot: Option<PathBuf>,
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
            config: None,
            save_config: None,
            dry_run: false,
            shard: None,
            resume: None,
            jobs: 1,
            quiet: false,
            json: false,
            log_file: None,
            plot: None,
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
            self.jobs >= 1,
            "jobs",
            self.jobs,
            "a whole number of 1 or more",
        )?;
        let is_picture = |path: &PathBuf| {
            let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
            ending == "png" || ending == "svg"
        };
        require(
            self.plot.as_ref().is_none_or(is_picture),
            "plot",
            self.plot.as_deref().unwrap_or(Path::new("")).display(),
            "the name of a file that ends in .png or .svg",
        )?;
        self.experiments
            .iter()
            .try_for_each(ExperimentConfig::validate)
    }

    /// Makes the ids of all runs distinct: the first experiment of an id keeps it, the next ones
    /// get `_0`, `_1`, ... appended.
    pub fn make_ids_unique(&mut self) {
        let mut taken = HashSet::new();
        for experiment in &mut self.experiments {
            let wished = experiment.exp_id.clone();
            let mut suffix = 0;
            while experiment.run_ids().any(|id| taken.contains(&id)) {
                experiment.exp_id = format!("{wished}_{suffix}");
                suffix += 1;
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
