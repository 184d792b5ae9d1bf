//! The random cases that an op is checked on: by the test that walks the registry, and by
//! `shadernets devices --check` on a user's own adapter.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use super::state::StepState;
use super::{Access, Op, Target};
use crate::program::{Element, Role, Rows, TensorId, Tensors, Values};

/// One op, or one direction of it, in the registry.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    /// Makes a case: draws shapes and inputs.
    pub case: fn(&mut CaseBuilder),
}

/// What a backward op is the derivative of.
#[derive(Debug)]
pub struct Derivative {
    /// Computes `outputs` from `inputs`; leaves what the backward op needs besides.
    pub forward: Box<dyn Op>,
    /// `y` and the tensor that holds the cost's gradient with respect to it.
    pub outputs: Vec<(TensorId, TensorId)>,
    /// `x` and the tensor where the backward op puts the cost's gradient with respect to it.
    pub inputs: Vec<(TensorId, TensorId)>,
}

/// An op on random operands.
#[derive(Debug)]
pub struct Case {
    pub tensors: Tensors,
    pub state: StepState,
    /// Ops to run in f64 first: they produce what the op reads.
    pub before: Vec<Box<dyn Op>>,
    pub op: Box<dyn Op>,
    pub values: Vec<(TensorId, Values)>,
    /// Allowed `‖gpu - f64‖/‖f64‖` of each tensor that the op writes.
    pub tolerance: f64,
    pub derivative: Option<Derivative>,
}

impl Case {
    /// The tensors that the op writes or changes: what is compared.
    pub fn results(&self) -> Vec<TensorId> {
        let mut results = Vec::new();
        for dispatch in self.op.gpu(&self.tensors, &Target::default()) {
            for operand in dispatch.operands {
                let scratch = self.tensors[operand.tensor].role == Role::Scratch;
                if operand.access == Access::Read || scratch {
                    continue;
                }
                let written = match self.tensors[operand.tensor].role {
                    Role::Slab => self.tensors.members(operand.tensor).collect(),
                    _ => vec![operand.tensor],
                };
                for id in written {
                    if !results.contains(&id) {
                        results.push(id);
                    }
                }
            }
        }
        results
    }
}

/// Draws shapes and inputs of a [`Case`].
pub struct CaseBuilder {
    rng: ChaCha8Rng,
    /// Rows of the minibatch tensors; some cases fill fewer than there is room for.
    pub rows: usize,
    pub tensors: Tensors,
    pub state: StepState,
    before: Vec<Box<dyn Op>>,
    op: Option<Box<dyn Op>>,
    values: Vec<(TensorId, Values)>,
    tolerance: f64,
    derivative: Option<Derivative>,
}

/// Sizes that break kernels: 1, primes, around a vector, a chunk, a workgroup and twice that.
const SIZES: [usize; 16] = [
    1, 2, 3, 5, 7, 13, 16, 31, 61, 64, 65, 97, 127, 130, 193, 257,
];

impl CaseBuilder {
    /// Builds the `index`-th case of an entry; always the same for the same arguments.
    pub fn build(entry: &Entry, index: u64) -> Case {
        let name = entry
            .name
            .bytes()
            .fold(0u64, |h, b| h.wrapping_mul(31) + u64::from(b));
        let mut rng = ChaCha8Rng::seed_from_u64(name ^ (index << 40));
        let rows = SIZES[rng.random_range(0..SIZES.len())];
        let room = rows + [0, 0, 1, 9][rng.random_range(0..4)];
        let state = StepState {
            offset: 0,
            rows: rows as u32,
            end: rows as u32,
            batch: room as u32,
            step: rng.random_range(1..1000),
            slot: 0,
            epoch: rng.random_range(0..50),
            model_seed: rng.random(),
            dataset_seed: rng.random(),
            learning_rate: rng.random_range(0.001..0.1),
            weight_decay: 0.0,
            dropout_rate: 0.0,
            correction1: rng.random_range(0.1..1.0),
            correction2: rng.random_range(0.001..1.0),
        };
        let mut builder = Self {
            rng,
            rows,
            tensors: Tensors::new(room),
            state,
            before: Vec::new(),
            op: None,
            values: Vec::new(),
            tolerance: 1e-5,
            derivative: None,
        };
        (entry.case)(&mut builder);
        let op = builder
            .op
            .unwrap_or_else(|| panic!("{}: no op in its case", entry.name));
        Case {
            tensors: builder.tensors,
            state: builder.state,
            before: builder.before,
            op,
            values: builder.values,
            tolerance: builder.tolerance,
            derivative: builder.derivative,
        }
    }

    /// Makes the minibatch this large at least; to be called before any tensor is made.
    pub fn at_least_rows(&mut self, rows: usize) {
        if self.rows < rows {
            self.rows = rows;
            self.state.rows = rows as u32;
            self.state.end = rows as u32;
            self.state.batch = rows as u32;
            self.tensors = Tensors::new(rows);
        }
    }

    /// A size from those that break kernels.
    pub fn size(&mut self) -> usize {
        SIZES[self.rng.random_range(0..SIZES.len())]
    }

