//! Where runs are written, and how many train at once.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidText;
use super::names::serde_as_text;

/// Where each run's folder is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RunsPath {
    /// Nowhere: runs write nothing.
    Off,
    /// In this folder, which is made if it is missing.
    Folder(PathBuf),
}

impl Default for RunsPath {
    fn default() -> Self {
        Self::Folder(PathBuf::from("runs"))
    }
}

impl fmt::Display for RunsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.pad("off"),
            Self::Folder(folder) => folder.display().fmt(f),
        }
    }
}

impl FromStr for RunsPath {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().as_str() {
            "" => Err(InvalidText::new("a folder, or off (./off is a folder)")),
            "off" | "false" => Ok(Self::Off),
            _ => Ok(Self::Folder(text.into())),
        }
    }
}

serde_as_text!(RunsPath);

/// How many runs of equal shapes train as one program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Replicas {
    /// As many as the device takes.
    #[default]
    Auto,
    /// Each run has its own program.
    Off,
    /// At most this many, 2 or more.
    AtMost(u32),
}

impl fmt::Display for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Off => f.pad("off"),
            Self::AtMost(count) => count.fmt(f),
        }
    }
}

impl FromStr for Replicas {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_lowercase();
        match (text.as_str(), text.parse()) {
            ("auto", _) => Ok(Self::Auto),
            ("off", _) | (_, Ok(1)) => Ok(Self::Off),
            (_, Ok(count)) if count > 1 => Ok(Self::AtMost(count)),
            _ => Err(InvalidText::new(
                "auto, off, or a whole number of 1 or more",
            )),
        }
    }
}

serde_as_text!(Replicas);
