//! Bytes and floating-point operations of a kernel, from the tensors that it uses.

use std::ops::{Add, AddAssign, Mul};

use crate::ops::{Access, Dispatch, Op, Target};
use crate::program::{Element, Role, TensorId, Tensors};

/// What a kernel has to do at least.
///
/// Bytes are those of the operands, each read once and written once: what is read again comes from a cache, if all
/// goes well. Of a tensor with a row a sample the minibatch's rows count; so they do of the data set, its labels and
/// its order, from which a minibatch is picked; of figures with a row a minibatch, one.
///
/// FLOPs of a matrix product are 2 a multiply-add. Of all else they are 1 for each real number read or written: such
/// kernels are bound by memory, and what exactly they do to a number does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    pub bytes: u64,
    pub flops: u64,
}

impl Add for Work {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            flops: self.flops + other.flops,
        }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Work {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self {
            bytes: self.bytes * times,
            flops: self.flops * times,
        }
    }
}

/// The [`Work`] of a kernel for minibatches of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    fixed: Work,
    per_row: Work,
}

impl Cost {
    /// Of a dispatch of a GPU. `tensors`: as its phase uses them.
    pub fn of_dispatch(dispatch: &Dispatch, tensors: &Tensors) -> Self {
        let mut cost = Self::default();
        for operand in &dispatch.operands {
            let bytes = tensors[operand.tensor].element.bytes();
            let passes = Passes::of(operand.access);
            cost.operand(tensors, operand.tensor, bytes, passes);
        }
        let dispatches = std::slice::from_ref(dispatch);
        if let Some(scratch) = dispatch.scratch {
            let sums = number(4) * scratch.elements as u64;
            cost.full_minibatch(sums, dispatches, tensors);
        }
        cost.products(dispatches, tensors);
        cost
    }

    /// Of an op on the CPU, whose real numbers take so many bytes.
    pub fn of_op(op: &dyn Op, tensors: &Tensors, real_bytes: u64) -> Self {
        let mut cost = Self::default();
        let dispatches = op.gpu(tensors, &Target::default());
        // All dispatches together: what one writes and another reads stays within the op.
        let mut used: Vec<(TensorId, Passes)> = Vec::new();
        for operand in dispatches.iter().flat_map(|dispatch| &dispatch.operands) {
            let passes = Passes::of(operand.access);
            match used.iter_mut().find(|(id, _)| *id == operand.tensor) {
                Some((_, known)) => known.writes |= passes.writes,
                None => used.push((operand.tensor, passes)),
            }
        }
        for (id, passes) in used {
            let bytes = match tensors[id].element {
                _ if tensors[id].role == Role::Scratch => continue,
                Element::Real => real_bytes,
                Element::Uint | Element::Sample | Element::ByteSample => 4,
            };
            cost.operand(tensors, id, bytes, passes);
        }
        cost.products(&dispatches, tensors);
        cost
    }

    /// For a minibatch of so many rows.
    pub fn at(&self, rows: u64) -> Work {
        self.fixed + self.per_row * rows
    }

    fn operand(&mut self, tensors: &Tensors, id: TensorId, bytes: u64, passes: Passes) {
        let tensor = &tensors[id];
        let work = match tensor.element {
            Element::Real => number(bytes),
            Element::Uint | Element::Sample | Element::ByteSample => Work { bytes, flops: 0 },
        };
        let row = work * tensor.cols as u64 * passes.count();
        if tensors.is_batch(id) || tensor.role == Role::Data {
            self.per_row += row;
        } else if tensor.role == Role::Metric {
            self.fixed += row;
        } else {
            self.fixed += row * tensors.rows(id) as u64;
        }
    }

    /// If there are products, their operations are what counts.
    fn products(&mut self, dispatches: &[Dispatch], tensors: &Tensors) {
        let multiply_adds: usize = dispatches.iter().map(|d| d.multiply_adds).sum();
        if multiply_adds == 0 {
            return;
        }
        (self.fixed.flops, self.per_row.flops) = (0, 0);
        let flops = 2 * multiply_adds as u64;
        self.full_minibatch(Work { bytes: 0, flops }, dispatches, tensors);
    }

    /// Adds what is done with a full minibatch: in proportion to its rows, where any tensor has them.
    fn full_minibatch(&mut self, work: Work, dispatches: &[Dispatch], tensors: &Tensors) {
        let mut operands = dispatches.iter().flat_map(|dispatch| &dispatch.operands);
        if operands.any(|operand| tensors.is_batch(operand.tensor)) {
            let batch = tensors.max_batch().max(1) as u64;
            self.per_row += Work {
                bytes: work.bytes / batch,
                flops: work.flops / batch,
            };
        } else {
            self.fixed += work;
        }
    }
}

/// How often a tensor goes through memory.
#[derive(Debug, Clone, Copy)]
struct Passes {
    reads: bool,
    writes: bool,
}

impl Passes {
    fn of(access: Access) -> Self {
        Self {
            reads: matches!(access, Access::Read | Access::Update),
            writes: matches!(access, Access::Write | Access::Update),
        }
    }

    fn count(self) -> u64 {
        u64::from(self.reads) + u64::from(self.writes)
    }
}

/// A real number that is read or written.
fn number(bytes: u64) -> Work {
    Work { bytes, flops: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::adam::{Adam, Moments};
    use crate::ops::matmul::{Form, MatMul};
    use crate::ops::state::StepState;

    #[test]
    fn a_product_counts_its_matrices_once_and_two_operations_a_multiply_add() {
        let mut tensors = Tensors::new(32);
        let x = tensors.batch("x", 10, Role::Activation);
        let w = tensors.matrix("w", 20, 10, Role::Parameter);
        let z = tensors.batch("z", 20, Role::Activation);
        let product = MatMul::new(x, w, z, Form::Nt);
        let state = (StepState::WORDS + StepState::OWN_WORDS) as u64;
        for rows in [32, 7] {
            let work = Work {
                bytes: 4 * (10 * rows + 200 + 20 * rows + state),
                flops: 2 * rows * 10 * 20,
            };
            assert_eq!(Cost::of_op(&product, &tensors, 4).at(rows), work);
            // Over the dispatch of each part of k, too, there are as many multiply-adds.
            let dispatches = Op::gpu(&product, &tensors, &Target::default());
            let costs = dispatches.iter().map(|d| Cost::of_dispatch(d, &tensors));
            let flops: u64 = costs.map(|cost| cost.at(rows).flops).sum();
            assert_eq!(flops, work.flops);
        }
    }

    #[test]
    fn an_update_reads_and_writes_whatever_the_minibatch() {
        let mut tensors = Tensors::new(32);
        let [parameter, gradient, m, v] =
            ["p", "g", "m", "v"].map(|name| tensors.matrix(name, 16, 4, Role::Parameter));
        let moments = Moments {
            parameter,
            gradient,
            m,
            v,
        };
        let adam = Adam::new(&mut tensors, vec![moments]);
        let state = 4 * (StepState::WORDS + StepState::OWN_WORDS) as u64;
        let work = Work {
            bytes: 8 * 7 * 64 + state,
            flops: 7 * 64,
        };
        assert_eq!(Cost::of_op(&adam, &tensors, 8).at(5), work);
    }
}
