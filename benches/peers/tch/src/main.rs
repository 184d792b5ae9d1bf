//! NLayers trained by tch, that is by libtorch without Python.

use anyhow::{Result, ensure};
use clap::Parser;
use peer_workload::{ADAM_EPSILON, Arguments, BATCH_NORM_EPSILON, Block, Split, Workload, measure};
use tch::nn::{self, ModuleT, OptimizerConfig};
use tch::{Device, Kind, Tensor, no_grad};

/// Trains NLayers with tch on the CPU, and prints the measurement as one line of JSON
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    arguments: Arguments,
    /// Visit the samples as they lie in memory, without a gather. Only for full-batch workloads, where the
    /// order changes nothing but rounding
    #[arg(long)]
    in_order: bool,
}

fn main() -> Result<()> {
    let Options {
        arguments,
        in_order,
    } = Options::parse();
    let Workload {
        name,
        features,
        learning_rate,
        train,
        dev,
        blocks,
        visits,
    } = Workload::read(&arguments.from)?;
    ensure!(
        visits.minibatch >= visits.samples || !in_order,
        "--in-order: {name} is not full-batch"
    );
    tch::set_num_threads(std::thread::available_parallelism()?.get().try_into()?);

    let trainer = if in_order { "tch, in order" } else { "tch" };
    measure(trainer, &name, arguments.epochs, || {
        let (train_x, train_y) = tensors(train, features);
        let (dev_x, dev_y) = tensors(dev, features);
        let store = nn::VarStore::new(Device::Cpu);
        let network = network(&store, blocks);
        let adam = nn::Adam {
            eps: ADAM_EPSILON,
            ..nn::Adam::default()
        };
        let mut optimizer = adam.build(&store, learning_rate)?;

        Ok(move |epoch| {
            let order = Tensor::from_slice(visits.order(epoch));
            let mut total = Tensor::zeros([], (Kind::Float, Device::Cpu));
            for step in visits.steps() {
                let length = step.len() as i64;
                let (x, y) = if in_order {
                    (train_x.shallow_clone(), train_y.shallow_clone())
                } else {
                    let rows = order.narrow(0, step.start as i64, length);
                    (
                        train_x.index_select(0, &rows),
                        train_y.index_select(0, &rows),
                    )
                };
                let loss = network.forward_t(&x, true).cross_entropy_for_logits(&y);
                optimizer.backward_step(&loss);
                total += loss.detach() * length;
            }
            let dev = no_grad(|| {
                network
                    .forward_t(&dev_x, false)
                    .cross_entropy_for_logits(&dev_y)
            });
            Ok((
                total.double_value(&[]) / visits.samples as f64,
                dev.double_value(&[]),
            ))
        })
    })?
    .print()
}

/// `[samples, features]` and `[samples]`.
fn tensors(split: Split, features: usize) -> (Tensor, Tensor) {
    (
        Tensor::from_slice(&split.x).view([-1, features as i64]),
        Tensor::from_slice(&split.y),
    )
}

/// The model with the initial parameters of the blocks. The slope of tch's leaky ReLU is 0.01.
fn network(store: &nn::VarStore, blocks: Vec<Block>) -> nn::SequentialT {
    let mut network = nn::seq_t();
    for (index, block) in blocks.into_iter().enumerate() {
        if index > 0 {
            network = network.add_fn(Tensor::leaky_relu);
        }
        let (inputs, units) = (block.inputs as i64, block.units as i64);
        let path = store.root() / index;
        let without_bias = nn::LinearConfig {
            bias: false,
            ..nn::LinearConfig::default()
        };
        let mut dense = nn::linear(&path / "dense", inputs, units, without_bias);
        let eps = nn::BatchNormConfig {
            eps: BATCH_NORM_EPSILON,
            ..nn::BatchNormConfig::default()
        };
        let mut norm = nn::batch_norm1d(&path / "norm", units, eps);
        no_grad(|| {
            dense
                .ws
                .copy_(&Tensor::from_slice(&block.weight).view([units, inputs]));
            for (parameter, values) in [(&mut norm.ws, &block.gamma), (&mut norm.bs, &block.beta)] {
                if let Some(parameter) = parameter {
                    parameter.copy_(&Tensor::from_slice(values));
                }
            }
        });
        network = network.add(dense).add(norm);
    }
    network
}
