//! What is learnt from: where the images are, how they are split, prepared and varied.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::{named_enum, serde_as_text};
use super::{CacheChoice, ConfigError, InvalidText, require};

/// Images are resized to at most this many pixels in either direction.
const LONGEST_SIDE: u32 = 16_384;

/// Shares may miss a sum of 1 by this much, since 0.7 + 0.15 + 0.15 is not exactly 1 either.
const SUM_TOLERANCE: f64 = 1e-6;

/// The data set, and all that happens to its images before they reach a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// A folder's name under `datasets_path`, or a path.
    pub dataset: String,
    /// Where data sets live.
    pub datasets_path: PathBuf,
    pub loader: DataLoader,
    pub partitions: Shares,
    pub filter: SampleFilter,
    /// Of partitions, shuffles and augmentation.
    pub seed: u64,
    pub on_bad_image: OnBadImage,
    /// Where the preprocessed samples are kept for the next start.
    pub cache: CacheChoice,
    pub preprocessing: Preprocessing,
    pub augmentation: Augmentation,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            dataset: "colors".to_owned(),
            datasets_path: PathBuf::from("./datasets"),
            loader: DataLoader::default(),
            partitions: Shares::default(),
            filter: SampleFilter::default(),
            seed: 0,
            on_bad_image: OnBadImage::default(),
            cache: CacheChoice::default(),
            preprocessing: Preprocessing::default(),
            augmentation: Augmentation::default(),
        }
    }
}

impl DataConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        require(
            !self.dataset.trim().is_empty(),
            "dataset",
            &self.dataset,
            "the name of a folder under --datasets-path, or a path",
        )?;
        require(
            !self.datasets_path.as_os_str().is_empty(),
            "datasets-path",
            "",
            "the path of a folder",
        )?;
        require(
            self.partitions.are_shares(),
            "partitions",
            self.partitions,
            "shares of 0 to 1 that add up to 1, with some left for training",
        )?;
        self.filter.validate()?;
        self.preprocessing.validate()?;
        self.augmentation.validate()
    }
}

named_enum! {
    /// Who decodes and preprocesses the images.
    DataLoader {
        /// The image crate and the stages of this project.
        #[default]
        Image = "image",
        /// ImageMagick, in builds that have it.
        Imagemagick = "imagemagick" | "NumoImageMagick" | "TorchImageMagick",
        /// libvips, in builds that have it.
        Vips = "vips" | "NumoVips" | "TorchVips",
    }
}

named_enum! {
    /// What a file that does not decode does to the run.
    OnBadImage {
        /// Ends it with an error that names the file.
        #[default]
        Fail = "fail",
        /// Leaves the file out, counted and listed.
        Skip = "skip",
    }
}

/// The share of each class that goes to each partition; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    #[serde(default)]
    pub training: f64,
    #[serde(default)]
    pub dev: f64,
    #[serde(default)]
    pub test: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            training: 0.7,
            dev: 0.15,
            test: 0.15,
        }
    }
}

impl Shares {
    fn are_shares(&self) -> bool {
        let all = [self.training, self.dev, self.test];
        let sum: f64 = all.iter().sum();
        all.iter().all(|share| (0.0..=1.0).contains(share))
            && self.training > 0.0
            && (sum - 1.0).abs() <= SUM_TOLERANCE
    }

    /// Reads `training=0.7,dev=0.15,test=0.15`; a partition that is not named gets nothing.
    fn from_list(text: &str) -> Option<Self> {
        let [mut training, mut dev, mut test] = [None; 3];
        for part in text.split(',') {
            let (name, share) = part.split_once('=')?;
            let partition = match name.trim().to_lowercase().as_str() {
                "training" => &mut training,
                "dev" => &mut dev,
                "test" => &mut test,
                _ => return None,
            };
            if partition.replace(share.trim().parse().ok()?).is_some() {
                return None; // Named twice.
            }
        }
        Some(Self {
            training: training.unwrap_or_default(),
            dev: dev.unwrap_or_default(),
            test: test.unwrap_or_default(),
        })
    }
}

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            training,
            dev,
            test,
        } = self;
        write!(f, "training={training},dev={dev},test={test}")
    }
}

