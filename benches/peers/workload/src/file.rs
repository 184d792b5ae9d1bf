//! Reads an exported workload.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use safetensors::tensor::{Dtype, Metadata};

/// Samples and their classes.
pub struct Split {
    /// `[samples, features]`, row-major.
    pub x: Vec<f32>,
    /// The class of each sample.
    pub y: Vec<i64>,
}

impl Split {
    /// These samples alone.
    pub fn rows(&self, rows: &[i64], features: usize) -> Self {
        let rows = rows.iter().map(|row| *row as usize);
        let x = rows.clone().flat_map(|row| &self.x[row * features..(row + 1) * features]);
        Self {
            x: x.copied().collect(),
            y: rows.map(|row| self.y[row]).collect(),
        }
    }
}

/// The parameters of Dense and BatchNorm that open each block of NLayers.
pub struct Block {
    pub inputs: usize,
    pub units: usize,
    /// `[units, inputs]`, row-major.
    pub weight: Vec<f32>,
    /// `[units]`.
    pub gamma: Vec<f32>,
    /// `[units]`.
    pub beta: Vec<f32>,
}

/// One exported workload, in host memory.
pub struct Workload {
    pub name: String,
    pub features: usize,
    pub learning_rate: f64,
    pub train: Split,
    pub dev: Split,
    pub blocks: Vec<Block>,
    pub visits: Visits,
}

impl Workload {
    /// Reads the file tensor by tensor, so that nothing is in memory twice.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        Reader::new(file)
            .and_then(Reader::workload)
            .with_context(|| format!("cannot read {}", path.display()))
    }
}

/// Which training samples each step of each epoch visits.
pub struct Visits {
    pub samples: usize,
    /// Samples a step; the last step of an epoch may have fewer.
    pub minibatch: usize,
    /// `[epochs, samples]`.
    orders: Vec<i64>,
}

impl Visits {
    /// The rows of the training samples in the order in which an epoch, counted from 0, visits them. Epochs
    /// beyond the file's repeat its last order.
    pub fn order(&self, epoch: usize) -> &[i64] {
        let last = self.orders.len() / self.samples - 1;
        let start = epoch.min(last) * self.samples;
        &self.orders[start..start + self.samples]
    }

    /// The steps of an epoch, as ranges into its order.
    pub fn steps(&self) -> impl Iterator<Item = Range<usize>> {
        (0..self.samples)
            .step_by(self.minibatch)
            .map(|start| start..self.samples.min(start + self.minibatch))
    }
}

/// An open file and its header.
struct Reader {
    file: File,
    metadata: Metadata,
    /// Where the tensors' bytes begin.
    data: u64,
}

impl Reader {
    fn new(mut file: File) -> Result<Self> {
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let mut header = Vec::new();
        (&mut file).take(length).read_to_end(&mut header)?;
        let metadata = serde_json::from_slice(&header)
            .context("its header is not that of a safetensors file")?;
        Ok(Self {
            file,
            metadata,
            data: 8 + length,
        })
    }

    fn workload(mut self) -> Result<Workload> {
        let [samples, features] = self.shape("train_x")?;
        let orders = self.read::<i64>("order", Dtype::I64)?;
        ensure!(
            samples > 0 && !orders.is_empty(),
            "it has no training samples or no order of them"
        );
        Ok(Workload {
            name: self.text("workload")?,
            features,
            learning_rate: self.text("learning_rate")?,
            blocks: self.blocks()?,
            train: self.split("train")?,
            dev: self.split("dev")?,
            visits: Visits {
                samples,
                minibatch: self.text("minibatch")?,
                orders,
            },
        })
    }

    /// Blocks have four layers each, of which Dense is the first and BatchNorm the third.
    fn blocks(&mut self) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        for first in (0..).step_by(4) {
            let dense = format!("parameter/L{first}_Dense_W");
            if self.metadata.info(&dense).is_none() {
                break;
            }
            let norm = format!("parameter/L{}_BatchNormalization", first + 2);
            let [units, inputs] = self.shape(&dense)?;
            blocks.push(Block {
                inputs,
                units,
                weight: self.read(&dense, Dtype::F32)?,
                gamma: self.read(&format!("{norm}_Gamma"), Dtype::F32)?,
                beta: self.read(&format!("{norm}_Beta"), Dtype::F32)?,
            });
        }
        ensure!(!blocks.is_empty(), "it has no parameter/L0_Dense_W");
        Ok(blocks)
    }

    fn split(&mut self, name: &str) -> Result<Split> {
        Ok(Split {
            x: self.read(&format!("{name}_x"), Dtype::F32)?,
            y: self.read(&format!("{name}_y"), Dtype::I64)?,
        })
    }

    fn shape(&self, name: &str) -> Result<[usize; 2]> {
        let info = self
            .metadata
            .info(name)
            .with_context(|| format!("it has no tensor {name}"))?;
        let shape = info.shape.as_slice();
        shape
            .try_into()
            .with_context(|| format!("{name} has the shape {shape:?}, expected two dimensions"))
    }

    fn read<T: bytemuck::Pod>(&mut self, name: &str, dtype: Dtype) -> Result<Vec<T>> {
        let info = self
            .metadata
            .info(name)
            .with_context(|| format!("it has no tensor {name}"))?;
        ensure!(
            info.dtype == dtype,
            "{name} is {:?}, expected {dtype:?}",
            info.dtype
        );
        let (start, end) = info.data_offsets;
        let mut values = vec![T::zeroed(); (end - start) / size_of::<T>()];
        self.file.seek(SeekFrom::Start(self.data + start as u64))?;
        self.file
            .read_exact(bytemuck::cast_slice_mut(&mut values))
            .with_context(|| format!("{name} is cut short"))?;
        Ok(values)
    }

    fn text<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &self,
        key: &str,
    ) -> Result<T> {
        let all = self.metadata.metadata().as_ref();
        let text = all
            .and_then(|all| all.get(key))
            .with_context(|| format!("its metadata has no {key}"))?;
        text.parse().with_context(|| format!("its {key} is {text}"))
    }
}
