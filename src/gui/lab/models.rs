//! What a trained model sees, in a data set and in single pictures.

use std::sync::Arc;

use anyhow::bail;

use super::{Answer, Picture, Trial};
use crate::data::{Dataset, bytes, images, preprocess};
use crate::gui::state::RunKey;
use crate::infer::{Predictor, stages};
use crate::runs::Checkpoint;
use crate::session::Device;

/// The model that was used last stays loaded: one that is drawn for is used again and again.
#[derive(Default)]
pub struct Models {
    loaded: Option<(Arc<Checkpoint>, Predictor)>,
}

impl Models {
    fn predictor(&mut self, model: &Arc<Checkpoint>) -> anyhow::Result<&mut Predictor> {
        let is_loaded = |(other, _): &(Arc<Checkpoint>, _)| Arc::ptr_eq(other, model);
        let loaded = match self.loaded.take().filter(is_loaded) {
            Some(loaded) => loaded,
            None => (Arc::clone(model), Predictor::new(model, &Device::Cpu)?),
        };
        Ok(&mut self.loaded.insert(loaded).1)
    }

    /// The class that each sample of dev is taken for.
    ///
    /// # Errors
    /// The model is damaged, or was trained on samples of another size.
    pub fn predict(
        &mut self,
        run: RunKey,
        model: &Arc<Checkpoint>,
        dataset: &Dataset,
    ) -> anyhow::Result<Answer> {
        let predictor = self.predictor(model)?;
        let features = predictor.features();
        if features != dataset.features() {
            bail!(
                "the model takes samples of {features} numbers, and those of the data set have {}",
                dataset.features()
            );
        }
        if model.classes != dataset.classes {
            bail!(
                "the data set has changed: the model was trained on {} classes, and it has {}, or others",
                model.classes.len(),
                dataset.classes.len()
            );
        }
        let mut classes = Vec::new();
        let dev = dataset.rows(dataset.partitions.dev.clone());
        for samples in dev.chunks(predictor.at_once() * features) {
            let shares = predictor.probabilities(samples)?;
            classes.extend(shares.chunks(model.classes.len()).map(largest));
        }
        Ok(Answer::Predicted { run, classes })
    }

    /// The share of each class in a picture.
    ///
    /// # Errors
    /// The model is damaged, or the file is no image.
    pub fn try_out(
        &mut self,
        run: RunKey,
        model: &Arc<Checkpoint>,
        trial: Trial,
    ) -> anyhow::Result<Answer> {
        let stages = stages(model)?;
        let predictor = self.predictor(model)?;
        let sample = match trial {
            Trial::File(path) => {
                let listed = images::list(std::slice::from_ref(&path))?;
                let [image] = &listed[..] else {
                    bail!("{}: expected an image, found a folder", path.display());
                };
                let mut sample = vec![0.0; predictor.features()];
                images::read_into(std::slice::from_ref(image), &stages, &mut sample)?;
                sample
            }
            Trial::Drawn(picture) => preprocess::preprocess(decoded(picture)?, &stages)
                .values()
                .to_vec(),
        };
        let shares = predictor.probabilities(&sample)?;
        let seen = shown(model.picture.map(|side| side as usize), &sample);
        Ok(Answer::Tried { run, shares, seen })
    }
}

/// A drawn picture as a decoded file is.
fn decoded(picture: Picture) -> anyhow::Result<preprocess::Picture> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    let values = picture.pixels.into_iter().map(bytes::unit).collect();
    match preprocess::Picture::new(width, height, 3, values) {
        Some(picture) => Ok(picture),
        None => bail!("what was drawn does not fill {width} x {height} pixels"),
    }
}

/// A sample of this width, height and number of channels, values in `[0, 1]`, as a picture.
pub fn shown([width, height, channels]: [usize; 3], values: &[f32]) -> Picture {
    let mut picture = Picture::filled(width, height, [0; 3]);
    let pixels = picture.pixels.as_chunks_mut::<3>().0.iter_mut();
    for (pixel, values) in pixels.zip(values.chunks_exact(channels.max(1))) {
        *pixel = match *values {
            [red, green, blue, ..] => [red, green, blue].map(bytes::nearest),
            [gray, ..] => [bytes::nearest(gray); 3],
            [] => [0; 3],
        };
    }
    picture
}

/// The first class of the largest share.
fn largest(shares: &[f32]) -> u32 {
    let mut largest = (0, f32::NEG_INFINITY);
    for (class, share) in (0..).zip(shares) {
        if *share > largest.1 {
            largest = (class, *share);
        }
    }
    largest.0
}
