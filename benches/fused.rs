//! Fused ops against the plain ones that they replace, on the GPU and on the CPU, each checked against the
//! plain ones in f64 before it is timed.

mod support;

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group};
use shadernets::backend::Backend;
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::GpuBackend;
use shadernets::config::Activation;
use shadernets::ops::Op;
use shadernets::ops::activation::{Activate, ActivateGradient};
use shadernets::ops::adam::{Adam, Moments};
use shadernets::ops::batch_norm::{
    BatchNorm, BatchNormGradient, NormalizeByBatch, NormalizeByRunning,
};
use shadernets::ops::batch_norm_activation::{
    BatchNormActivation, BatchNormActivationGradient, Statistics,
};
use shadernets::ops::cross_entropy::{CrossEntropy, CrossEntropyGradient};
use shadernets::ops::dropout::Dropout;
use shadernets::ops::softmax::{Softmax, SoftmaxGradient};
use shadernets::ops::softmax_cross_entropy::{SoftmaxCrossEntropy, Training};
use shadernets::ops::watch::Watch;
use shadernets::program::{Element, List, Phase, Program, Role, Rows, TensorId, Tensors, Values};

use support::{Reference, configure, pipelines, state, uniform};

/// `[rows, cols]`: minibatches of hidden layers of 100, 256 and 16 units.
const SHAPES: [[usize; 2]; 4] = [[593, 100], [128, 256], [593, 16], [1024, 256]];

/// Steps handed to the device at once, as a training does: else the handing would be measured.
const STEPS: u32 = 16;

/// Seconds that each benchmark is measured for.
const SECONDS: f64 = 0.5;

const FUNCTION: Activation = Activation::LeakyRelu;

/// Classes of the network whose parameters Adam updates.
const CLASSES: usize = 10;

/// Allowed `‖found - f64‖ / ‖f64‖`.
const TOLERANCE: f64 = 1e-5;

/// One computation in two ways.
struct Subject {
    tensors: Tensors,
    inputs: Vec<(TensorId, Values)>,
    /// Run once, before the rest: what it needs besides.
    before: Ops,
    plain: Ops,
    fused: Ops,
    results: Vec<TensorId>,
}

type Ops = Vec<Box<dyn Op>>;

/// A name, and what makes the subject for so many rows and columns. That Adam lays its parameters out in slabs
/// is why a subject is made anew for each way: one tensor lies in one slab.
type Make = fn(rows: usize, cols: usize, fused: bool) -> Subject;

const SUBJECTS: [(&str, Make); 7] = [
    ("batch_norm_activation", |rows, cols, _| {
        forward(rows, cols, false)
    }),
    ("batch_norm_activation, dropout", |rows, cols, _| {
        forward(rows, cols, true)
    }),
    ("batch_norm_activation in use", |rows, cols, _| {
        in_use(rows, cols)
    }),
    ("batch_norm_activation_gradient", |rows, cols, _| {
        backward(rows, cols, false)
    }),
    (
        "batch_norm_activation_gradient, dropout",
        |rows, cols, _| backward(rows, cols, true),
    ),
    ("softmax_cross_entropy_training", |rows, cols, _| {
        loss(rows, cols)
    }),
    ("adam", adam),
];

/// Dropout if wanted, batch normalization, activation: `z = f(batch_norm(dropout(x)))`.
struct Layer {
    dropout: Option<Dropout>,
    norm: BatchNorm,
    z: TensorId,
}

impl Layer {
    fn new(tensors: &mut Tensors, units: usize, drops: bool) -> Self {
        let [x, dropped, y, z] =
            ["x", "dropped", "y", "z"].map(|name| tensors.batch(name, units, Role::Activation));
        let dropout = drops.then_some(Dropout {
            x,
            y: dropped,
            layer: 1,
        });
        let input = dropout.as_ref().map_or(x, |dropout| dropout.y);
        let [gamma, beta, mean, variance] = ["gamma", "beta", "running mean", "running variance"]
            .map(|name| tensors.matrix(name, 1, units, Role::Parameter));
        let statistics = BatchNorm::statistics(tensors, units);
        let (parameters, running) = ([gamma, beta], [mean, variance]);
        let norm = BatchNorm::new(tensors, [input, y], parameters, running, statistics);
        Self { dropout, norm, z }
    }

    fn inputs(&self, tensors: &Tensors) -> Vec<(TensorId, Values)> {
        let norm = &self.norm;
        let x = self.dropout.as_ref().map_or(norm.x, |dropout| dropout.x);
        let ranges = [
            (x, -1.0..1.0),
            (norm.gamma, 0.5..1.5),
            (norm.beta, -0.5..0.5),
            (norm.running_mean, -0.5..0.5),
            (norm.running_variance, 0.1..2.0),
        ];
        ranges
            .map(|(id, range)| (id, uniform(tensors, id, range)))
            .into()
    }

