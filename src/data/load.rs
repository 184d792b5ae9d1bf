//! All of it: from the options to a data set in memory.

use std::{
    mem,
    path::{Path, PathBuf},
};

use super::{
    BadImage, ClassIndex, DataError, Dataset,
    cache::{self, CacheError, CacheUse, Entry, Key, Skipped},
    filter::kept_samples,
    folder::{BadSample, Folder},
    idx::Idx,
    locate::locate,
    partition::{self, Plan, partition},
    rows::{self, Row},
};
use crate::config::{DataConfig, DataLoader, Size};

/// Told how many samples are done, of how many. Called from many threads, in no particular order.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Loads the data set that `config` describes.
///
/// The samples are decoded in parallel straight into the matrix, which is allocated once; beside it
/// there is at most one image per core. What the options decide (partitions, filter) is decided on
/// the listing: a bad image that is skipped leaves its partition, and no other sample moves.
///
/// Images of class folders have 3 channels, and 1 after `--grayscale`; IDX images have the channels
/// they come with (MNIST: 1).
///
/// # Errors
/// Every way in which files and options can be wrong, see [`DataError`].
pub fn load(config: &DataConfig, progress: Progress<'_>) -> Result<Dataset, DataError> {
    load_cached(config, progress).map(|(dataset, _)| dataset)
}

/// As [`load`], and tells what `--cache` did. The data set is the same, bit for bit, whether its
/// samples were decoded or read from the cache.
///
/// # Errors
/// Those of [`load`]; a cache that cannot be read or written is none.
pub fn load_cached(
    config: &DataConfig,
    progress: Progress<'_>,
) -> Result<(Dataset, CacheUse), DataError> {
    check_options(config)?;
    let shares = partition::check_shares(&config.partitions)?;
    let root = locate(&config.dataset, &config.datasets_path)?;
    let mut source = Source::open(&root)?;
    let kept = kept_samples(&config.filter, source.labels().len())?;
    let comes_split = source.first_test_sample();
    let mut plan = partition(
        &kept,
        source.labels(),
        source.classes(),
        &config.partitions,
        config.seed,
        comes_split,
    )?;

    let stages = &config.preprocessing;
    let channels = if stages.grayscale {
        1
    } else {
        source.channels()
    };
    let size = stages.resize;
    let (features, mut samples) = allocate(plan.samples.len(), size, channels)?;
    let entry = cache::folder(&config.cache, &root)?
        .map(|folder| Entry::new(folder, Key::new(&root, source.files(), &kept, config)));
    let mut rows = rows::in_sample_order(&mut samples, features, &plan);
    let skipped = entry.as_ref().and_then(|entry| entry.read(&mut rows));
    let is_cached = skipped.is_some();
    let bad = match (skipped, &source) {
        (Some(skipped), source) => {
            progress(rows.len(), rows.len());
            source.bad_samples(skipped)
        }
        (None, Source::Folder(folder)) => {
            folder.fill(rows, stages, config.on_bad_image, progress)?
        }
        (None, Source::Idx(idx)) => idx.fill(rows, stages, progress).map(|()| vec![])?,
    };
    let numbers: Vec<u32> = bad.iter().map(|bad| bad.sample).collect();
    let left = if bad.is_empty() {
        None
    } else {
        let left = rows::without(&numbers, &plan);
        check_what_is_left(&source, &left, &bad)?;
        let labels = rows::labels(&left, source.labels());
        partition::check_classes(
            &left.partitions,
            &labels,
            source.classes(),
            shares,
            comes_split.is_some(),
        )?;
        Some(left)
    };
    // Only now: a load that fails keeps nothing.
    let cache_use = match &entry {
        None => CacheUse::Off,
        Some(_) if is_cached => CacheUse::Read,
        Some(entry) => {
            let rows = rows::in_sample_order(&mut samples, features, &plan);
            keep(entry, &rows, &bad).map_or_else(CacheUse::NotWritten, |()| CacheUse::Written)
        }
    };
    if let Some(left) = left {
        rows::remove(&numbers, &mut samples, features, &plan);
        plan = left;
    }
    let dataset = Dataset {
        width: size.width,
        height: size.height,
        channels,
        samples: samples.into(),
        labels: rows::labels(&plan, source.labels()),
        paths: source.take_paths(&plan),
        ignored: source.ignored(),
        classes: source.into_classes(),
        partitions: plan.partitions,
        sample_numbers: plan.samples,
        skipped: bad.into_iter().map(|bad| bad.image).collect(),
    };
    Ok((dataset, cache_use))
}

/// Whether [`load`] would take a folder for one of IDX files, sound or not.
pub fn is_idx(root: &Path) -> bool {
    !matches!(Idx::open(root), Ok(None))
}

