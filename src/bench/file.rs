//! A workload as a file that other trainers can read, to train exactly what we train.
//!
//! safetensors, of `n` training samples:
//!
//! | tensor | type and shape | |
//! |---|---|---|
//! | `train_x`, `dev_x` | f32 `[samples, features]` | |
//! | `train_y`, `dev_y` | i64 `[samples]` | classes, from 0 |
//! | `parameter/<name>` | f32 | initial values, such as `parameter/L0_Dense_W` `[units, inputs]` |
//! | `order` | i64 `[epochs, n]` | training samples in the order in which each epoch visits them |
//! | `train_cost`, `dev_cost` | f64 `[epochs]` | of the CPU backend in f32: mean loss of the epoch's steps over all samples; dev after the epoch |
//!
//! Metadata: `workload`, `layers`, `minibatch`, `epochs`, `learning_rate`, `classes`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use safetensors::tensor::{Dtype, Metadata, TensorView};

use super::synthetic;
use super::workload::experiment;
use crate::config::ExperimentConfig;
use crate::data::{ClassIndex, Dataset, Partitions};

/// Values of parameters, by name.
pub type Parameters = Vec<(String, Vec<f32>)>;

/// What a file of a workload holds, but for the costs.
#[derive(Debug)]
pub struct Exported {
    pub name: String,
    pub config: ExperimentConfig,
    pub epochs: u32,
    pub dataset: Arc<Dataset>,
    /// Their initial values.
    pub parameters: Parameters,
    /// Rows of the training samples, an order per epoch.
    pub orders: Vec<Vec<u32>>,
}

/// The costs of each epoch of a training.
#[derive(Debug)]
pub struct Costs<'a> {
    pub training: &'a [f64],
    pub dev: &'a [f64],
}

impl Exported {
    /// Writes the file.
    ///
    /// `shapes`: of each parameter.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path, shapes: &[[usize; 2]], costs: &Costs) -> anyhow::Result<()> {
        let set = &self.dataset;
        let [training, dev] = [&set.partitions.training, &set.partitions.dev];
        let labels = |range: &std::ops::Range<usize>| -> Vec<i64> {
            let labels = &set.labels[range.clone()];
            labels.iter().map(|label| i64::from(label.0)).collect()
        };
        let (train_y, dev_y) = (labels(training), labels(dev));
        let order: Vec<i64> = self
            .orders
            .iter()
            .flatten()
            .map(|row| i64::from(*row))
            .collect();
        let samples =
            |range: &std::ops::Range<usize>| bytemuck::cast_slice(set.rows(range.clone()));
        let (n, features, epochs) = (training.len(), set.features(), self.orders.len());
        let mut tensors = vec![
            (
                "train_x".to_owned(),
                Dtype::F32,
                vec![n, features],
                samples(training),
            ),
            (
                "dev_x".to_owned(),
                Dtype::F32,
                vec![dev.len(), features],
                samples(dev),
            ),
            (
                "train_y".to_owned(),
                Dtype::I64,
                vec![n],
                bytemuck::cast_slice(&train_y),
            ),
            (
                "dev_y".to_owned(),
                Dtype::I64,
                vec![dev.len()],
                bytemuck::cast_slice(&dev_y),
            ),
            (
                "order".to_owned(),
                Dtype::I64,
                vec![epochs, n],
                bytemuck::cast_slice(&order),
            ),
            (
                "train_cost".to_owned(),
                Dtype::F64,
                vec![epochs],
                bytemuck::cast_slice(costs.training),
            ),
            (
                "dev_cost".to_owned(),
                Dtype::F64,
                vec![epochs],
                bytemuck::cast_slice(costs.dev),
            ),
        ];
        for ((name, values), shape) in self.parameters.iter().zip(shapes) {
            let name = format!("parameter/{name}");
            tensors.push((
                name,
                Dtype::F32,
                shape.to_vec(),
                bytemuck::cast_slice(values),
            ));
        }
        let views = tensors
            .into_iter()
            .map(|(name, dtype, shape, bytes)| Ok((name, TensorView::new(dtype, shape, bytes)?)));
        let views: Vec<(String, TensorView)> = views.collect::<anyhow::Result<_>>()?;
        safetensors::serialize_to_file(views, Some(self.metadata()), path)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn metadata(&self) -> HashMap<String, String> {
        let layers = &self.config.model.layers;
        let layers: Vec<String> = layers.iter().map(ToString::to_string).collect();
        let entries = [
            ("workload", self.name.clone()),
            ("layers", layers.join(",")),
            (
                "minibatch",
                self.config.training.max_minibatch_size.to_string(),
            ),
            ("epochs", self.epochs.to_string()),
            (
                "learning_rate",
                self.config.optimizer.learning_rate.to_string(),
            ),
            ("classes", self.dataset.classes.len().to_string()),
        ];
        entries.map(|(key, value)| (key.to_owned(), value)).into()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or does not hold what it should.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Reader::open(path)
            .and_then(Reader::exported)
            .with_context(|| {
                format!(
                    "--from={}: not a workload that `bench --export` wrote",
                    path.display()
                )
            })
    }
}

/// Features of a sample, hidden units of each layer and samples of a minibatch, from a file's header.
///
/// # Errors
/// As [`Exported::read`].
pub fn sizes(path: &Path) -> anyhow::Result<(usize, Vec<usize>, usize)> {
    let reader = Reader::open(path)?;
    let [_, features] = reader.matrix("train_x")?;
    Ok((features, reader.layers()?, reader.number("minibatch")?))
}

/// Reads tensors one by one: the data set lies in memory once.
struct Reader {
    file: BufReader<File>,
    header: Metadata,
    texts: HashMap<String, String>,
    /// Where the tensors begin.
    begin: u64,
}

