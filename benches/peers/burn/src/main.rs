//! NLayers trained by burn, on one of its backends.

use anyhow::{Context, Result};
use burn::module::{Module, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{BatchNorm, BatchNormConfig, LeakyRelu, LeakyReluConfig, Linear};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData};
use clap::{Parser, ValueEnum};
use peer_workload::{
    ADAM_EPSILON, Arguments, BATCH_NORM_EPSILON, Block, SLOPE, Split, Workload, measure,
};

/// Trains NLayers with burn, and prints the measurement as one line of JSON
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    arguments: Arguments,
    #[arg(long)]
    backend: Backend,
}

#[derive(Clone, Copy, ValueEnum)]
enum Backend {
    Flex,
    Ndarray,
    Wgpu,
}

impl Backend {
    fn device(self) -> Device {
        match self {
            Self::Flex => Device::flex(),
            #[expect(deprecated, reason = "burn 0.22 still has it, so it is measured")]
            Self::Ndarray => Device::ndarray(),
            Self::Wgpu => Device::wgpu(Default::default()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Flex => "burn flex",
            Self::Ndarray => "burn ndarray",
            Self::Wgpu => "burn wgpu",
        }
    }
}

fn main() -> Result<()> {
    let Options { arguments, backend } = Options::parse();
    let Workload {
        name,
        features,
        learning_rate,
        train,
        dev,
        blocks,
        visits,
    } = Workload::read(&arguments.from)?;

    measure(backend.name(), &name, arguments.epochs, || {
        let plain = backend.device();
        let device = plain.clone().autodiff();
        let train = Samples::new(train, features, backend, &device);
        let (dev_x, dev_y) = tensors(dev, features, &plain);
        // An optimizer's step takes the network and returns it; giving it a clone instead would cost
        // burn its in-place updates.
        let mut held = Some(Network::new(blocks, &device));
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let mut optimizer = AdamConfig::new().with_epsilon(ADAM_EPSILON as f32).init();

        Ok(move |epoch| {
            let mut network = held.take().context("an earlier epoch failed")?;
            let order = visits.order(epoch);
            let on_device = Tensor::<1, Int>::from_data(
                TensorData::new(order.to_vec(), [order.len()]),
                &device,
            );
            let mut total = Tensor::<1>::zeros([1], &plain);
            for step in visits.steps() {
                let length = step.len();
                let (x, y) = match &train {
                    Samples::OnDevice(x, y) => {
                        let rows = on_device.clone().slice([step]);
                        (x.clone().select(0, rows.clone()), y.clone().select(0, rows))
                    }
                    Samples::OnHost(split) => {
                        tensors(split.rows(&order[step], features), features, &device)
                    }
                };
                let loss = cross_entropy.forward(network.forward(x), y);
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                network = optimizer.step(learning_rate, network, gradients);
                total = total + loss.inner() * length as f64;
            }
            let dev = cross_entropy.forward(network.valid().forward(dev_x.clone()), dev_y.clone());
            let (total, dev): (f32, f32) = (total.try_into_scalar()?, dev.try_into_scalar()?);
            held = Some(network);
            Ok((f64::from(total) / visits.samples as f64, f64::from(dev)))
        })
    })?
    .print()
}

/// Training samples, on the device where they fit in one buffer there.
enum Samples {
    OnDevice(Tensor<2>, Tensor<1, Int>),
    /// Each minibatch is gathered by the host, as burn's own data loader does it.
    OnHost(Split),
}

impl Samples {
    /// What WebGPU allows in one binding by default, and Mesa's software adapter at most.
    const LARGEST_BINDING: usize = 128 << 20;

    fn new(split: Split, features: usize, backend: Backend, device: &Device) -> Self {
        let bytes = 4 * split.x.len();
        if matches!(backend, Backend::Wgpu) && bytes > Self::LARGEST_BINDING {
            return Self::OnHost(split);
        }
        let (x, y) = tensors(split, features, device);
        Self::OnDevice(x, y)
    }
}

/// `[samples, features]` and `[samples]`.
fn tensors(split: Split, features: usize, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let samples = split.y.len();
    let x = Tensor::from_data(TensorData::new(split.x, [samples, features]), device);
    (
        x,
        Tensor::from_data(TensorData::new(split.y, [samples]), device),
    )
}

/// Dense and BatchNorm per block, with leaky ReLU between the blocks.
#[derive(Module, Debug)]
struct Network {
    dense: Vec<Linear>,
    norm: Vec<BatchNorm>,
    activation: LeakyRelu,
}

impl Network {
    fn new(blocks: Vec<Block>, device: &Device) -> Self {
        let activation = LeakyReluConfig::new().with_negative_slope(SLOPE).init();
        let mut network = Self {
            dense: Vec::new(),
            norm: Vec::new(),
            activation,
        };
        for Block {
            inputs,
            units,
            weight,
            gamma,
            beta,
        } in blocks
        {
            // burn's Linear holds its weight as [inputs, units].
            let weight = Tensor::<2>::from_data(
                TensorData::new(transposed(&weight, inputs), [inputs, units]),
                device,
            );
            network.dense.push(Linear {
                weight: Param::from_tensor(weight),
                bias: None,
            });
            let mut norm = BatchNormConfig::new(units)
                .with_epsilon(BATCH_NORM_EPSILON)
                .init(device);
            norm.gamma = Param::from_data(TensorData::new(gamma, [units]), device);
            norm.beta = Param::from_data(TensorData::new(beta, [units]), device);
            network.norm.push(norm);
        }
        network
    }

    /// Logits `[samples, classes]` of `x`, `[samples, features]`.
    fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        for (index, (dense, norm)) in self.dense.iter().zip(&self.norm).enumerate() {
            if index > 0 {
                x = self.activation.forward(x);
            }
            x = norm.forward(dense.forward(x));
        }
        x
    }
}

/// The transposed matrix of one with the given number of columns.
fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| matrix.iter().skip(column).step_by(columns))
        .copied()
        .collect()
}
