//! NLayers trained by candle on the CPU.

use anyhow::Result;
use candle_core::{DType, Device, Tensor, Var};
use candle_nn::loss::cross_entropy;
use candle_nn::ops::leaky_relu;
use candle_nn::{AdamW, BatchNorm, Linear, Module, ModuleT, Optimizer, ParamsAdamW};
use clap::Parser;
use peer_workload::{
    ADAM_EPSILON, Arguments, BATCH_NORM_EPSILON, Block, SLOPE, Split, Workload, measure,
};

/// Trains NLayers with candle on the CPU, and prints the measurement as one line of JSON
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    arguments: Arguments,
}

fn main() -> Result<()> {
    let Options { arguments } = Options::parse();
    let Workload {
        name,
        features,
        learning_rate,
        train,
        dev,
        blocks,
        visits,
    } = Workload::read(&arguments.from)?;

    measure("candle", &name, arguments.epochs, || {
        let (train_x, train_y) = tensors(train, features)?;
        let (dev_x, dev_y) = tensors(dev, features)?;
        let network = Network::new(blocks)?;
        // Without weight decay, AdamW is Adam.
        let adam = ParamsAdamW {
            lr: learning_rate,
            eps: ADAM_EPSILON,
            weight_decay: 0.0,
            ..Default::default()
        };
        let mut optimizer = AdamW::new(network.parameters.clone(), adam)?;

        Ok(move |epoch| {
            let order = Tensor::from_slice(visits.order(epoch), visits.samples, &Device::Cpu)?;
            let mut total = Tensor::zeros((), DType::F32, &Device::Cpu)?;
            for step in visits.steps() {
                let rows = order.narrow(0, step.start, step.len())?;
                let (x, y) = (
                    train_x.index_select(&rows, 0)?,
                    train_y.index_select(&rows, 0)?,
                );
                let loss = cross_entropy(&network.forward_t(&x, true)?, &y)?;
                optimizer.backward_step(&loss)?;
                total = (total + (loss.detach() * step.len() as f64)?)?;
            }
            let dev = cross_entropy(&network.forward_t(&dev_x, false)?, &dev_y)?;
            Ok((
                f64::from(total.to_scalar::<f32>()?) / visits.samples as f64,
                f64::from(dev.to_scalar::<f32>()?),
            ))
        })
    })?
    .print()
}

/// `[samples, features]` and `[samples]`.
fn tensors(split: Split, features: usize) -> Result<(Tensor, Tensor)> {
    let samples = split.y.len();
    let x = Tensor::from_vec(split.x, (samples, features), &Device::Cpu)?;
    Ok((x, Tensor::from_vec(split.y, samples, &Device::Cpu)?))
}

/// Dense and BatchNorm per block, with leaky ReLU between the blocks.
struct Network {
    blocks: Vec<(Linear, BatchNorm)>,
    parameters: Vec<Var>,
}

impl Network {
    fn new(blocks: Vec<Block>) -> Result<Self> {
        let mut network = Self {
            blocks: Vec::new(),
            parameters: Vec::new(),
        };
        for block in blocks {
            let units = block.units;
            let weight = network.parameter(block.weight, &[units, block.inputs])?;
            let gamma = network.parameter(block.gamma, &[units])?;
            let beta = network.parameter(block.beta, &[units])?;
            let mean = Tensor::zeros(units, DType::F32, &Device::Cpu)?;
            let variance = Tensor::ones(units, DType::F32, &Device::Cpu)?;
            let norm = BatchNorm::new(units, mean, variance, gamma, beta, BATCH_NORM_EPSILON)?;
            network.blocks.push((Linear::new(weight, None), norm));
        }
        Ok(network)
    }

    /// Keeps a parameter for the optimizer, and returns it for a layer.
    fn parameter(&mut self, values: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
        let parameter = Var::from_vec(values, shape, &Device::Cpu)?;
        let tensor = parameter.as_tensor().clone();
        self.parameters.push(parameter);
        Ok(tensor)
    }
}

impl ModuleT for Network {
    fn forward_t(&self, x: &Tensor, train: bool) -> candle_core::Result<Tensor> {
        let mut x = x.clone();
        for (index, (dense, norm)) in self.blocks.iter().enumerate() {
            if index > 0 {
                x = leaky_relu(&x, SLOPE)?;
            }
            x = norm.forward_t(&dense.forward(&x)?, train)?;
        }
        Ok(x)
    }
}
