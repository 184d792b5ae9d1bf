//! The bias of a Dense layer.

use super::case::Entry;
use super::{CHUNK, Dispatch, Kernel, Memory, Real, Shader, Target, chunks, parallel, shader};
use crate::program::{Role, TensorId, Tensors};

const SHADER: Shader = shader!("bias");

/// `y = y + b`, `b: [1, units]` added to each row of `y: [batch, units]`.
#[derive(Debug, Clone)]
pub struct Bias {
    pub b: TensorId,
    pub y: TensorId,
}

impl Kernel for Bias {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (b, mut y) = (memory.read(self.b), memory.write(self.y));
        let b = b.slice();
        parallel::rows(y.slice(), b.len(), |_, row| {
            for (y, &b) in row.iter_mut().zip(b) {
                *y += b;
            }
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "add")
                .size(tensors.cols(self.y))
                .state()
                .read(self.b)
                .update(self.y)
                .over(tensors.len(self.y)),
        ]
    }
}

/// `db = sum of dy's rows`.
#[derive(Debug, Clone)]
pub struct BiasGradient {
    pub dy: TensorId,
    pub db: TensorId,
    /// `[chunks, units]`.
    partial: TensorId,
}

impl BiasGradient {
    pub fn new(tensors: &mut Tensors, dy: TensorId, db: TensorId) -> Self {
        let rows = chunks(tensors.rows(dy));
        let partial = tensors.matrix("partial", rows, tensors.cols(dy), Role::Scratch);
        Self { dy, db, partial }
    }
}

impl Kernel for BiasGradient {
    fn name(&self) -> &'static str {
        "bias_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (dy, mut db) = (memory.read(self.dy), memory.write(self.db));
        let db = db.slice();
        db.fill(T::zero());
        for row in dy.slice().chunks_exact(db.len()) {
            for (db, &dy) in db.iter_mut().zip(row) {
                *db += dy;
            }
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let units = tensors.cols(self.dy);
        vec![
            Dispatch::new(SHADER, "partial_sums")
                .size(units)
                .state()
                .read(self.dy)
                .write(self.partial)
                .over(tensors.len(self.partial))
                .iterations(CHUNK),
            Dispatch::new(SHADER, "combine_sums")
                .size(units)
                .state()
                .read(self.partial)
                .write(self.db)
                .over(units)
                .iterations(tensors.rows(self.partial)),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "bias",
            case: |c| {
                let units = c.size();
                let (b, y) = (c.matrix("b", 1, units), c.batch("y", units));
                c.op(Bias { b, y });
            },
        },
        Entry {
            name: "bias_gradient",
            case: |c| {
                let units = c.size();
                let (b, y) = (c.matrix("b", 1, units), c.batch("y", units));
                let (dy, db) = (c.batch("dy", units), c.output_matrix("db", 1, units));
                c.derivative_of(Bias { b, y }, &[(y, dy)], &[(b, db)]);
                let op = BiasGradient::new(&mut c.tensors, dy, db);
                c.op(op);
            },
        },
    ]
}
