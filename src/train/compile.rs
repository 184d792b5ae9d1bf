//! From an experiment's configuration to its program.

use std::sync::Arc;

use crate::config::{BatchNormEval, ExperimentConfig, OptimizerKind};
use crate::data::{Dataset, bytes};
use crate::model::{Model, Parameter};
use crate::ops::adam;
use crate::ops::advance::Advance;
use crate::ops::confusion::Confusion;
use crate::ops::cross_entropy::{CrossEntropy, CrossEntropyGradient};
use crate::ops::gather::Gather;
use crate::ops::metrics::{self, Metrics, Watched};
use crate::ops::watch::Watch;
use crate::ops::weight_decay::{WeightDecayCost, WeightDecayGradient};
use crate::program::{Element, List, Program, Role, Rows, TensorId, Tensors};

use super::augment::augment;
use super::optimizer;

/// Fewest samples that an evaluation takes at once, where memory for the minibatch does not demand
/// fewer.
const EVALUATE_AT_ONCE: usize = 1024;

/// What the program's sizes follow from, besides the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Width, height, channels of a sample.
    pub picture: [usize; 3],
    pub classes: usize,
    /// Samples of training, dev and test.
    pub partitions: [usize; 3],
    /// Whether the device may hold samples as bytes: every value is a byte's share of the full scale.
    pub bytes: bool,
}

impl Sizes {
    /// For the CPU, which takes samples from where they lie.
    pub fn of(dataset: &Dataset) -> Self {
        let partitions = &dataset.partitions;
        Self {
            picture: [dataset.width, dataset.height, dataset.channels].map(|side| side as usize),
            classes: dataset.classes.len(),
            partitions: [
                partitions.training.len(),
                partitions.dev.len(),
                partitions.test.len(),
            ],
            bytes: false,
        }
    }

    /// For a GPU, which gets a copy: of images that no stage has changed, in a quarter of the memory.
    pub fn on_gpu(dataset: &Dataset) -> Self {
        Self {
            bytes: bytes::are_units(&dataset.samples),
            ..Self::of(dataset)
        }
    }

    /// Samples of all partitions.
    pub fn total(&self) -> usize {
        self.partitions.iter().sum()
    }

    pub fn features(&self) -> usize {
        self.picture.iter().product()
    }
}

/// A program, and which of its tensors are what.
#[derive(Debug)]
pub struct Compiled {
    pub program: Arc<Program>,
    /// Name and description of each layer, and how many of the parameters are its own.
    pub layers: Vec<(String, String, usize)>,
    pub parameters: Vec<Parameter>,
    /// Running statistics, and the value that each starts from.
    pub running: Vec<(TensorId, f64)>,
    pub tensors: Interface,
    /// Most samples of a training minibatch.
    pub minibatch: usize,
    /// Most samples taken at once by an evaluation.
    pub evaluated_at_once: usize,
}

/// The tensors through which the trainer and a program talk.
#[derive(Debug, Clone, Copy)]
pub struct Interface {
    /// `[entries + dev + test, 1]`: the epoch's visiting order, then the indices of the samples of dev
    /// and test.
    pub order: TensorId,
    /// `[samples, 1]`, of the whole data set.
    pub labels: TensorId,
    /// `[batch, features]`: the minibatch as the model sees it.
    pub x: TensorId,
    /// `[batch, 1]`.
    pub label: TensorId,
    /// `[batch, classes]`.
    pub probability: TensorId,
    /// `[batch, 1]`.
    pub loss: TensorId,
    /// `[batch, 1]`.
    pub predicted: TensorId,
    /// `[minibatches, 4]` of training: see [`metrics::FIGURES`].
    pub metrics: TensorId,
    /// The same of an evaluation, `[times, 4]`.
    pub evaluated: TensorId,
    /// `[classes, classes]`: label by prediction, of evaluations.
    pub confusion: TensorId,
    /// `[1, 2]`: see [`Watched`].
    pub found: TensorId,
}

/// Compiles an experiment. `max_tensor_bytes` is the device's limit; a larger data set is split. With
/// `fuse` off the program stays plain, to check the fused one against.
pub fn compile(
    config: &ExperimentConfig,
    sizes: &Sizes,
    max_tensor_bytes: u64,
    fuse: bool,
) -> Compiled {
    compile_replicas(config, sizes, max_tensor_bytes, fuse, 1)
}

