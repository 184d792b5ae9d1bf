//! Which states of a training are kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::serde_as_text;
use super::{ConfigError, InvalidText, require};

/// When checkpoints are written, and which stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Epochs from one checkpoint to the next; 0 writes none.
    pub every: u32,
    pub keep: Keep,
}

impl CheckpointConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let Keep { last, best } = self.keep;
        require(
            last >= 1,
            "keep",
            self.keep,
            "last of 1 or more, since --resume goes on from the last checkpoint",
        )?;
        require(
            last <= Keep::MOST && best <= Keep::MOST,
            "keep",
            self.keep,
            &format!("last and best of at most {}", Keep::MOST),
        )
    }
}

/// How many checkpoints stay on the disk. One may count as both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keep {
    /// The newest.
    pub last: usize,
    /// Those of the lowest dev cost.
    pub best: usize,
}

impl Keep {
    const MOST: usize = 1_000_000;
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

    /// Reads `last=3,best=1`; what is not named is 0.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid =
            || InvalidText::new("how many of the checkpoints to keep, such as last=3,best=1");
        let [mut last, mut best] = [None; 2];
        for part in text.split(',') {
            let (name, count) = part.split_once('=').ok_or_else(invalid)?;
            let kept = match name.trim().to_lowercase().as_str() {
                "last" => &mut last,
                "best" => &mut best,
                _ => return Err(invalid()),
            };
            let count = count.trim().parse().map_err(|_| invalid())?;
            if kept.replace(count).is_some() {
                return Err(invalid()); // Named twice.
            }
        }
        Ok(Self {
            last: last.unwrap_or_default(),
            best: best.unwrap_or_default(),
        })
    }
}

serde_as_text!(Keep);
