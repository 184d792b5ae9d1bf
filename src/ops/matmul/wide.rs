//! One product for all replicas of a network, where they share one of its operands: the minibatch.
//!
//! `X·Wᵀ` of many narrow `W` is one product with all their rows, and `Dᵀ·X` one with all columns of the many `D`:
//! on a software adapter larger tiles fit then, which load less for each multiplication. An element of c is
//! the same sum, added up in the same order, whatever the tile: so each replica gets the bits that it gets alone.

use super::template::{self, Wide};
use super::{Form, MatMul, Plan, Shape, candidates};
use crate::ops::{Dispatch, Target};
use crate::program::Tensors;

impl MatMul {
    /// The product of all replicas in one, where that gives what `alone` gives each.
    pub(super) fn wide(
        &self,
        tensors: &Tensors,
        alone: &Plan,
        target: &Target,
    ) -> Option<Dispatch> {
        let shape = self.shape(tensors);
        let (wide, of_all) = self.side(tensors, &shape)?;
        // Sums of outer products, with k whole.
        let is_alike = |plan: &Plan| {
            plan.outer().is_some() && plan.parts() == 1 && plan.depth() == alone.depth()
        };
        if !target.software || !is_alike(alone) || shape.k > alone.depth() {
            return None;
        }
        let plans = candidates::ranked(&of_all, target);
        let plan = plans.into_iter().find(is_alike)?;
        let shader = template::shader(&plan, &of_all, false, wide);
        let dispatch = self
            .inputs(shader, &plan, &shape, [0, shape.k])
            .write(self.c)
            .for_all_replicas();
        Some(if plan.is_one_invocation_a_tile() {
            dispatch.over(plan.tiles(&of_all))
        } else {
            dispatch.groups(plan.tiles(&of_all))
        })
    }

    /// The side of c along which the replicas lie, and the shape of their product.
    fn side(&self, tensors: &Tensors, shape: &Shape) -> Option<(Wide, Shape)> {
        let replicas = tensors.replicas();
        if replicas == 1 || tensors.is_shared(self.c) {
            return None;
        }
        let shared = [self.a, self.b].map(|operand| tensors.is_shared(operand));
        match (self.form, shared) {
            (Form::Nt, [true, false]) if shape.n.is_multiple_of(4) => {
                let n = replicas * shape.n;
                Some((Wide::N, Shape { n, ..*shape }))
            }
            (Form::Tn, [false, true]) if shape.m.is_multiple_of(4) => {
                let m = replicas * shape.m;
                Some((Wide::M, Shape { m, ..*shape }))
            }
            _ => None,
        }
    }
}
