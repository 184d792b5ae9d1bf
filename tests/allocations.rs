//! What a training step on the CPU takes from the heap: nothing, but for what the `gemm` crate packs its
//! operands into, anew in each call.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::{Add, AddAssign};
use std::sync::Arc;

use shadernets::backend::Backend;
use shadernets::backend::cpu::CpuBackend;
use shadernets::config::{ExperimentConfig, ModelKind};
use shadernets::ops::matmul::{Form, MatMul};
use shadernets::ops::state::StepState;
use shadernets::program::{Phase, Program, Tensors, Values};
use shadernets::train::{Compiled, Sizes, compile};

/// Requests to the heap, and the bytes that they asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    calls: u64,
    bytes: u64,
}

impl Add for Taken {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl AddAssign for Taken {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

thread_local! {
    /// Of this thread alone: what the test harness does on others does not count.
    static TAKEN: Cell<Taken> = const { Cell::new(Taken { calls: 0, bytes: 0 }) };
}

/// The system's allocator, counted.
struct Counting;

impl Counting {
    fn count(bytes: usize) {
        let bytes = bytes as u64;
        TAKEN.set(TAKEN.get() + Taken { calls: 1, bytes });
    }
}

// SAFETY: all is left to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::count(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `f` takes from the heap, on this thread.
fn taken(f: impl FnOnce()) -> Taken {
    let before = TAKEN.get();
    f();
    let after = TAKEN.get();
    Taken {
        calls: after.calls - before.calls,
        bytes: after.bytes - before.bytes,
    }
}

/// Runs `f` with a pool of one thread, this one's: all that it does is counted.
fn alone(f: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    pool.build().unwrap().install(f);
}

const SAMPLES: usize = 593;
const SIZES: Sizes = Sizes {
    picture: [16, 16, 1],
    classes: 10,
    partitions: [SAMPLES, 0, 0],
};

fn experiment(layers: &[usize]) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = layers.to_vec();
    config.training.max_minibatch_size = SAMPLES;
    config
}

/// Before the first step of an epoch.
fn start(minibatch: usize) -> StepState {
    StepState {
        end: SAMPLES as u32,
        batch: minibatch as u32,
        slot: u32::MAX,
        learning_rate: 0.001,
        weight_decay: 0.01,
        dropout_rate: 0.1,
        ..StepState::default()
    }
}

/// An experiment on the CPU, with random samples and parameters, visited in an order that is not theirs.
fn load(compiled: &Compiled) -> CpuBackend<f32> {
    let tensors = &compiled.program.tensors;
    let random = |i: usize| f64::from((i as u32).wrapping_mul(2_654_435_761)) / 2f64.powi(32);
    let samples = (0..SIZES.total() * SIZES.features()).map(|i| random(i) as f32);
    let samples = Arc::new(samples.collect());
    let mut backend = CpuBackend::new(Arc::clone(&compiled.program), &samples, start(SAMPLES));
    for parameter in &compiled.parameters {
        let values = (0..tensors.len(parameter.value)).map(|i| random(i) - 0.4);
        backend.write(parameter.value, &Values::Real(values.collect()));
    }
    let labels = (0..SAMPLES as u32).map(|i| i % SIZES.classes as u32);
    backend.write(compiled.tensors.labels, &Values::Uint(labels.collect()));
    let order = (0..SAMPLES as u32).rev();
    backend.write(compiled.tensors.order, &Values::Uint(order.collect()));
    backend
}

/// What the product's call of `gemm` takes, made by itself on matrices of the same shapes and layouts.
fn taken_by_gemm(product: &MatMul, tensors: &Tensors, rows: usize) -> Taken {
    let shape = product.shape(tensors);
    let m = if shape.batch_is_m { rows } else { shape.m };
    let k = if shape.batch_is_k { rows } else { shape.k };
    let n = shape.n;
    let (a, b) = (vec![0.0f32; m * k], vec![0.0f32; k * n]);
    let mut c = vec![0.0f32; m * n];
    // How far apart neighbours in a row and in a column lie.
    let (a_strides, b_strides) = match shape.form {
        Form::Nn => ([1, k as isize], [1, n as isize]),
        Form::Nt => ([1, k as isize], [k as isize, 1]),
        Form::Tn => ([m as isize, 1], [1, n as isize]),
    };
    taken(|| {
        let (to, n_stride) = (c.as_mut_ptr(), n as isize);
        // SAFETY: the vectors hold what the shapes and strides say.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                to,
                1,
                n_stride,
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
                gemm::Parallelism::Rayon(0),
            );
        }
    })
}

/// Trains 4 epochs and asserts, of the last 3, that a step takes what its products' calls of `gemm` take and
/// no byte more.
fn takes_what_gemm_takes(config: &ExperimentConfig) {
    let compiled = compile(config, &SIZES, u64::MAX, true);
    let (program, minibatch) = (&compiled.program, compiled.minibatch);
    let mut backend = load(&compiled);
    for epoch in 0..4 {
        backend.set_state(start(minibatch));
        let mut left = SAMPLES;
        while left > 0 {
            let rows = minibatch.min(left);
            left -= rows;
            let by_gemm = taken_by_products(program, rows);
            let by_step = taken(|| backend.run(Phase::Train, 1).unwrap());
            assert_eq!(backend.memory().state().rows as usize, rows);
            // Tensors are allocated when they are first used.
            if epoch > 0 && by_step != by_gemm {
                panic!(
                    "a step on {rows} samples took {by_step:?}, its products {by_gemm:?}; of its ops, {}",
                    culprits(program, &backend, rows)
                );
            }
        }
    }
}

fn taken_by_products(program: &Program, rows: usize) -> Taken {
    let mut sum = Taken::default();
    for op in program.ops(Phase::Train) {
        if let Some(product) = op.as_any().downcast_ref() {
            sum += taken_by_gemm(product, &program.tensors, rows);
        }
    }
    sum
}

/// The ops that take more than they may.
fn culprits(program: &Program, backend: &CpuBackend<f32>, rows: usize) -> String {
    // The next step's `advance` would go beyond the epoch.
    let ops = program
        .ops(Phase::Train)
        .filter(|op| op.name() != "advance");
    let found = ops.filter_map(|op| {
        let by_gemm = op
            .as_any()
            .downcast_ref()
            .map_or(Taken::default(), |product| {
                taken_by_gemm(product, &program.tensors, rows)
            });
        let by_op = taken(|| op.cpu_f32(backend.memory()));
        (by_op != by_gemm).then(|| format!("{} took {by_op:?}, not {by_gemm:?}", op.name()))
    });
    found.collect::<Vec<_>>().join("; ")
}

#[test]
fn a_small_network_takes_nothing_but_what_gemm_packs() {
    alone(|| takes_what_gemm_takes(&experiment(&[16])));
}

/// With a last minibatch smaller than the others, dropout, augmentation and the L2 term.
#[test]
fn nor_does_one_with_every_option() {
    let mut config = experiment(&[256, 24]);
    config.model.dropout_rate = 0.1;
    config.optimizer.weight_decay = 0.01;
    config.data.augmentation.noise = 0.1;
    config.data.augmentation.rotation_degrees = 10.0;
    config.training.max_minibatch_size = 128;
    alone(|| takes_what_gemm_takes(&config));
}

#[test]
fn the_count_sees_an_allocation() {
    let vector = taken(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(100))));
    assert_eq!(
        vector,
        Taken {
            calls: 1,
            bytes: 100
        }
    );
    assert_eq!(taken(|| ()), Taken::default());
}
