//! Throughput of the matrix product kernels on the GPU, each checked against the CPU in f64 before it
//! is timed. The naive kernel, one invocation an element, is what the others are measured against.
//! Of each family it is the kernel that would be chosen, and its next best.

use std::sync::Arc;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use shadernets::backend::check::error;
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::{Gpu, GpuBackend, Pipelines, software};
use shadernets::backend::{Backend, BackendError};
use shadernets::config::DeviceChoice;
use shadernets::ops::Target;
use shadernets::ops::matmul::{self, Family, Form, MatMul, Plan, Wanted, candidates};
use shadernets::ops::state::StepState;
use shadernets::program::{List, Phase, Program, Role, Tensors, Values};

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

/// One product, loaded on the GPU with its operands.
struct Product {
    gpu: GpuBackend,
}

impl Product {
    /// Loads `shape`'s product of uniform random matrices, and checks what `plan` makes of it.
    ///
    /// # Errors
    /// The device failed.
    ///
    /// # Panics
    /// The result is further from the CPU's in f64 than `1e-5 * sqrt(k)`.
    fn checked(pipelines: &Pipelines, shape: &Shape, plan: Plan) -> Result<Self, BackendError> {
        let Shape { form, m, k, n } = *shape;
        let [a_rows, a_cols] = form.stored_a(m, k);
        let [b_rows, b_cols] = form.stored_b(k, n);
        let mut tensors = Tensors::new(1);
        let a = tensors.matrix("a", a_rows, a_cols, Role::Activation);
        let b = tensors.matrix("b", b_rows, b_cols, Role::Activation);
        let c = tensors.matrix("c", m, n, Role::Activation);
        let mut program = Program::new(tensors);
        let product = MatMul {
            wanted: Wanted::Exactly(plan),
            ..MatMul::new(a, b, c, form)
        };
        program.emit(List::Evaluate, product);
        let program = Arc::new(program);

        let mut gpu = GpuBackend::new(pipelines, Arc::clone(&program), &[])?;
        let mut cpu = CpuBackend::<f64>::new(Arc::clone(&program), &Arc::default(), STATE);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for operand in [a, b] {
            // The very numbers that the GPU gets.
            let draw = |_| f64::from(random.random_range(-1.0..1.0f32));
            let values = Values::Real((0..program.tensors.len(operand)).map(draw).collect());
            gpu.write(operand, &values);
            cpu.write(operand, &values);
        }
        let poison = vec![f64::NAN; program.tensors.len(c)];
        gpu.write(c, &Values::Real(poison));
        gpu.set_state(STATE);
        gpu.run(Phase::Evaluate, 1)?;
        cpu.run(Phase::Evaluate, 1)?;
        gpu.request(&[c]);
        let found = loop {
            gpu.wait()?;
            if let Some(found) = gpu.poll()? {
                break found;
            }
        };
        let (error, tolerance) = (error(&cpu.read(c), &found[0]), 1e-5 * (k as f64).sqrt());
        assert!(
            error <= tolerance,
            "{plan} {form:?} {m}x{k}x{n} is wrong: relative error {error:e}, allowed {tolerance:e}"
        );
        Ok(Self { gpu })
    }

    /// Computes the product once more.
    fn run(&mut self) -> Result<(), BackendError> {
        self.gpu.run(Phase::Evaluate, 1)?;
        self.gpu.wait()
    }
}

/// No minibatch: all operands have fixed shapes.
const STATE: StepState = StepState {
    offset: 0,
    rows: 1,
    end: 1,
    batch: 1,
    step: 0,
    slot: 0,
    epoch: 0,
    model_seed: 0,
    dataset_seed: 0,
    learning_rate: 0.0,
    correction1: 1.0,
    correction2: 1.0,
};

fn configure(group: &mut BenchmarkGroup<WallTime>) {
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
}

fn products(criterion: &mut Criterion) {
    // What users run. SAFETY: nothing else runs yet.
    unsafe { software::set_up(false) };
    let gpu = pollster::block_on(Gpu::open(&DeviceChoice::Gpu)).expect("a GPU to measure");
    let pipelines = Pipelines::new(gpu);
    for shape in &SHAPES {
        let Shape { form, m, k, n } = shape;
        let mut group = criterion.benchmark_group(format!("matmul {form:?} {m}x{k}x{n}"));
        configure(&mut group);
        // Elements are FLOP: a multiplication and an addition each.
        group.throughput(Throughput::Elements((2 * m * k * n) as u64));
        for plan in plans(shape, pipelines.gpu().target()) {
            let mut product = Product::checked(&pipelines, shape, plan)
                .unwrap_or_else(|error| panic!("{plan}: {error}"));
            group.bench_function(plan.to_string(), |bencher| {
                bencher.iter(|| product.run().expect("the device stays"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