impl FromStr for Shares {
    type Err = InvalidText;

    /// Reads `training=0.7,dev=0.15,test=0.15`, or the same as JSON.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shares = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).ok()
        } else {
            Self::from_list(text)
        };
        shares.ok_or_else(|| {
            InvalidText::new(
                r#"training=0.7,dev=0.15,test=0.15 or {"training":0.7,"dev":0.15,"test":0.15}"#,
            )
        })
    }
}

/// Which samples of the data set are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SampleFilter {
    #[default]
    All,
    /// Those with these indices, counted from 0 over all files in order.
    Indices(Vec<RangeInclusive<usize>>),
}

impl SampleFilter {
    fn validate(&self) -> Result<(), ConfigError> {
        let fine = match self {
            Self::All => true,
            Self::Indices(ranges) => !ranges.is_empty() && ranges.iter().all(|r| !r.is_empty()),
        };
        require(fine, "filter-dataset", self, Self::EXPECTED)
    }

    const EXPECTED: &str = "all, or indices counted from 0, such as 1,3,5-8";
}

impl fmt::Display for SampleFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Indices(ranges) = self else {
            return f.write_str("all");
        };
        for (position, range) in ranges.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            if range.start() == range.end() {
                write!(f, "{}", range.start())?;
            } else {
                write!(f, "{}-{}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

impl FromStr for SampleFilter {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let index = |text: &str| text.trim().parse::<usize>().ok();
        let range = |part: &str| match part.split_once('-') {
            Some((first, last)) => Some(index(first)?..=index(last)?),
            None => index(part).map(|only| only..=only),
        };
        text.split(',')
            .map(range)
            .collect::<Option<_>>()
            .map(Self::Indices)
            .ok_or_else(|| InvalidText::new(Self::EXPECTED))
    }
}

serde_as_text!(SampleFilter);

/// What happens once to every image, in this order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preprocessing {
    /// Cut the border of the top-left pixel's colour, pad back to the aspect ratio.
    pub trim: bool,
    /// Three channels to one.
    pub grayscale: bool,
    pub resize: Size,
    /// Stretch each channel to [0, 1].
    pub minmax_normalize: bool,
    /// Invert images whose top-left pixel is dark.
    pub adaptive_invert: bool,
}

impl Preprocessing {
    fn validate(&self) -> Result<(), ConfigError> {
        let sides = 1..=LONGEST_SIDE;
        let Size { width, height } = self.resize;
        require(
            sides.contains(&width) && sides.contains(&height),
            "resize",
            self.resize,
            &format!("a width and a height of 1 to {LONGEST_SIDE}"),
        )
    }
}

/// Of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            width: 110,
            height: 110,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let side = |text: &str| text.trim().parse().ok();
        text.split_once(',')
            .and_then(|(width, height)| {
                Some(Self {
                    width: side(width)?,
                    height: side(height)?,
                })
            })
            .ok_or_else(|| InvalidText::new("a width and a height in pixels, such as 32,32"))
    }
}

/// How training samples are varied, drawn anew each epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// How many times each sample appears in an epoch.
    pub clones: u32,
    /// Rotations are uniform in [-this, this].
    pub rotation_degrees: f32,
    /// Standard deviation of Gaussian noise; 1 = full scale.
    pub noise: f32,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            clones: 1,
            rotation_degrees: 0.0,
            noise: 0.0,
        }
    }
}

impl Augmentation {
    fn validate(&self) -> Result<(), ConfigError> {
        require(
            self.clones >= 1,
            "nbr-clones",
            self.clones,
            "at least 1: each sample itself",
        )?;
        require(
            (0.0..=180.0).contains(&self.rotation_degrees),
            "rot-angle",
            self.rotation_degrees,
            "an angle of 0 to 180 degrees",
        )?;
        require(
            (0.0..=1.0).contains(&self.noise),
            "noise-intensity",
            self.noise,
            "a standard deviation of 0 to 1, where 1 is the full scale of a pixel",
        )
    }
}
