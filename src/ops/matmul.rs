//! Matrix products: of a Dense layer, forward `X·Wᵀ`, backward `D·W` and `Dᵀ·X`.
//!
//! [`MatMul`] is the op. On a GPU many kernels compute it, rendered from one [`template`]; a [`Plan`] is
//! one of them with its tile, and [`candidates`] ranks those that suit a shape and a device.

pub mod candidates;
mod cases;
mod plan;
mod split;
mod template;
mod wide;

pub use cases::entries;
pub use plan::{Family, Outer, Plan, Shape};
pub use template::hash as template_hash;

use serde::{Deserialize, Serialize};

use super::{Access, Dispatch, Kernel, Memory, Real, Shader, Target, gemm};
use crate::program::{TensorId, Tensors};
use template::Wide;

/// Which of the two matrices is stored transposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Form {
    /// `a: [m, k]`, `b: [k, n]`.
    Nn,
    /// `a: [m, k]`, `b: [n, k]`.
    Nt,
    /// `a: [k, m]`, `b: [k, n]`.
    Tn,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Nn, Self::Nt, Self::Tn];

    /// Rows and columns of `a` as it is stored.
    pub const fn stored_a(self, m: usize, k: usize) -> [usize; 2] {
        match self {
            Self::Nn | Self::Nt => [m, k],
            Self::Tn => [k, m],
        }
    }

    /// Rows and columns of `b` as it is stored.
    pub const fn stored_b(self, k: usize, n: usize) -> [usize; 2] {
        match self {
            Self::Nn | Self::Tn => [k, n],
            Self::Nt => [n, k],
        }
    }
}

/// Which kernel computes a product on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// What was measured to be fastest for the shape, or is thought to be.
    #[default]
    Fastest,
    /// The one of this family with this rank among [`candidates`], counted round and round; of another
    /// family where the device has none of it.
    Ranked(Family, usize),
    /// The same with k cut into so many parts.
    Split(Family, usize, usize),
    /// This one.
    Exactly(Plan),
}

/// `c = a · b`, `c: [m, n]`; one of m and k may be the minibatch.
#[derive(Debug, Clone)]
pub struct MatMul {
    pub a: TensorId,
    pub b: TensorId,
    pub c: TensorId,
    pub form: Form,
    pub wanted: Wanted,
}

impl MatMul {
    pub fn new(a: TensorId, b: TensorId, c: TensorId, form: Form) -> Self {
        Self {
            a,
            b,
            c,
            form,
            wanted: Wanted::default(),
        }
    }

    /// What of the product decides about its kernel.
    pub fn shape(&self, tensors: &Tensors) -> Shape {
        let k = match self.form {
            Form::Nn | Form::Nt => tensors.cols(self.a),
            Form::Tn => tensors.rows(self.a),
        };
        Shape {
            form: self.form,
            m: tensors.rows(self.c),
            k,
            n: tensors.cols(self.c),
            batch_is_m: tensors.is_batch(self.c),
            batch_is_k: self.form == Form::Tn && tensors.is_batch(self.a),
        }
    }

    fn plan(&self, shape: &Shape, target: &Target) -> Plan {
        match self.wanted {
            Wanted::Fastest => candidates::fastest(shape, target),
            Wanted::Ranked(family, rank) => {
                let ranked = candidates::of_family(family, shape, target);
                ranked[rank % ranked.len()]
            }
            Wanted::Split(family, rank, parts) => {
                let ranked = candidates::of_family(family, shape, target);
                ranked[rank % ranked.len()].with_parts(parts)
            }
            Wanted::Exactly(plan) => plan,
        }
    }

    /// The product over k from `begin` on, as far as one dispatch reaches: put into c, or added to it.
    fn whole(&self, plan: &Plan, shape: &Shape, begin: usize, add: bool) -> Dispatch {
        let length = plan.depth().min(shape.k - begin);
        let access = if add { Access::Update } else { Access::Write };
        let shader = template::shader(plan, shape, add, Wide::None);
        let dispatch = self
            .inputs(shader, plan, shape, [begin, length])
            .operand(self.c, access);
        if plan.is_one_invocation_a_tile() {
            dispatch.over(plan.tiles(shape))
        } else {
            dispatch.groups(plan.tiles(shape))
        }
    }

    /// The same in two dispatches: one puts the sum of each part of k into scratch memory, one adds them.
    fn split(&self, plan: &Plan, shape: &Shape, begin: usize, add: bool) -> [Dispatch; 2] {
        let parts = plan.parts();
        let length = plan.part((parts * plan.depth()).min(shape.k - begin));
        let elements = parts * shape.m * shape.n;
        let shader = template::shader(plan, shape, false, Wide::None);
        let sums = self
            .inputs(shader, plan, shape, [begin, length])
            .scratch(elements, Access::Write)
            .workgroups(split::groups(plan, shape), parts);
        let in_vec4s = shape.n.is_multiple_of(4);
        let access = if add { Access::Update } else { Access::Write };
        let sum = Dispatch::new(template::sum_parts(in_vec4s, add), "sum_parts")
            .size(shape.m)
            .size(shape.n)
            .word(u32::from(shape.batch_is_m))
            .size(parts)
            .state()
            .operand(self.c, access)
            .scratch(elements, Access::Read)
            .over(shape.m * shape.n / if in_vec4s { 4 } else { 1 })
            .iterations(parts);
        [sums, sum]
    }

    /// A dispatch but for where its results go; each part takes `length` of k, the first from `begin` on.
    fn inputs(
        &self,
        shader: Shader,
        plan: &Plan,
        shape: &Shape,
        [begin, length]: [usize; 2],
    ) -> Dispatch {
        Dispatch::new(shader, plan.entry(shape.form))
            .size(shape.m)
            .size(shape.n)
            .size(shape.k)
            .word(u32::from(shape.batch_is_m))
            .word(u32::from(shape.batch_is_k))
            .size(begin)
            .size(length)
            .state()
            .read(self.a)
            .read(self.b)
            .iterations(plan.iterations(length))
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

    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch> {
        let shape = self.shape(tensors);
        let plan = self.plan(&shape, target);
        if let Some(dispatch) = self.wide(tensors, &plan, target) {
            return vec![dispatch];
        }
        // Of the first dispatch the results are put into c, of others added to it.
        let begins = (0..shape.k).step_by(plan.parts() * plan.depth());
        if plan.parts() == 1 {
            begins
                .map(|begin| self.whole(&plan, &shape, begin, begin > 0))
                .collect()
        } else {
            begins
                .flat_map(|begin| self.split(&plan, &shape, begin, begin > 0))
                .collect()
        }
    }
}
