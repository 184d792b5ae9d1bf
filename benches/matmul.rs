//! Throughput of matrix products, each kernel checked against the CPU in f64 before it is timed.
//!
//! On the GPU the naive kernel, one invocation an element, is what the others are measured against; of each
//! family it is the kernel that would be chosen, and its next best. The CPU backend is measured against bare
//! calls of the `gemm` crate, on all threads and on one.

mod support;

use std::fmt;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group};
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::GpuBackend;
use shadernets::backend::{Backend, BackendError};
use shadernets::ops::Target;
use shadernets::ops::matmul::{self, Family, Form, MatMul, Plan, Wanted, candidates};
use shadernets::program::{List, Phase, Program, Role, TensorId, Tensors};

use support::{Reference, configure, pipelines, state, uniform};

/// Seconds that each kernel is measured for.
const SECONDS: f64 = 2.0;

/// Kernels measured of each family.
const RANKS: usize = 2;

/// `c: [m, n]`, a sum over k.
struct Shape {
    form: Form,
    m: usize,
    k: usize,
    n: usize,
}

const SHAPES: [Shape; 17] = [
    // A square; first layers of wide and of MNIST pictures, forward; the latter's two gradients.
    shape(Form::Nn, 1024, 1024, 1024),
    shape(Form::Nt, 593, 3072, 100),
    shape(Form::Nt, 5000, 784, 256),
    shape(Form::Tn, 784, 5000, 256),
    shape(Form::Nn, 5000, 256, 784),
    // A layer of 100 units over pictures of 110 x 110, and one of 16 over 16 x 16.
    shape(Form::Nt, 593, 36_300, 100),
    shape(Form::Tn, 100, 593, 36_300),
    shape(Form::Nt, 593, 256, 16),
    shape(Form::Tn, 16, 593, 256),
    // Layers of 256 and 128 units and of 10 classes, with minibatches of 128: forward, and gradients.
    shape(Form::Nt, 128, 784, 256),
    shape(Form::Nt, 128, 256, 128),
    shape(Form::Nt, 128, 128, 10),
    shape(Form::Tn, 256, 128, 784),
    shape(Form::Tn, 128, 128, 256),
    shape(Form::Tn, 10, 128, 128),
    shape(Form::Nn, 128, 128, 256),
    shape(Form::Nn, 128, 10, 128),
];

const fn shape(form: Form, m: usize, k: usize, n: usize) -> Shape {
    Shape { form, m, k, n }
}

impl Shape {
    /// Elements are FLOP: a multiplication and an addition each.
    fn throughput(&self) -> Throughput {
        Throughput::Elements((2 * self.m * self.k * self.n) as u64)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { form, m, k, n } = self;
        write!(f, "{form:?} {m}x{k}x{n}")
    }
}

/// The kernels to measure: the naive one first.
fn plans(shape: &Shape, target: &Target) -> Vec<Plan> {
    let Shape { form, m, k, n } = *shape;
    let shape = matmul::Shape {
        form,
        m,
        k,
        n,
        batch_is_m: false,
        batch_is_k: false,
    };
    let mut plans: Vec<Plan> = Vec::new();
    for family in Family::ALL {
        for plan in candidates::of_family(family, &shape, target)
            .into_iter()
            .take(RANKS)
        {
            if !plans.contains(&plan) {
                plans.push(plan);
            }
        }
    }
    plans
}

/// `c = a · b` as a program, with its operands `[a, b, c]`.
fn program(shape: &Shape, wanted: Wanted) -> (Arc<Program>, [TensorId; 3]) {
    let Shape { form, m, k, n } = *shape;
    let [a_rows, a_cols] = form.stored_a(m, k);
    let [b_rows, b_cols] = form.stored_b(k, n);
    let mut tensors = Tensors::new(1);
    let a = tensors.matrix("a", a_rows, a_cols, Role::Activation);
    let b = tensors.matrix("b", b_rows, b_cols, Role::Activation);
    let c = tensors.matrix("c", m, n, Role::Activation);
    let mut program = Program::new(tensors);
    let product = MatMul {
        wanted,
        ..MatMul::new(a, b, c, form)
    };
    program.emit(List::Evaluate, product);
    (Arc::new(program), [a, b, c])
}

