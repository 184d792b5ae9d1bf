//! The generator of the shipped data sets, `numbers` and `colors`: the same seed gives the same
//! pictures on every machine.
//!
//! A picture is drawn from the random words of its own (seed, class, index): `glyphs` gives a
//! digit's `outline`, which is bent and placed, `raster` fills it, `paint` colours it.

mod colors;
mod field;
mod glyphs;
mod numbers;
mod outline;
mod paint;
mod random;
mod raster;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, ImageError, RgbImage};

/// Width and height of all generated pictures, in pixels.
const SIDE: usize = 110;

/// Most pictures per class: their numbers have four digits at most.
pub const MOST_PER_CLASS: u32 = 10_000;

/// A data set that comes with this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shipped {
    /// Digits 0-9 of many typefaces, inks and papers.
    Numbers,
    /// Shades of red, green and blue.
    Colors,
}

impl Shipped {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Numbers, Self::Colors];

    /// The data set's name, which is that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Colors => "colors",
        }
    }

    /// The classes' names, in order.
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Numbers => numbers::CLASSES,
            Self::Colors => colors::CLASSES,
        }
    }

    /// Pictures per class in the data set that is shipped.
    pub fn default_per_class(self) -> u32 {
        match self {
            Self::Numbers => 120,
            Self::Colors => 40,
        }
    }

    /// Draws picture `index` of the class numbered `class` (an index into [`Self::classes`]):
    /// 110x110, RGB.
    pub fn draw(self, seed: u64, class: u32, index: u32) -> RgbImage {
        match self {
            Self::Numbers => numbers::draw_digit(seed, class, index),
            Self::Colors => colors::draw_color(seed, class, index),
        }
    }
}

impl fmt::Display for Shipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Shipped {
    type Err = GenerateError;

    fn from_str(name: &str) -> Result<Self, GenerateError> {
        let found = Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| GenerateError::UnknownKind {
            name: name.to_owned(),
        })
    }
}

/// What was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Which data set.
    pub kind: Shipped,
    /// The folder that holds it.
    pub folder: PathBuf,
    /// Number of classes.
    pub classes: usize,
    /// Number of pictures, over all classes.
    pub pictures: u64,
    /// Size of all files together.
    pub bytes: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.bytes as f64 / (1024.0 * 1024.0);
        let Self {
            kind,
            classes,
            pictures,
            ..
        } = self;
        write!(
            f,
            "{kind}: {pictures} pictures of {classes} classes, {mebibytes:.1} MiB, in {}",
            self.folder.display()
        )
    }
}

/// Why no data set was generated; nothing is left behind then.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// No such data set.
    #[error("no generator for the data set `{name}`; choose `numbers` or `colors`")]
    UnknownKind {
        /// What was asked for.
        name: String,
    },
    /// The number of pictures per class is out of range.
    #[error("--per-class is {found}; it must be from 1 to {MOST_PER_CLASS}")]
    PerClass {
        /// What was asked for.
        found: u32,
    },
    /// The target holds something already.
    #[error(
        "{path} is there already and not an empty folder; remove it, or name another folder with --to"
    )]
    Occupied {
        /// The target.
        path: PathBuf,
    },
    /// A file or folder could not be written or read.
    #[error("cannot {action} {path}: {cause}")]
    Io {
        /// What was being done, such as `write`.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A picture could not be encoded.
    #[error("cannot encode {path} as PNG: {cause}")]
    Encode {
        /// The file that it was for.
        path: PathBuf,
        /// What the encoder said.
        cause: ImageError,
    },
}

/// Writes a data set to the folder `to`, as `<class>/<class>_<number>.png`: `per_class` pictures of
/// each class, the same bytes for the same seed. `progress` is told how many pictures of how many
/// are written. The folder appears only once it is complete; its parent folders are made as needed.
///
/// # Errors
///
/// If `to` is there already and not an empty folder, if `per_class` is not in
/// 1..=[`MOST_PER_CLASS`], or if writing fails.
pub fn generate(
    kind: Shipped,
    per_class: u32,
    seed: u64,
    to: &Path,
    progress: &dyn Fn(u64, u64),
) -> Result<Summary, GenerateError> {
    if !(1..=MOST_PER_CLASS).contains(&per_class) {
        return Err(GenerateError::PerClass { found: per_class });
    }
    refuse_occupied(to)?;
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(parent).map_err(failed("make the folder", parent))?;
    let beside = tempfile::Builder::new()
        .prefix(".generating-")
        .tempdir_in(parent)
        .map_err(failed("make a temporary folder in", parent))?;
    // A folder inside the temporary one, which only its owner may read, gets the usual permissions.
    let draft = beside.path().join(kind.name());

    let total = u64::from(per_class) * kind.classes().len() as u64;
    let (mut pictures, mut bytes) = (0, 0);
    for (number, class) in (0_u32..).zip(kind.classes()) {
        let folder = draft.join(class);
        std::fs::create_dir_all(&folder).map_err(failed("make the folder", &folder))?;
        for index in 0..per_class {
            let path = folder.join(format!("{class}_{index:03}.png"));
            let file =
                encode(&kind.draw(seed, number, index)).map_err(|cause| GenerateError::Encode {
                    path: path.clone(),
                    cause,
                })?;
            std::fs::write(&path, &file).map_err(failed("write", &path))?;
            pictures += 1;
            bytes += file.len() as u64;
            progress(pictures, total);
        }
    }
    if to.exists() {
        // Empty, as was checked; not every system renames onto an empty folder.
        std::fs::remove_dir(to).map_err(failed("replace the empty folder", to))?;
    }
    std::fs::rename(&draft, to).map_err(failed("move the finished data set to", to))?;
    Ok(Summary {
        kind,
        folder: to.to_owned(),
        classes: kind.classes().len(),
        pictures,
        bytes,
    })
}

/// Passes if there is nothing at `to`, or an empty folder.
fn refuse_occupied(to: &Path) -> Result<(), GenerateError> {
    match std::fs::read_dir(to) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(GenerateError::Occupied {
                path: to.to_owned(),
            }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(GenerateError::Occupied {
                path: to.to_owned(),
            })
        }
        Err(source) => Err(failed("look into", to)(source)),
    }
}

/// Wraps what the system said, with what was being done to which path.
fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> GenerateError {
    move |cause| GenerateError::Io {
        action,
        path: path.to_owned(),
        cause,
    }
}

/// A picture as a PNG file, small rather than fast.
fn encode(picture: &RgbImage) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::Adaptive)
        .write_image(
            picture.as_raw(),
            picture.width(),
            picture.height(),
            image::ExtendedColorType::Rgb8,
        )?;
    Ok(file)
}