/// Compiles so many experiments that are equal to this one but for what each [`StepState`] holds of its own, to
/// be trained as one program: see [`config::replicas`](crate::config::replicas()).
///
/// [`StepState`]: crate::ops::state::StepState
pub fn compile_replicas(
    config: &ExperimentConfig,
    sizes: &Sizes,
    max_tensor_bytes: u64,
    fuse: bool,
    replicas: usize,
) -> Compiled {
    let [training, dev, test] = sizes.partitions;
    let entries = training * config.data.augmentation.clones as usize;
    let minibatch = config.training.max_minibatch_size.min(entries).max(1);
    let evaluated_at_once = match config.model.batch_norm_eval {
        BatchNormEval::Batch => dev.max(test),
        BatchNormEval::Running => dev.max(test).min(EVALUATE_AT_ONCE.max(minibatch)),
    };
    let evaluated_at_once = evaluated_at_once.max(1);
    let minibatches = entries.div_ceil(minibatch);
    let chunks = dev.max(test).div_ceil(evaluated_at_once).max(1);

    let room = minibatch.max(evaluated_at_once);
    let mut tensors = Tensors::of_replicas(room, replicas);
    let uint = |tensors: &mut Tensors, name: &str, rows, cols, role| {
        tensors.add(name, rows, cols, Element::Uint, role)
    };
    let visits = Rows::Fixed(entries + dev + test);
    let order = uint(&mut tensors, "order", visits, 1, Role::Data);
    let labels = uint(
        &mut tensors,
        "labels",
        Rows::Fixed(sizes.total()),
        1,
        Role::Data,
    );
    let label = uint(&mut tensors, "label", Rows::Batch, 1, Role::Data);
    let predicted = uint(&mut tensors, "predicted", Rows::Batch, 1, Role::Activation);
    let square = Rows::Fixed(sizes.classes);
    let confusion = uint(
        &mut tensors,
        "confusion",
        square,
        sizes.classes,
        Role::Metric,
    );
    let found = uint(&mut tensors, "found", Rows::Fixed(1), 2, Role::Metric);
    let flags = uint(&mut tensors, "flags", Rows::Batch, 1, Role::Activation);
    let [gathered, gathered_in_use] = ["samples of the minibatch", "samples to evaluate"]
        .map(|name| tensors.batch(name, sizes.features(), Role::Data));
    let loss = tensors.batch("loss", 1, Role::Activation);
    let metrics = metrics::tensor(&mut tensors, "metrics", minibatches);
    let evaluated = metrics::tensor(&mut tensors, "metrics of evaluation", chunks);
    let as_they_lie = visits_as_they_lie(config, minibatches);
    let parts = sample_parts(&mut tensors, sizes, max_tensor_bytes, as_they_lie);
    if let ([(all, _)], true) = (parts.as_slice(), as_they_lie) {
        tensors.stand_in(gathered, *all);
    }
    let model = Model::new(&config.model, &mut tensors, sizes.features(), sizes.classes);
    let parameters = model.parameters();
    let l2 = tensors.matrix("L2", 1, parameters.len(), Role::Metric);

    let mut program = Program::new(tensors);
    program.set_batches(minibatch, evaluated_at_once);
    for (list, x) in [(List::Fetch, gathered), (List::Evaluate, gathered_in_use)] {
        let training = list == List::Fetch;
        let betas = adam::BETAS;
        program.emit(list, Advance { training, betas });
        for (part, first) in &parts {
            let op = Gather {
                order,
                part: *part,
                first: *first,
                x,
                labels,
                label,
            };
            program.emit(list, op);
        }
    }
    let augmentation = &config.data.augmentation;
    let x = augment(&mut program, augmentation, sizes.picture, order, gathered);

    let mut inputs = Vec::new();
    let mut probability = x;
    for layer in &model.layers {
        inputs.push(probability);
        probability = layer.forward(&mut program, List::Forward, probability);
    }
    let probability_in_use = model.layers.iter().fold(gathered_in_use, |x, layer| {
        layer.forward(&mut program, List::Evaluate, x)
    });
    for (list, p) in [
        (List::Forward, probability),
        (List::Evaluate, probability_in_use),
    ] {
        let op = CrossEntropy {
            p,
            label,
            loss,
            predicted,
        };
        program.emit(list, op);
    }

    let dp = program
        .tensors
        .batch("loss", sizes.classes, Role::ActivationGradient);
    let gradient = CrossEntropyGradient {
        p: probability,
        label,
        dp,
    };
    program.emit(List::Backward, gradient);
    let layers = model.layers.iter().zip(&inputs).rev();
    layers.fold(dp, |dy, (layer, x)| layer.backward(&mut program, *x, dy));

    if config.optimizer.weight_decay > 0.0 {
        weight_decay(&mut program, &parameters, l2);
    }
    let watch = Watch {
        probability,
        loss,
        flags,
    };
    program.emit(List::Backward, watch);
    let watched = Some(Watched { flags, found });
    for (list, metrics, watched) in [
        (List::Backward, metrics, watched),
        (List::Evaluate, evaluated, None),
    ] {
        let op = Metrics {
            loss,
            label,
            predicted,
            l2,
            metrics,
            watched,
        };
        program.emit(list, op);
    }
    let counts = Confusion {
        label,
        predicted,
        count: confusion,
    };
    program.emit(List::Evaluate, counts);
    let kind = config.optimizer.kind;
    optimizer::emit(&mut program, kind, &parameters, max_tensor_bytes);
    if fuse {
        program.fuse();
    }

    let layers = model.layers.iter().map(|layer| {
        let own = layer.parameters().len();
        (layer.name().to_owned(), layer.describe(), own)
    });
    Compiled {
        layers: layers.collect(),
        program: Arc::new(program),
        running: model
            .layers
            .iter()
            .flat_map(|layer| layer.running())
            .collect(),
        parameters,
        tensors: Interface {
            order,
            labels,
            x,
            label,
            probability,
            loss,
            predicted,
            metrics,
            evaluated,
            confusion,
            found,
        },
        minibatch,
        evaluated_at_once,
    }
}