    /// A number in the range.
    pub fn number(&mut self, range: std::ops::Range<f64>) -> f64 {
        self.rng.random_range(range)
    }

    /// An integer in the range.
    pub fn integer(&mut self, range: std::ops::Range<usize>) -> usize {
        self.rng.random_range(range)
    }

    /// A batch tensor of normal deviates.
    pub fn batch(&mut self, name: &str, cols: usize) -> TensorId {
        self.real(name, Rows::Batch, cols)
    }

    /// A matrix of normal deviates.
    pub fn matrix(&mut self, name: &str, rows: usize, cols: usize) -> TensorId {
        self.real(name, Rows::Fixed(rows), cols)
    }

    /// A batch tensor that the op writes: without values, so poisoned.
    pub fn output(&mut self, name: &str, cols: usize) -> TensorId {
        self.tensors.batch(name, cols, Role::Activation)
    }

    /// A batch tensor that is not compared: not every device writes it.
    pub fn scratch(&mut self, name: &str, cols: usize) -> TensorId {
        self.tensors.batch(name, cols, Role::Scratch)
    }

    /// A matrix that the op writes.
    pub fn output_matrix(&mut self, name: &str, rows: usize, cols: usize) -> TensorId {
        self.tensors.matrix(name, rows, cols, Role::Activation)
    }

    /// A batch tensor of class indices below `classes`.
    pub fn labels(&mut self, classes: usize) -> TensorId {
        self.uints("labels", Rows::Batch, 1, classes)
    }

    /// Integers below `end`.
    pub fn uints(&mut self, name: &str, rows: Rows, cols: usize, end: usize) -> TensorId {
        let id = self
            .tensors
            .add(name, rows, cols, Element::Uint, Role::Data);
        let values = (0..self.tensors.len(id))
            .map(|_| self.rng.random_range(0..end as u32))
            .collect();
        self.values.push((id, Values::Uint(values)));
        id
    }

    /// These integers, one a row.
    pub fn given(&mut self, name: &str, values: Vec<u32>) -> TensorId {
        let rows = Rows::Fixed(values.len());
        let id = self.tensors.add(name, rows, 1, Element::Uint, Role::Data);
        self.values.push((id, Values::Uint(values)));
        id
    }

    /// A part of a data set.
    pub fn samples(&mut self, rows: usize, cols: usize) -> TensorId {
        let id = self.tensors.add(
            "samples",
            Rows::Fixed(rows),
            cols,
            Element::Sample,
            Role::Data,
        );
        self.fill(id, |rng| f64::from(rng.random::<f32>()));
        id
    }

    fn real(&mut self, name: &str, rows: Rows, cols: usize) -> TensorId {
        let id = self
            .tensors
            .add(name, rows, cols, Element::Real, Role::Activation);
        self.fill(id, |rng| StandardNormal.sample(rng));
        id
    }

    /// Replaces a tensor's values by uniform ones of the range.
    pub fn uniform(&mut self, id: TensorId, range: std::ops::Range<f64>) {
        self.fill(id, |rng| rng.random_range(range.clone()));
    }

    /// Replaces some values of a tensor by these.
    pub fn sprinkle(&mut self, id: TensorId, special: &[f64]) {
        let Some((_, Values::Real(values))) = self.values.iter_mut().find(|(v, _)| *v == id) else {
            return;
        };
        for value in values {
            if self.rng.random_range(0..40) == 0 {
                *value = special[self.rng.random_range(0..special.len())];
            }
        }
    }

    /// The gradient of a mean over the minibatch: `1 / rows` for each sample, `[batch, 1]`.
    pub fn mean_gradient(&mut self) -> TensorId {
        let id = self.tensors.batch("dloss", 1, Role::Activation);
        let share = 1.0 / self.rows as f64;
        self.values
            .push((id, Values::Real(vec![share; self.tensors.len(id)])));
        id
    }

    // Rounded to f32, so that the GPU gets the very numbers.
    fn fill(&mut self, id: TensorId, mut draw: impl FnMut(&mut ChaCha8Rng) -> f64) {
        let values = (0..self.tensors.len(id))
            .map(|_| f64::from(draw(&mut self.rng) as f32))
            .collect();
        self.values.retain(|(other, _)| *other != id);
        self.values.push((id, Values::Real(values)));
    }

    /// An op that runs first.
    pub fn before(&mut self, op: impl Op) {
        self.before.push(Box::new(op));
    }

    /// The op to check.
    pub fn op(&mut self, op: impl Op) {
        self.op = Some(Box::new(op));
    }

    /// Replaces the tolerance of 1e-5.
    pub fn tolerance(&mut self, tolerance: f64) {
        self.tolerance = tolerance;
    }

    /// Says what the op is the derivative of; the forward op also runs before it.
    pub fn derivative_of(
        &mut self,
        forward: impl Op + Clone,
        outputs: &[(TensorId, TensorId)],
        inputs: &[(TensorId, TensorId)],
    ) {
        self.before.push(Box::new(forward.clone()));
        self.derivative = Some(Derivative {
            forward: Box::new(forward),
            outputs: outputs.to_vec(),
            inputs: inputs.to_vec(),
        });
    }
}