    fn plain(&self, update_running: bool) -> Ops {
        let dropout = self.dropout.iter().cloned();
        let mut ops: Ops = dropout.map(|dropout| Box::new(dropout) as _).collect();
        let layer = self.norm.clone();
        ops.push(Box::new(NormalizeByBatch {
            layer,
            update_running,
        }));
        ops.push(Box::new(self.activate()));
        ops
    }

    fn activate(&self) -> Activate {
        Activate {
            function: FUNCTION,
            x: self.norm.y,
            y: self.z,
        }
    }

    fn fused(&self, statistics: Statistics) -> BatchNormActivation {
        BatchNormActivation {
            dropout: self.dropout.clone(),
            layer: self.norm.clone(),
            statistics,
            function: Some(FUNCTION),
            z: self.z,
        }
    }
}

fn forward(rows: usize, units: usize, drops: bool) -> Subject {
    let mut tensors = Tensors::new(rows);
    let layer = Layer::new(&mut tensors, units, drops);
    let statistics = Statistics::Batch {
        update_running: true,
    };
    Subject {
        inputs: layer.inputs(&tensors),
        tensors,
        before: Vec::new(),
        plain: layer.plain(true),
        fused: vec![Box::new(layer.fused(statistics))],
        results: vec![
            layer.z,
            layer.norm.running_mean,
            layer.norm.running_variance,
        ],
    }
}

fn in_use(rows: usize, units: usize) -> Subject {
    let mut tensors = Tensors::new(rows);
    let layer = Layer::new(&mut tensors, units, false);
    let norm = layer.norm.clone();
    Subject {
        inputs: layer.inputs(&tensors),
        tensors,
        before: Vec::new(),
        plain: vec![
            Box::new(NormalizeByRunning { layer: norm }),
            Box::new(layer.activate()),
        ],
        fused: vec![Box::new(layer.fused(Statistics::Running))],
        results: vec![layer.z],
    }
}

fn backward(rows: usize, units: usize, drops: bool) -> Subject {
    let mut tensors = Tensors::new(rows);
    let layer = Layer::new(&mut tensors, units, drops);
    let [dz, dy, dropped, dx] = ["dz", "dy", "dropped", "dx"]
        .map(|name| tensors.batch(name, units, Role::ActivationGradient));
    let [dgamma, dbeta] =
        ["gamma", "beta"].map(|name| tensors.matrix(name, 1, units, Role::Gradient));
    let activate = ActivateGradient {
        function: FUNCTION,
        y: layer.z,
        dy: dz,
        dx: dy,
    };
    let normalize = BatchNormGradient {
        layer: layer.norm.clone(),
        dy,
        dx: if drops { dropped } else { dx },
        dgamma,
        dbeta,
    };
    let mut plain: Ops = vec![Box::new(activate), Box::new(normalize)];
    if drops {
        plain.push(Box::new(Dropout {
            x: dropped,
            y: dx,
            layer: 1,
        }));
    }
    let fused = BatchNormActivationGradient {
        dropout: layer.dropout.clone(),
        layer: layer.norm.clone(),
        function: Some(FUNCTION),
        dz,
        dx,
        dgamma,
        dbeta,
    };
    let mut inputs = layer.inputs(&tensors);
    inputs.push((dz, uniform(&tensors, dz, -1.0..1.0)));
    Subject {
        tensors,
        inputs,
        before: layer.plain(false),
        plain,
        fused: vec![Box::new(fused)],
        results: vec![dx, dgamma, dbeta],
    }
}

fn loss(rows: usize, classes: usize) -> Subject {
    let mut tensors = Tensors::new(rows);
    let [x, p, dp, dx] =
        ["x", "p", "dp", "dx"].map(|name| tensors.batch(name, classes, Role::Activation));
    let loss = tensors.batch("loss", 1, Role::Activation);
    let [label, predicted, flags] = ["label", "predicted", "flags"]
        .map(|name| tensors.add(name, Rows::Batch, 1, Element::Uint, Role::Data));
    let labels = (0..rows as u32).map(|row| row % classes as u32).collect();
    let plain: Ops = vec![
        Box::new(Softmax { x, y: p }),
        Box::new(CrossEntropy {
            p,
            label,
            loss,
            predicted,
        }),
        Box::new(CrossEntropyGradient { p, label, dp }),
        Box::new(SoftmaxGradient { y: p, dy: dp, dx }),
        Box::new(Watch {
            probability: p,
            loss,
            flags,
        }),
    ];
    let training = Some(Training { dx, flags });
    let fused = SoftmaxCrossEntropy {
        x,
        label,
        p,
        loss,
        predicted,
        training,
    };
    Subject {
        inputs: vec![
            (x, uniform(&tensors, x, -5.0..5.0)),
            (label, Values::Uint(labels)),
        ],
        tensors,
        before: Vec::new(),
        plain,
        fused: vec![Box::new(fused)],
        results: vec![p, loss, predicted, dx, flags],
    }
}

