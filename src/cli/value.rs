//! How the types of config fields are written on the command line.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::path::PathBuf;

use toml::Value;

use crate::config::{
    Accuracy, Activation, BatchNormEval, CacheChoice, CheckAction, DataLoader, DeviceChoice,
    EarlyStopping, Initializer, InvalidText, Keep, KernelChoice, Loss, ModelKind, OnBadImage,
    OptimizerKind, Replicas, RunsPath, SampleFilter, Shard, Shares, Size, TrackLayer,
};

/// A config field that an option reads and writes as text.
pub trait OptionValue {
    /// The value as text; empty if there is none.
    fn text(&self) -> String;

    /// Takes the value that `text` spells; a list that an option fills by being repeated grows.
    ///
    /// # Errors
    /// `text` does not spell a value of this type.
    fn set(&mut self, text: &str) -> Result<(), InvalidText>;

    /// Takes the value that a file gives as a list; one thing is a list of one.
    ///
    /// # Errors
    /// `texts` do not spell a value of this type.
    fn set_list(&mut self, texts: &[String]) -> Result<(), InvalidText> {
        self.set(&texts.join(","))
    }

    /// The value as a file has it; `None` if there is none.
    fn toml(&self) -> Option<Value> {
        Some(Value::String(self.text()))
    }

    /// The values one by one, if the option is repeated for more than one.
    fn texts(&self) -> Option<Vec<String>> {
        None
    }

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
    Replicas: |error| error,
    RunsPath: |error| error,
    SampleFilter: |error| error,
    Shares: |error| error,
    DeviceChoice: |never| match never {},
);

macro_rules! numbers {
    ($($type:ty: $toml:ident, $error:expr),+ $(,)?) => {$(
        impl OptionValue for $type {
            fn text(&self) -> String {
                self.to_string()
            }

            fn set(&mut self, text: &str) -> Result<(), InvalidText> {
                replace(self, text.trim().parse().map_err($error))
            }

            fn toml(&self) -> Option<Value> {
                Some($toml(&self.text()))
            }
        }
    )+};
}

numbers!(
    u32: whole, |error| whole_number(&error, u32::MAX),
    u64: whole, |error| whole_number(&error, u64::MAX),
    usize: whole, |error| whole_number(&error, usize::MAX),
    f32: float, |_| InvalidText::new("a number, such as 0.5 or 1e-3"),
    f64: float, |_| InvalidText::new("a number, such as 0.5 or 1e-3"),
);

/// A whole number; TOML's own end at 2^63 - 1.
fn whole(text: &str) -> Value {
    let number = text.parse().map(Value::Integer);
    number.unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// A number by the shortest text that reads as it, of f32 too.
fn float(text: &str) -> Value {
    let number = text.parse().map(Value::Float);
    number.unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn whole_number(error: &ParseIntError, most: impl Display) -> InvalidText {
    InvalidText::new(match error.kind() {
        IntErrorKind::PosOverflow => format!("a whole number of at most {most}"),
        _ => "a whole number without sign".to_owned(),
    })
}

impl OptionValue for Size {
    fn text(&self) -> String {
        self.to_string()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        replace(self, text.trim().parse())
    }

    fn toml(&self) -> Option<Value> {
        let sides = [self.width, self.height].map(i64::from);
        Some(Value::from(sides.to_vec()))
    }
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

    fn toml(&self) -> Option<Value> {
        Some(Value::Boolean(*self))
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

/// A file or folder that may be left out.
impl OptionValue for Option<PathBuf> {
    fn text(&self) -> String {
        self.as_ref()
            .map(|path| path.display().to_string())
            .unwrap_or_default()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        if text.is_empty() {
            return Err(InvalidText::new("a path"));
        }
        *self = Some(PathBuf::from(text));
        Ok(())
    }

    fn toml(&self) -> Option<Value> {
        self.is_some().then(|| Value::String(self.text()))
    }
}

impl OptionValue for Option<Shard> {
    fn text(&self) -> String {
        self.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        replace(self, text.parse().map(Some))
    }

    fn toml(&self) -> Option<Value> {
        self.is_some().then(|| Value::String(self.text()))
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

    fn toml(&self) -> Option<Value> {
        let units = self.iter().map(|units| whole(&units.to_string()));
        Some(Value::Array(units.collect()))
    }
}

impl OptionValue for Vec<TrackLayer> {
    fn text(&self) -> String {
        let tracked: Vec<_> = self.iter().map(ToString::to_string).collect();
        tracked.join(" ")
    }

    fn texts(&self) -> Option<Vec<String>> {
        Some(self.iter().map(ToString::to_string).collect())
    }

    fn set(&mut self, text: &str) -> Result<(), InvalidText> {
        self.push(text.parse()?);
        Ok(())
    }

    fn set_list(&mut self, texts: &[String]) -> Result<(), InvalidText> {
        let tracked: Result<_, _> = texts.iter().map(|text| text.parse()).collect();
        replace(self, tracked)
    }

    fn toml(&self) -> Option<Value> {
        let tracked = self
            .iter()
            .map(|tracked| Value::String(tracked.to_string()));
        Some(Value::Array(tracked.collect()))
    }
}
