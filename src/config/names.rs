//! Enums whose values have names: how the names are written, read and suggested.

use super::InvalidText;

/// Declares an enum of named values.
///
/// Each variant has its name as shown to people, followed by other spellings that are read as
/// the same value. Reading ignores case, dashes, underscores and spaces, so `NLayers`, `nlayers`
/// and `n-layers` are one name. Serde writes and reads the same names.
macro_rules! named_enum {
    (
        $(#[$attribute:meta])*
        $type:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $name:literal $(| $alias:literal)*,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $type {
            $($(#[$variant_attribute])* $variant,)+
        }

        impl $type {
            /// Every value, in the order in which help lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The name of every value, in the order of [`Self::ALL`].
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The value's name, as shown to people.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::config::InvalidText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::config::names::find(
                    text,
                    Self::NAMES,
                    &[$(($name, Self::$variant), $(($alias, Self::$variant),)*)+],
                )
            }
        }

        $crate::config::names::serde_as_text!($type);
    };
}

/// Gives a type with `Display` and `FromStr` the conversions that `#[serde(try_from, into)]` needs.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = $crate::config::InvalidText;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
    };
}

pub(crate) use {named_enum, serde_as_text};

/// How alike a wrong name and a known one must be (Jaro-Winkler, 0 to 1) to be suggested.
const NEAR_MISS: f64 = 0.8;

/// Finds the value that `text` names among all `spellings`; the error lists `names` and the
/// nearest one.
pub(crate) fn find<T: Copy>(
    text: &str,
    names: &[&str],
    spellings: &[(&str, T)],
) -> Result<T, InvalidText> {
    let wanted = fold(text);
    if let Some(&(_, value)) = spellings.iter().find(|(name, _)| fold(name) == wanted) {
        return Ok(value);
    }
    let list = match names {
        [only] => (*only).to_owned(),
        _ => format!("one of {}", names.join(", ")),
    };
    let nearest = nearest(text, spellings.iter().map(|(name, _)| *name));
    Err(InvalidText::new(match nearest {
        Some(name) if names.len() > 1 => format!("{list}; did you mean {name}?"),
        _ => list,
    }))
}

/// The name that `text` may be a misspelling of.
pub(crate) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(text);
    names
        .map(|name| (strsim::jaro_winkler(&wanted, &fold(name)), name))
        .filter(|(likeness, _)| *likeness >= NEAR_MISS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Reduces a name to what tells it from others: lower case, without separators.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}
