//! A few samples of a data set, before and after the stages, without loading the others.

use super::decode::{Decoder, Failure};
use super::filter::kept_samples;
use super::load::{Source, check_options};
use super::locate::locate;
use super::partition::partition;
use super::preprocess::{Picture, preprocess, shrink};
use super::{ClassIndex, DataError};
use crate::config::{DataConfig, OnBadImage};

/// Of an original, in pixels: it is to be looked at.
const LONGEST_SIDE: u32 = 256;

/// A sample, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Picked {
    pub class: ClassIndex,
    /// The row that it has in the [`Dataset`](super::Dataset) where no image is bad.
    pub row: u32,
    /// As it is decoded, but no larger than [`LONGEST_SIDE`] either way.
    pub original: Picture,
    /// As the model gets it.
    pub prepared: Picture,
}

/// A few samples of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    pub classes: Vec<String>,
    /// Of the whole data set, as the configuration leaves it.
    pub total: usize,
    pub samples: Vec<Picked>,
}

/// Picks at most so many training samples: the first of each class, then the second of each; where there are more
/// classes than samples, of classes spread over all.
///
/// # Errors
/// Those of [`load`](super::load()), as far as they can be told without decoding the other samples.
pub fn pick(config: &DataConfig, most: usize) -> Result<Pick, DataError> {
    check_options(config)?;
    let root = locate(&config.dataset, &config.datasets_path)?;
    let source = Source::open(&root)?;
    let kept = kept_samples(&config.filter, source.labels().len())?;
    let plan = partition(
        &kept,
        source.labels(),
        source.classes(),
        &config.partitions,
        config.seed,
        source.first_test_sample(),
    )?;
    let label = |sample: u32| source.labels().get(sample as usize).copied();
    let training = plan.samples.get(plan.partitions.training.clone());
    let labelled = (0..).zip(training.unwrap_or_default());
    let labelled = labelled.filter_map(|(row, sample)| Some((row, *sample, label(*sample)?)));
    let chosen = spread(&labelled.collect::<Vec<_>>(), source.classes().len(), most);

    let both = |picture: Picture| {
        let original = shrink(&picture, LONGEST_SIDE);
        (original, preprocess(picture, &config.preprocessing))
    };
    let pictures = match &source {
        Source::Folder(folder) => {
            let mut decoder = Decoder::default();
            let decode = |sample: u32| {
                let path = &folder.files[sample as usize];
                match decoder.read(path) {
                    Ok(picture) => Ok(Some(both(picture))),
                    Err(_) if config.on_bad_image == OnBadImage::Skip => Ok(None),
                    Err(Failure::Unreadable(reason) | Failure::NoImage(reason)) => {
                        let path = path.clone();
                        Err(DataError::BadImage { path, reason })
                    }
                }
            };
            let samples = chosen.iter().map(|(_, sample, _)| *sample);
            samples.map(decode).collect::<Result<Vec<_>, _>>()?
        }
        Source::Idx(idx) => {
            // In the order of the file, and back.
            let mut order: Vec<usize> = (0..chosen.len()).collect();
            order.sort_by_key(|&place| chosen[place].1);
            let samples: Vec<u32> = order.iter().map(|&place| chosen[place].1).collect();
            let mut pictures = vec![None; chosen.len()];
            for (place, picture) in order.into_iter().zip(idx.pictures(&samples)?) {
                pictures[place] = Some(both(picture));
            }
            pictures
        }
    };
    let pictures = chosen.into_iter().zip(pictures);
    let samples = pictures.filter_map(|((row, _, class), pictures)| {
        let (original, prepared) = pictures?;
        Some(Picked {
            class,
            row,
            original,
            prepared,
        })
    });
    Ok(Pick {
        samples: samples.collect(),
        total: plan.samples.len(),
        classes: source.into_classes(),
    })
}

/// Of rows with sample and class, at most so many that are spread over the classes.
fn spread(
    labelled: &[(u32, u32, ClassIndex)],
    classes: usize,
    most: usize,
) -> Vec<(u32, u32, ClassIndex)> {
    let mut by_class = vec![Vec::new(); classes];
    for sample in labelled {
        if let Some(of_class) = by_class.get_mut(sample.2.index()) {
            of_class.push(*sample);
        }
    }
    by_class.retain(|of_class| !of_class.is_empty());
    let count = by_class.len();
    if count > most {
        let places = (0..most).map(|place| place * count / most);
        by_class = places.map(|place| by_class[place].clone()).collect();
    }
    let longest = by_class.iter().map(Vec::len).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| by_class.iter().filter_map(move |of| of.get(round)));
    let mut chosen: Vec<_> = rounds.take(most).copied().collect();
    chosen.sort_by_key(|(row, _, class)| (*class, *row));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_spread_over_the_classes() {
        let labelled = |classes: &[u32]| -> Vec<_> {
            let rows = (0..).zip(classes);
            rows.map(|(row, class)| (row, 100 + row, ClassIndex(*class)))
                .collect()
        };
        let rows = |classes: &[u32], count, most| -> Vec<u32> {
            let chosen = spread(&labelled(classes), count, most);
            chosen.iter().map(|(row, ..)| *row).collect()
        };
        assert_eq!(rows(&[0, 0, 0, 1, 2, 2], 3, 4), [0, 1, 3, 4]);
        assert_eq!(rows(&[0, 1, 2, 3, 4, 5, 6, 7], 8, 2), [0, 4]);
        assert_eq!(rows(&[2, 2], 3, 6), [0, 1]);
        assert_eq!(rows(&[], 3, 6), [0; 0]);
    }
}
