//! What a run leaves on the disk, and what it begins from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::serde_as_text;
use super::{ConfigError, ExperimentConfig, InvalidText, SessionConfig};

/// The checkpoints of a run, and what its parameters begin from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Epochs from one checkpoint to the next; 0: none.
    pub every: u32,
    pub keep: Keep,
    /// Whether the best epoch's parameters come back when early stopping ends the run.
    pub restore_best: bool,
    /// A model whose parameters are the first ones, instead of random numbers.
    pub init_from: Option<PathBuf>,
}

/// Which checkpoints stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keep {
    /// So many of the newest.
    pub last: usize,
    /// So many of those with the lowest dev cost.
    pub best: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { last: 3, best: 1 }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "last={},best={}", self.last, self.best)
    }
}

impl FromStr for Keep {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut keep = Self { last: 1, best: 0 };
        for part in text.split(',') {
            let (name, count) = part.split_once('=').unwrap_or((part, ""));
            let count = count.trim().parse().ok();
            match (name.trim(), count) {
                ("last", Some(count)) if count >= 1 => keep.last = count,
                ("best", Some(count)) => keep.best = count,
                _ => {
                    return Err(InvalidText::new(
                        "how many of the newest (1 or more) and of the best checkpoints, such as last=3,best=1",
                    ));
                }
            }
        }
        Ok(keep)
    }
}

serde_as_text!(Keep);

/// Where runs leave their folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RunsPath(Option<PathBuf>);

impl RunsPath {
    /// The folder; none if nothing is written.
    pub fn folder(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl Default for RunsPath {
    fn default() -> Self {
        Self(Some(PathBuf::from("runs")))
    }
}

impl fmt::Display for RunsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(folder) => folder.display().fmt(f),
            None => f.pad("off"),
        }
    }
}

impl From<String> for RunsPath {
    fn from(text: String) -> Self {
        match text.trim() {
            "off" | "false" => Self(None),
            _ => Self(Some(PathBuf::from(text))),
        }
    }
}

impl From<RunsPath> for String {
    fn from(path: RunsPath) -> String {
        path.to_string()
    }
}

/// A share of the runs of a session: those whose number, counted from 0, leaves `index - 1` when divided by `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// From 1.
    pub index: usize,
    pub of: usize,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let shard = text.split_once('/').and_then(|(index, of)| {
            let (index, of) = (number(index)?, number(of)?);
            (1..=of).contains(&index).then_some(Self { index, of })
        });
        shard.ok_or_else(|| InvalidText::new("which share of how many, such as 2/8"))
    }
}

serde_as_text!(Shard);

/// One training: an experiment, or one of its repetitions.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Unique in the session; also the `exp_id` of the configuration.
    pub id: String,
    /// Of this run alone: trained once, with its own seed.
    pub config: ExperimentConfig,
}

impl SessionConfig {
    /// The runs of this session's shard, in order: each experiment, and its repetitions after it. Repetition k
    /// trains with the model seed + k.
    pub fn runs(&self) -> Vec<Run> {
        let all = self.experiments.iter().flat_map(|experiment| {
            experiment.run_ids().enumerate().map(|(k, id)| {
                let mut config = experiment.clone();
                config.exp_id.clone_from(&id);
                config.model.seed = config.model.seed.wrapping_add(k as u64);
                config.training.training_times = 1;
                Run { id, config }
            })
        });
        match self.shard {
            None => all.collect(),
            Some(Shard { index, of }) => all.skip(index - 1).step_by(of).collect(),
        }
    }

    /// The same session with the runs of its shard as experiments.
    pub fn sharded(&self) -> Self {
        let mut session = self.clone();
        if session.shard.is_some() {
            let runs = session.runs().into_iter().map(|run| run.config);
            session.experiments = runs.collect();
            session.shard = None;
        }
        session
    }
}

impl CheckpointConfig {
    /// Checks the values that depend on others.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self, can_stop_early: bool) -> Result<(), ConfigError> {
        super::require(
            !self.restore_best || can_stop_early,
            "restore-best",
            self.restore_best,
            "false, or --early-stopping=stop as well: it brings back the epoch that stopping found to be the best",
        )
    }
}