/// The six parameters of a network of one hidden layer: all at once, or one after the other.
fn adam(inputs: usize, units: usize, fused: bool) -> Subject {
    let mut tensors = Tensors::new(1);
    let (mut parameters, mut values) = (Vec::new(), Vec::new());
    for [rows, cols] in [
        [units, inputs],
        [1, units],
        [1, units],
        [CLASSES, units],
        [1, CLASSES],
        [1, CLASSES],
    ] {
        let mut tensor = |name, range| {
            let id = tensors.matrix(name, rows, cols, Role::Parameter);
            values.push((id, uniform(&tensors, id, range)));
            id
        };
        parameters.push(Moments {
            parameter: tensor("parameter", -1.0..1.0),
            gradient: tensor("gradient", -1.0..1.0),
            m: tensor("m", -1.0..1.0),
            v: tensor("v", 0.001..1.0),
        });
    }
    let results = parameters
        .iter()
        .flat_map(|p| [p.parameter, p.m, p.v])
        .collect();
    let (mut together, mut apart): (Ops, Ops) = Default::default();
    if fused {
        together.push(Box::new(Adam::new(&mut tensors, parameters)));
    } else {
        for one in parameters {
            apart.push(Box::new(Adam::new(&mut tensors, vec![one])));
        }
    }
    Subject {
        tensors,
        inputs: values,
        before: Vec::new(),
        plain: apart,
        fused: together,
        results,
    }
}

/// Measures each subject in both ways on the backends that `load` makes.
fn measure(
    criterion: &mut Criterion,
    device: &str,
    load: impl Fn(Arc<Program>) -> Box<dyn Backend>,
) {
    for (name, make) in SUBJECTS {
        for [rows, cols] in SHAPES {
            let mut group = criterion.benchmark_group(format!("{name} {rows}x{cols} on {device}"));
            configure(&mut group, SECONDS);
            group.throughput(Throughput::Elements(
                u64::from(STEPS) * (rows * cols) as u64,
            ));
            for (way, fused) in [("plain", false), ("fused", true)] {
                let checked = || {
                    let program = program(make(rows, cols, fused), fused);
                    let mut backend = load(program);
                    reference(make(rows, cols, false), rows)
                        .check(
                            backend.as_mut(),
                            TOLERANCE,
                            &format!("{way} {name} {rows}x{cols}"),
                        )
                        .expect("the device stays");
                    backend
                };
                // Loaded only if it is among those asked for.
                let mut backend = None;
                group.bench_function(way, |bencher| {
                    let backend = backend.get_or_insert_with(checked);
                    bencher.iter(|| {
                        backend
                            .run(Phase::Evaluate, STEPS)
                            .expect("the device stays");
                        backend.wait().expect("the device stays");
                    });
                });
            }
            group.finish();
        }
    }
}

fn program(subject: Subject, fused: bool) -> Arc<Program> {
    let mut program = Program::new(subject.tensors);
    program.emit_boxed(List::Forward, subject.before);
    let ops = if fused { subject.fused } else { subject.plain };
    program.emit_boxed(List::Evaluate, ops);
    Arc::new(program)
}

/// What the plain ops make of the inputs.
fn reference(mut subject: Subject, rows: usize) -> Reference {
    let inputs = std::mem::take(&mut subject.inputs);
    let results = std::mem::take(&mut subject.results);
    Reference::new(&program(subject, false), state(rows), inputs, &results)
        .expect("a CPU does not fail")
}

fn on_the_cpu(criterion: &mut Criterion) {
    measure(criterion, "the CPU", |program| {
        Box::new(CpuBackend::<f32>::new(program, &Arc::default(), state(1)))
    });
}

fn on_the_gpu(criterion: &mut Criterion) {
    let pipelines = pipelines();
    measure(criterion, "the GPU", |program| {
        Box::new(GpuBackend::new(&pipelines, program, &[]).expect("the device stays"))
    });
}

criterion_group!(benches, on_the_cpu, on_the_gpu);

fn main() {
    support::measure(benches);
}
