//! Some samples of a data set, as they are, as the model gets them, and as training varies them.

use super::models::shown;
use super::{Answer, Picture, Sample};
use crate::config::DataConfig;
use crate::data::{self, preprocess};
use crate::train::augmented;

/// Samples that are shown.
const SAMPLES: usize = 6;
/// Epochs of which each sample is shown.
const EPOCHS: u32 = 3;

/// Some samples before and after the stages. Where training varies them, as its first epochs do.
///
/// # Errors
/// The data set does not exist, is damaged, or the configuration does not fit it.
pub fn preview(config: Box<DataConfig>) -> anyhow::Result<Answer> {
    let pick = data::pick(&config, SAMPLES)?;
    let mut varied = vec![Vec::new(); pick.samples.len()];
    let augmentation = &config.augmentation;
    if augmentation.rotation_degrees > 0.0 || augmentation.noise > 0.0 {
        let first = pick.samples.first();
        let size = first.map_or([0; 3], |sample| size(&sample.prepared));
        let samples = pick.samples.iter();
        let values: Vec<_> = samples
            .flat_map(|sample| sample.prepared.values())
            .collect();
        let values: Vec<f32> = values.into_iter().copied().collect();
        let rows: Vec<u32> = pick.samples.iter().map(|sample| sample.row).collect();
        let features: usize = size.iter().product();
        for epoch in 0..EPOCHS {
            let values = augmented(&config, size, &values, &rows, epoch);
            for (varied, sample) in varied.iter_mut().zip(values.chunks(features.max(1))) {
                varied.push(shown(size, sample));
            }
        }
    }
    let samples = pick.samples.into_iter().zip(varied);
    let samples = samples.map(|(sample, augmented)| Sample {
        class: pick.classes[sample.class.index()].clone(),
        original: picture(&sample.original),
        prepared: picture(&sample.prepared),
        augmented,
    });
    Ok(Answer::Previewed {
        samples: samples.collect(),
        classes: pick.classes,
        config,
    })
}

fn size(picture: &preprocess::Picture) -> [usize; 3] {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    [width, height, picture.channels()]
}

fn picture(picture: &preprocess::Picture) -> Picture {
    shown(size(picture), picture.values())
}
