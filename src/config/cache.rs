//! Whether and where preprocessed data sets are kept.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidText;
use super::names::serde_as_text;

/// Where preprocessed data sets are kept for the next start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CacheChoice {
    /// Nowhere.
    #[default]
    Off,
    /// In the user's cache directory.
    Auto,
    /// In this folder, which is made if it is missing.
    Folder(PathBuf),
}

impl fmt::Display for CacheChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.pad("off"),
            Self::Auto => f.pad("auto"),
            Self::Folder(folder) => folder.display().fmt(f),
        }
    }
}

impl FromStr for CacheChoice {
    type Err = InvalidText;

    /// A folder is known by a slash, so that no misspelt word makes one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.to_lowercase().as_str() {
            "off" | "false" => Ok(Self::Off),
            "auto" | "true" => Ok(Self::Auto),
            _ if text.contains(['/', '\\']) => Ok(Self::Folder(text.into())),
            _ => Err(InvalidText::new(
                "auto, off, or a folder, written with a slash, such as ./cache",
            )),
        }
    }
}

serde_as_text!(CacheChoice);