/// Whether each epoch visits the training samples in the order in which they lie in the data set, in one
/// minibatch that nothing changes: then a GPU need not copy them.
fn visits_as_they_lie(config: &ExperimentConfig, minibatches: usize) -> bool {
    let augmentation = &config.data.augmentation;
    minibatches == 1 && augmentation.clones == 1 && augmentation.noise == 0.0
}

/// Cuts the data set into tensors of at most so many bytes; each with the index of its first sample. Where
/// products read the samples as they lie, these are not packed.
fn sample_parts(
    tensors: &mut Tensors,
    sizes: &Sizes,
    max_tensor_bytes: u64,
    as_they_lie: bool,
) -> Vec<(TensorId, usize)> {
    let packs = sizes.bytes && sizes.features().is_multiple_of(4) && !as_they_lie;
    let element = if packs {
        Element::ByteSample
    } else {
        Element::Sample
    };
    let row = element.bytes() * sizes.features() as u64;
    let at_most = (max_tensor_bytes / row.max(1)).max(1) as usize;
    (0..sizes.total())
        .step_by(at_most)
        .map(|first| {
            let rows = Rows::Fixed(at_most.min(sizes.total() - first));
            let part = tensors.add("data set", rows, sizes.features(), element, Role::Data);
            (part, first)
        })
        .collect()
}

fn weight_decay(program: &mut Program, parameters: &[Parameter], l2: TensorId) {
    for (slot, parameter) in parameters.iter().enumerate() {
        let theta = parameter.value;
        for list in [List::Backward, List::Evaluate] {
            let cost = WeightDecayCost::new(&mut program.tensors, theta, l2, slot);
            program.emit(list, cost);
        }
        let gradient = WeightDecayGradient {
            parameter: theta,
            gradient: parameter.gradient,
        };
        program.emit(List::Backward, gradient);
    }
}

/// The learning rate in an epoch, from 0: constant but for `ExponentialDecay`, where it is
/// `rate * exp(-decay * epoch)`.
pub fn learning_rate(config: &ExperimentConfig, epoch: u32) -> f64 {
    let optimizer = &config.optimizer;
    match optimizer.kind {
        OptimizerKind::Adam | OptimizerKind::Constant => optimizer.learning_rate,
        OptimizerKind::ExponentialDecay => {
            optimizer.learning_rate * (-optimizer.decay * f64::from(epoch)).exp()
        }
    }
}
