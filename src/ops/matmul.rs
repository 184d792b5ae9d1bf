//! Matrix products: of a Dense layer, forward `X·Wᵀ`, backward `D·W` and `Dᵀ·X`.

use super::case::{CaseBuilder, Entry};
use super::{Access, Dispatch, Kernel, Memory, Real, Shader, Target, gemm, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("matmul");

/// Rows and columns of the product that one invocation of the blocked kernel computes.
const BLOCK: [usize; 2] = [8, 4];

/// Longest sum of one dispatch: half of what a software adapter allows.
const DEPTH: usize = 32 * 1024;

/// Which of the two matrices is stored transposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `a: [m, k]`, `b: [k, n]`.
    Nn,
    /// `a: [m, k]`, `b: [n, k]`.
    Nt,
    /// `a: [k, m]`, `b: [k, n]`.
    Tn,
}

/// Which kernel computes it on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variant {
    /// One invocation an element: what the others are measured against.
    Naive,
    /// One invocation a block of 8 x 4 elements, held in registers.
    #[default]
    Blocked,
}

/// `c = a · b`, `c: [m, n]`; one of m and k may be the minibatch.
#[derive(Debug, Clone)]
pub struct MatMul {
    pub a: TensorId,
    pub b: TensorId,
    pub c: TensorId,
    pub form: Form,
    pub variant: Variant,
}

impl MatMul {
    pub fn new(a: TensorId, b: TensorId, c: TensorId, form: Form) -> Self {
        Self {
            a,
            b,
            c,
            form,
            variant: Variant::default(),
        }
    }
}

impl Kernel for MatMul {
    fn name(&self) -> &'static str {
        match self.form {
            Form::Nn => "matmul_nn",
            Form::Nt => "matmul_nt",
            Form::Tn => "matmul_tn",
        }
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (a, b, mut c) = (
            memory.read(self.a),
            memory.read(self.b),
            memory.write(self.c),
        );
        let (a, b) = (a.view(), b.view());
        let (a, b) = match self.form {
            Form::Nn => (a, b),
            Form::Nt => (a, b.reversed_axes()),
            Form::Tn => (a.reversed_axes(), b),
        };
        gemm::multiply(a, b, c.view());
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let (m, n) = (tensors.rows(self.c), tensors.cols(self.c));
        let (k, batch_is_k) = match self.form {
            Form::Nn | Form::Nt => (tensors.cols(self.a), false),
            Form::Tn => (tensors.rows(self.a), tensors.is_batch(self.a)),
        };
        let batch_is_m = tensors.is_batch(self.c);
        let entry = match (self.variant, self.form) {
            (Variant::Naive, Form::Nn) => "naive_nn",
            (Variant::Naive, Form::Nt) => "naive_nt",
            (Variant::Naive, Form::Tn) => "naive_tn",
            (Variant::Blocked, Form::Nn) => "blocked_nn",
            (Variant::Blocked, Form::Nt) => "blocked_nt",
            (Variant::Blocked, Form::Tn) => "blocked_tn",
        };
        let invocations = match self.variant {
            Variant::Naive => m * n,
            Variant::Blocked => m.div_ceil(BLOCK[0]) * n.div_ceil(BLOCK[1]),
        };
        let dispatch = |begin: usize| {
            Dispatch::new(SHADER, entry)
                .size(m)
                .size(n)
                .size(k)
                .word(u32::from(batch_is_m))
                .word(u32::from(batch_is_k))
                .size(begin)
                .size(begin + DEPTH)
                .state()
                .read(self.a)
                .read(self.b)
                .operand(
                    self.c,
                    if begin == 0 {
                        Access::Write
                    } else {
                        Access::Update
                    },
                )
                .over(invocations)
                .iterations(k.min(DEPTH))
        };
        (0..k).step_by(DEPTH).map(dispatch).collect()
    }
}

/// A product of each form and kernel; relative error at most `1e-5 * sqrt(k)`.
pub fn entries() -> Vec<Entry> {
    fn nn(c: &mut CaseBuilder, variant: Variant) {
        let (k, n) = (c.size(), c.size());
        let (a, b, out) = (c.batch("a", k), c.matrix("b", k, n), c.output("c", n));
        c.tolerance(1e-5 * (k as f64).sqrt());
        c.op(MatMul {
            a,
            b,
            c: out,
            form: Form::Nn,
            variant,
        });
    }
    fn nt(c: &mut CaseBuilder, variant: Variant) {
        let (k, n) = (c.size(), c.size());
        let (a, b, out) = (c.batch("a", k), c.matrix("b", n, k), c.output("c", n));
        c.tolerance(1e-5 * (k as f64).sqrt());
        c.op(MatMul {
            a,
            b,
            c: out,
            form: Form::Nt,
            variant,
        });
    }
    fn tn(c: &mut CaseBuilder, variant: Variant) {
        let (m, n) = (c.size(), c.size());
        let (a, b, out) = (c.batch("a", m), c.batch("b", n), c.output_matrix("c", m, n));
        c.tolerance(1e-5 * (c.rows as f64).sqrt());
        c.op(MatMul {
            a,
            b,
            c: out,
            form: Form::Tn,
            variant,
        });
    }
    vec![
        Entry {
            name: "matmul_nn",
            case: |c| nn(c, Variant::Blocked),
        },
        Entry {
            name: "matmul_nt",
            case: |c| nt(c, Variant::Blocked),
        },
        Entry {
            name: "matmul_tn",
            case: |c| tn(c, Variant::Blocked),
        },
        Entry {
            name: "matmul_nn naive",
            case: |c| nn(c, Variant::Naive),
        },
        Entry {
            name: "matmul_nt naive",
            case: |c| nt(c, Variant::Naive),
        },
        Entry {
            name: "matmul_tn naive",
            case: |c| tn(c, Variant::Naive),
        },
        Entry {
            name: "matmul_nn as gradient of matmul_nt",
            case: |c| {
                let (inputs, units) = (c.size(), c.size());
                let (x, w, y) = (
                    c.batch("x", inputs),
                    c.matrix("w", units, inputs),
                    c.output("y", units),
                );
                let (dy, dx) = (c.batch("dy", units), c.output("dx", inputs));
                c.tolerance(1e-5 * (units as f64).sqrt());
                c.derivative_of(MatMul::new(x, w, y, Form::Nt), &[(y, dy)], &[(x, dx)]);
                c.op(MatMul::new(dy, w, dx, Form::Nn));
            },
        },
        Entry {
            name: "matmul_tn as gradient of matmul_nt",
            case: |c| {
                let (inputs, units) = (c.size(), c.size());
                let (x, w, y) = (
                    c.batch("x", inputs),
                    c.matrix("w", units, inputs),
                    c.output("y", units),
                );
                let (dy, dw) = (c.batch("dy", units), c.output_matrix("dw", units, inputs));
                c.tolerance(1e-5 * (c.rows as f64).sqrt());
                c.derivative_of(MatMul::new(x, w, y, Form::Nt), &[(y, dy)], &[(w, dw)]);
                c.op(MatMul::new(dy, x, dw, Form::Tn));
            },
        },
    ]
}