/// Writes an entry of the cache, unless what was skipped may be sound the next time.
fn keep(entry: &Entry, rows: &[Row<'_>], bad: &[BadSample]) -> Result<(), CacheError> {
    if let Some(bad) = bad.iter().find(|bad| !bad.is_lasting) {
        return Err(CacheError::Unreadable(bad.image.path.clone()));
    }
    let skipped = bad
        .iter()
        .map(|bad| (bad.sample, bad.image.reason.clone()))
        .collect();
    entry.write(rows, &skipped, cache::LIMIT)
}

/// What can be told before any file is touched.
pub(super) fn check_options(config: &DataConfig) -> Result<(), DataError> {
    match config.loader {
        DataLoader::Image => {}
        DataLoader::Imagemagick => {
            return Err(DataError::LoaderNotBuilt {
                loader: "imagemagick",
            });
        }
        DataLoader::Vips => return Err(DataError::LoaderNotBuilt { loader: "vips" }),
    }
    let size = config.preprocessing.resize;
    if size.width == 0 || size.height == 0 {
        return Err(DataError::EmptySize {
            width: size.width,
            height: size.height,
        });
    }
    Ok(())
}

/// The features per sample, and the matrix of all samples.
fn allocate(samples: usize, size: Size, channels: u32) -> Result<(usize, Vec<f32>), DataError> {
    let Size { width, height } = size;
    (width as usize)
        .checked_mul(height as usize)
        .and_then(|pixels| pixels.checked_mul(channels as usize))
        .and_then(|features| Some((features, rows::allocate(samples, features)?)))
        .ok_or(DataError::TooLarge {
            samples,
            width,
            height,
            channels,
        })
}

/// That no class lost all of its samples to bad images.
fn check_what_is_left(source: &Source, left: &Plan, bad: &[BadSample]) -> Result<(), DataError> {
    let mut has_samples = vec![false; source.classes().len()];
    for label in rows::labels(left, source.labels()) {
        has_samples[label.index()] = true;
    }
    for bad in bad {
        let Some(label) = source.labels().get(bad.sample as usize) else {
            continue;
        };
        if !has_samples[label.index()] {
            return Err(DataError::AllBad {
                class: source.classes()[label.index()].clone(),
                path: bad.image.path.clone(),
                reason: bad.image.reason.clone(),
            });
        }
    }
    Ok(())
}

/// The two kinds of data sets.
pub(super) enum Source {
    Folder(Folder),
    Idx(Idx),
}

impl Source {
    /// Lists a data set.
    pub fn open(root: &Path) -> Result<Self, DataError> {
        Ok(match Idx::open(root)? {
            Some(idx) => Self::Idx(idx),
            None => Self::Folder(Folder::list(root)?),
        })
    }

    pub fn labels(&self) -> &[ClassIndex] {
        match self {
            Source::Folder(folder) => &folder.labels,
            Source::Idx(idx) => &idx.labels,
        }
    }

    pub fn classes(&self) -> &[String] {
        match self {
            Source::Folder(folder) => &folder.classes,
            Source::Idx(idx) => &idx.classes,
        }
    }

    pub fn into_classes(self) -> Vec<String> {
        match self {
            Source::Folder(folder) => folder.classes,
            Source::Idx(idx) => idx.classes,
        }
    }

    fn files(&self) -> &[PathBuf] {
        match self {
            Source::Folder(folder) => &folder.files,
            Source::Idx(idx) => &idx.files,
        }
    }

    /// What was skipped when the samples were decoded, as if it was decoded now.
    fn bad_samples(&self, skipped: Skipped) -> Vec<BadSample> {
        let bad_sample = |(sample, reason): (u32, String)| {
            let path = self.files().get(sample as usize)?.clone();
            let image = BadImage { path, reason };
            Some(BadSample {
                sample,
                image,
                is_lasting: true,
            })
        };
        skipped.into_iter().filter_map(bad_sample).collect()
    }

    pub fn first_test_sample(&self) -> Option<usize> {
        match self {
            Source::Folder(_) => None,
            Source::Idx(idx) => idx.first_test_sample,
        }
    }

    fn channels(&self) -> u32 {
        match self {
            Source::Folder(_) => 3,
            Source::Idx(idx) => idx.channels,
        }
    }

    fn ignored(&self) -> usize {
        match self {
            Source::Folder(folder) => folder.ignored,
            Source::Idx(_) => 0,
        }
    }

    /// The files of the rows, taken out of the listing.
    fn take_paths(&mut self, plan: &Plan) -> Vec<PathBuf> {
        match self {
            Source::Folder(folder) => plan
                .samples
                .iter()
                .filter_map(|&sample| folder.files.get_mut(sample as usize).map(mem::take))
                .collect(),
            Source::Idx(_) => vec![],
        }
    }
}