impl Reader {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).context("cannot open it")?;
        let bytes = file.metadata()?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let mut length = [0; 8];
        file.read_exact(&mut length).context("it is too short")?;
        let length = u64::from_le_bytes(length);
        ensure!(length < bytes, "it is no safetensors file");
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header)?;
        let header: Metadata =
            serde_json::from_slice(&header).context("it is no safetensors file")?;
        let begin = 8 + length;
        let expected = begin + header.data_len() as u64;
        ensure!(
            bytes == expected,
            "it has {bytes} bytes instead of {expected}"
        );
        let texts = header.metadata().clone().unwrap_or_default();
        Ok(Self {
            file,
            header,
            texts,
            begin,
        })
    }

    /// Hidden units of each layer.
    fn layers(&self) -> anyhow::Result<Vec<usize>> {
        let units = self.text("layers")?;
        let layers = units.split(',').filter(|units| !units.is_empty());
        let layers = layers.map(|units| {
            let error = || format!("layers is `{units}`");
            units.parse().with_context(error)
        });
        layers.collect()
    }

    fn exported(mut self) -> anyhow::Result<Exported> {
        let layers = self.layers()?;
        let (minibatch, classes) = (self.number("minibatch")?, self.number::<u32>("classes")?);
        let config = experiment(&layers, minibatch, self.number("learning_rate")?);
        config.validate()?;

        let ([training, features], [dev, dev_features]) =
            (self.matrix("train_x")?, self.matrix("dev_x")?);
        ensure!(
            training > 0 && features > 0 && features == dev_features,
            "train_x has {training} samples of {features} features, and dev_x features of {dev_features}"
        );
        let mut samples = Vec::new();
        samples.try_reserve_exact((training + dev) * features)?;
        self.numbers("train_x", Dtype::F32, f32::from_le_bytes, &mut samples)?;
        self.numbers("dev_x", Dtype::F32, f32::from_le_bytes, &mut samples)?;
        let mut labels = self.indices("train_y", classes)?;
        labels.extend(self.indices("dev_y", classes)?);
        ensure!(
            labels.len() == training + dev,
            "train_y and dev_y have {} labels for {} samples",
            labels.len(),
            training + dev
        );
        let order = self.indices("order", training as u32)?;
        ensure!(
            !order.is_empty() && order.len().is_multiple_of(training),
            "order is not a matrix [epochs, {training}]"
        );

        let names = self.header.offset_keys();
        let names = names
            .iter()
            .filter_map(|name| name.strip_prefix("parameter/"));
        let mut parameters = Vec::new();
        for name in names.map(str::to_owned).collect::<Vec<_>>() {
            let mut values = Vec::new();
            let tensor = format!("parameter/{name}");
            self.numbers(&tensor, Dtype::F32, f32::from_le_bytes, &mut values)?;
            parameters.push((name, values));
        }
        let labels = labels.into_iter().map(ClassIndex).collect();
        let partitions = Partitions::from_sizes([training, dev, 0]);
        let picture = [features as u32, 1, 1];
        Ok(Exported {
            name: self.text("workload")?,
            epochs: self.number("epochs")?,
            dataset: Arc::new(synthetic::of_numbers(
                samples,
                labels,
                partitions,
                picture,
                classes as usize,
            )),
            orders: order.chunks_exact(training).map(<[u32]>::to_vec).collect(),
            config,
            parameters,
        })
    }

    fn text(&self, key: &str) -> anyhow::Result<String> {
        let text = self.texts.get(key).cloned();
        text.with_context(|| format!("its metadata has no `{key}`"))
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> anyhow::Result<T> {
        let text = self.text(key)?;
        let number = text.parse().ok();
        number.with_context(|| format!("its metadata says {key}={text}, which is no such number"))
    }

    /// Rows and columns of a tensor.
    fn matrix(&self, name: &str) -> anyhow::Result<[usize; 2]> {
        let info = self
            .header
            .info(name)
            .with_context(|| format!("it has no {name}"))?;
        let shape = info.shape.as_slice().try_into().ok();
        shape.with_context(|| format!("{name} is no matrix but has the shape {:?}", info.shape))
    }

    /// A tensor of whole numbers below `end`.
    fn indices(&mut self, name: &str, end: u32) -> anyhow::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        self.numbers(name, Dtype::I64, i64::from_le_bytes, &mut numbers)?;
        let index = |number: &i64| u32::try_from(*number).ok().filter(|index| *index < end);
        let indices = numbers.iter().map(|number| {
            index(number)
                .with_context(|| format!("{name} holds {number}, which is not 0 to {}", end - 1))
        });
        indices.collect()
    }

    /// Appends a tensor's numbers.
    fn numbers<T, const BYTES: usize>(
        &mut self,
        name: &str,
        dtype: Dtype,
        number: fn([u8; BYTES]) -> T,
        to: &mut Vec<T>,
    ) -> anyhow::Result<()> {
        let info = self
            .header
            .info(name)
            .with_context(|| format!("it has no {name}"))?;
        ensure!(
            info.dtype == dtype,
            "{name} is {:?} instead of {dtype:?}",
            info.dtype
        );
        let (begin, end) = info.data_offsets;
        self.file.seek(SeekFrom::Start(self.begin + begin as u64))?;
        let mut rest = end - begin;
        let mut bytes = [0; 1 << 14];
        to.reserve(rest / BYTES);
        while rest > 0 {
            let piece = &mut bytes[..rest.min(1 << 14)];
            self.file.read_exact(piece)?;
            let (words, _) = piece.as_chunks::<BYTES>();
            to.extend(words.iter().map(|word| number(*word)));
            rest -= piece.len();
        }
        Ok(())
    }
}
