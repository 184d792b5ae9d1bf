//! Data sets of a session: each loaded once, told about, shared by all runs whose preprocessing is equal.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::link::{Link, Update};
use crate::config::{Augmentation, CacheChoice, DataConfig};
use crate::data::cache::CacheUse;
use crate::data::generate::Shipped;
use crate::data::{self, Dataset};
use crate::report::{one_line, progress_bar, say, statistics_table, tell};

/// After a load as long as this, `--cache` is mentioned.
const LONG_LOAD: Duration = Duration::from_secs(10);

/// The data sets in memory.
#[derive(Default)]
pub struct Datasets {
    loaded: Vec<(DataConfig, Arc<Dataset>)>,
    /// Where a window is open.
    link: Option<Link>,
}

impl Datasets {
    /// None yet; a window is told how reading goes on.
    pub fn told_to(link: Option<Link>) -> Self {
        Self {
            loaded: Vec::new(),
            link,
        }
    }

    /// The data set of a configuration, loaded if it is not there yet.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn get(&mut self, config: &DataConfig) -> anyhow::Result<Arc<Dataset>> {
        let wanted = without_augmentation(config);
        if let Some((_, dataset)) = self.loaded.iter().find(|(config, _)| *config == wanted) {
            return Ok(Arc::clone(dataset));
        }
        let dataset = Arc::new(load_telling(config, &|done, total| {
            if let Some(link) = &self.link {
                link.tell(Update::Loading {
                    dataset: config.dataset.clone(),
                    done,
                    total,
                });
            }
        })?);
        self.loaded.push((wanted, Arc::clone(&dataset)));
        Ok(dataset)
    }

    /// Lets go of those that none of these configurations needs.
    pub fn keep<'a>(&mut self, needed: impl Iterator<Item = &'a DataConfig>) {
        let needed: Vec<_> = needed.map(without_augmentation).collect();
        self.loaded.retain(|(config, _)| needed.contains(config));
    }
}

/// What decides which samples there are, and what they are.
fn without_augmentation(config: &DataConfig) -> DataConfig {
    DataConfig {
        augmentation: Augmentation::default(),
        cache: CacheChoice::default(),
        ..config.clone()
    }
}

/// Loads a data set with a progress bar, and prints its statistics.
///
/// # Errors
/// The data set cannot be read.
pub fn load(config: &DataConfig) -> anyhow::Result<Dataset> {
    load_telling(config, &|_, _| {})
}

/// As [`load`]; also tells how many images are done, of how many.
fn load_telling(
    config: &DataConfig,
    tell: &(dyn Fn(usize, usize) + Sync),
) -> anyhow::Result<Dataset> {
    let begun = Instant::now();
    let bar = progress_bar(0, "images");
    let loaded = data::load_cached(config, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        tell(done, total);
    });
    bar.finish_and_clear();
    let (dataset, cache) = loaded?;
    let origin = match cache {
        CacheUse::Read => ", from the cache",
        CacheUse::Off | CacheUse::Written | CacheUse::NotWritten(_) => "",
    };
    let (width, height, channels) = (dataset.width, dataset.height, dataset.channels);
    say!(
        "Data set {}: {width} x {height} x {channels}{origin}\n",
        config.dataset
    );
    say!("{}", statistics_table(&dataset.statistics()));
    if !dataset.skipped.is_empty() {
        say!(
            "Skipped {} images that cannot be read:",
            dataset.skipped.len()
        );
        for image in &dataset.skipped {
            let image = format!("{}: {}", image.path.display(), image.reason);
            say!("  {}", one_line(&image));
        }
    }
    if dataset.ignored > 0 {
        say!(
            "Ignored {} files that are not named as images.",
            dataset.ignored
        );
    }
    match cache {
        CacheUse::NotWritten(error) => {
            let error = one_line(&error.to_string());
            eprintln!("Note: the data set is not kept for the next start: {error}.");
        }
        CacheUse::Off if begun.elapsed() > LONG_LOAD => eprintln!(
            "Note: loading the data set took {:.0} s; with --cache the next start takes its samples from the disk.",
            begun.elapsed().as_secs_f64()
        ),
        CacheUse::Off | CacheUse::Read | CacheUse::Written => {}
    }
    Ok(dataset)
}

/// Draws one of the shipped data sets, by default into its place.
///
/// # Errors
/// The folder holds something already, or cannot be written.
pub fn generate(
    dataset: Shipped,
    to: Option<PathBuf>,
    per_class: Option<u32>,
    seed: u64,
) -> anyhow::Result<()> {
    let to = to.unwrap_or_else(|| Path::new("datasets").join(dataset.name()));
    let per_class = per_class.unwrap_or(dataset.default_per_class());
    let bar = progress_bar(0, "images");
    let summary = data::generate::generate(dataset, per_class, seed, &to, &|done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    tell!("{}", summary?);
    Ok(())
}