/// Checks the product that a backend has loaded, of uniform random matrices.
fn check(shape: &Shape, backend: &mut dyn Backend, what: &str) -> Result<(), BackendError> {
    let (program, [a, b, c]) = program(shape, Wanted::Fastest);
    let inputs = [a, b].map(|id| (id, uniform(&program.tensors, id, -1.0..1.0)));
    let tolerance = 1e-5 * (shape.k as f64).sqrt();
    Reference::new(&program, state(1), inputs.into(), &[c])?.check(backend, tolerance, what)
}

fn on_the_gpu(criterion: &mut Criterion) {
    let pipelines = pipelines();
    for shape in &SHAPES {
        let mut group = criterion.benchmark_group(format!("matmul {shape}"));
        configure(&mut group, SECONDS);
        group.throughput(shape.throughput());
        for plan in plans(shape, pipelines.gpu().target()) {
            let load = || {
                let (program, _) = program(shape, Wanted::Exactly(plan));
                let mut gpu = GpuBackend::new(&pipelines, program, &Arc::default())?;
                check(shape, &mut gpu, &format!("{plan} {shape}"))?;
                Ok::<_, BackendError>(gpu)
            };
            // Loaded only if it is among those asked for.
            let mut gpu = None;
            group.bench_function(plan.to_string(), |bencher| {
                let gpu = gpu.get_or_insert_with(|| load().expect("the device stays"));
                bencher.iter(|| {
                    gpu.run(Phase::Evaluate, 1).expect("the device stays");
                    gpu.wait().expect("the device stays");
                });
            });
        }
        group.finish();
    }
}

fn on_the_cpu(criterion: &mut Criterion) {
    for shape in &SHAPES {
        let mut group = criterion.benchmark_group(format!("matmul on the CPU {shape}"));
        configure(&mut group, SECONDS);
        group.throughput(shape.throughput());
        let mut cpu = None;
        group.bench_function("backend", |bencher| {
            let cpu = cpu.get_or_insert_with(|| {
                let (program, _) = program(shape, Wanted::Fastest);
                let mut cpu = CpuBackend::<f32>::new(program, &Arc::default(), state(1));
                check(shape, &mut cpu, &format!("CPU {shape}")).expect("a CPU does not fail");
                cpu
            });
            bencher.iter(|| cpu.run(Phase::Evaluate, 1).expect("a CPU does not fail"));
        });
        for (name, threads) in [
            ("gemm alone", gemm::Parallelism::Rayon(0)),
            ("gemm alone, one thread", gemm::Parallelism::None),
        ] {
            let mut alone = None;
            group.bench_function(name, |bencher| {
                let alone = alone.get_or_insert_with(|| Alone::new(shape));
                bencher.iter(|| alone.multiply(threads));
            });
        }
        group.finish();
    }
}

/// A product by the `gemm` crate and nothing else: matrices, and how far apart neighbours in a row and in a
/// column of `a` and `b` lie.
struct Alone {
    mkn: [usize; 3],
    a: (Vec<f32>, [isize; 2]),
    b: (Vec<f32>, [isize; 2]),
    c: Vec<f32>,
}

impl Alone {
    fn new(shape: &Shape) -> Self {
        let Shape { form, m, k, n } = *shape;
        let (a_strides, b_strides) = match form {
            Form::Nn => ([1, k as isize], [1, n as isize]),
            Form::Nt => ([1, k as isize], [k as isize, 1]),
            Form::Tn => ([m as isize, 1], [1, n as isize]),
        };
        let (program, [a, b, _]) = program(shape, Wanted::Fastest);
        let [a, b] = [a, b].map(|id| {
            let values = uniform(&program.tensors, id, -1.0..1.0);
            values.real().iter().map(|value| *value as f32).collect()
        });
        Self {
            mkn: [m, k, n],
            a: (a, a_strides),
            b: (b, b_strides),
            c: vec![0.0; m * n],
        }
    }

    fn multiply(&mut self, threads: gemm::Parallelism) {
        let ([m, k, n], (a, a_strides), (b, b_strides)) = (self.mkn, &self.a, &self.b);
        // SAFETY: the vectors hold what the shape and strides say.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                self.c.as_mut_ptr(),
                1,
                n as isize,
                false,
                a.as_ptr(),
                a_strides[0],
                a_strides[1],
                b.as_ptr(),
                b_strides[0],
                b_strides[1],
                0.0,
                1.0,
                false,
                false,
                false,
                threads,
            );
        }
    }
}

criterion_group!(benches, on_the_cpu, on_the_gpu);

fn main() {
    support::measure(benches);
}
