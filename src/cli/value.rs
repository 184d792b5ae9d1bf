//! How the types of config fields are written on the command line.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::path::PathBuf;

use crate::config::{
    Accuracy, Activation, BatchNormEval, CacheChoice, CheckAction, DataLoader, DeviceChoice,
    EarlyStopping, Initializer, InvalidText, Keep, KernelChoice, Loss, ModelKind, OnBadImage,
    OptimizerKind, RunsPath, SampleFilter, Shard, Shares, Size, TrackLayer,
};

/// A config field that an option reads and writes as text.
pub trait OptionValue {
    /// The value as text; empty if there is none.
    fn text(&self) -> String;

    /// The values of a list that an option fills by being repeated, each as text; else the one value.
    fn texts(&self) -> Vec<String> {
        vec![self.text()]
    }

    /// Whether the option fills a list by being repeated.
    fn is_repeatable(&self) -> bool {
        false
    }

    /// Empties a list that an option fills by being repeated.
    fn clear(&mut self) {}

    /// Takes the value that `text` spells; a list that an option fills by being repeated grows.
    ///
    /// # Errors
    /// `text` does not spell a value of this type.
    fn set(&mut self, text: &str) -> Result<(), InvalidText>;

    /// The names to choose from, if the value is one of a few.
    fn choices(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the option means when it stands alone; `None` if it needs a value.
    fn alone(&self) -> Option<&'static str> {
        None
    }
}

/// Replaces `value` by what `text` parses as.
fn replace<T>(value: &mut T, text: Result<T, InvalidText>) -> Result<(), InvalidText> {
    *value = text?;
    Ok(())
}

macro_rules! named {
    ($($type:ty),+) => {$(
        impl OptionValue for $type {
            fn text(&self) -> String {
                self.to_string()
            }

            fn set(&mut self, text: &str) -> Result<(), InvalidText> {
                replace(self, text.parse())
            }

            fn choices(&self) -> &'static [&'static str] {
                Self::NAMES
            }
        }
    )+};
}

named!(
    Accuracy,
    Activation,
    BatchNormEval,
    CheckAction,
    DataLoader,
    EarlyStopping,
    Initializer,
    KernelChoice,
    Loss,
    ModelKind,
    OnBadImage,
    OptimizerKind
);

macro_rules! parsed {
    ($($type:ty: $error:expr),+ $(,)?) => {$(
        impl OptionValue for $type {
            fn text(&self) -> String {
                self.to_string()
            }

            fn set(&mut self, text: &str) -> Result<(), InvalidText> {
                replace(self, text.trim().parse().map_err($error))
            }
        }
    )+};
}

parsed!(
    Keep: |error| error,
    SampleFilter: |error| error,
    Shares: |error| error,
    Size: |error| error,
    DeviceChoice: |never| match never {},
    u32: |error| whole_number(&error, u32::MAX),
    u64: |error| whole_number(&error, u64::MAX),
    usize: |error| whole_number(&error, usize::MAX),
    f32: |_| InvalidText::new("a number, such as 0.5 or 1e-3"),
    f64: |_| InvalidText::new("a number, such as 0.5 or 1e-3"),
);

fn whole_number(error: &ParseIntError, most: impl Display) -> InvalidText {
    InvalidText::new(match error.kind() {
        IntErrorKind::PosOverflow => format!("a whole number of at most {most}"),
        _ => "a whole number without sign".to_owned(),
    })
}

impl OptionValue for bool {
    fn text(&self) -> String {
        self.to_string()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        let lower = text.trim().to_lowercase();
        replace(
            self,
            lower.parse().map_err(|_| InvalidText::new("true or false")),
        )
    }

    fn choices(&self) -> &'static [&'static str] {
        &["true", "false"]
    }

    fn alone(&self) -> Option<&'static str> {
        Some("true")
    }
}

impl OptionValue for CacheChoice {
    fn text(&self) -> String {
        self.to_string()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        replace(self, text.parse())
    }

    fn alone(&self) -> Option<&'static str> {
        Some("auto")
    }
}

impl OptionValue for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        text.clone_into(self);
        Ok(())
    }
}

impl OptionValue for PathBuf {
    fn text(&self) -> String {
        self.display().to_string()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        *self = PathBuf::from(text);
        Ok(())
    }
}

impl OptionValue for Option<PathBuf> {
    fn text(&self) -> String {
        self.as_ref()
            .map_or(String::new(), |path| path.display().to_string())
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        *self = Some(PathBuf::from(text)).filter(|path| !path.as_os_str().is_empty());
        Ok(())
    }
}

impl OptionValue for Option<Shard> {
    fn text(&self) -> String {
        self.map_or(String::new(), |shard| shard.to_string())
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        replace(self, text.parse().map(Some))
    }
}

impl OptionValue for RunsPath {
    fn text(&self) -> String {
        self.to_string()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        *self = text.to_owned().into();
        Ok(())
    }
}

/// Units of hidden layers; the empty text is no layer.
impl OptionValue for Vec<usize> {
    fn text(&self) -> String {
        let units: Vec<_> = self.iter().map(ToString::to_string).collect();
        units.join(",")
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        if text.trim().is_empty() {
            self.clear();
            return Ok(());
        }
        let units: Result<_, _> = text.split(',').map(|part| part.trim().parse()).collect();
        replace(
            self,
            units.map_err(|_| {
                InvalidText::new(
                    "whole numbers separated by commas, such as 256,128, or nothing for no layer",
                )
            }),
        )
    }
}

impl OptionValue for Vec<TrackLayer> {
    fn text(&self) -> String {
        self.texts().join(" ")
    }

    fn texts(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        self.push(text.parse()?);
        Ok(())
    }
}
