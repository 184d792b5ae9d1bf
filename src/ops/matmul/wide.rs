//! One product for all replicas of a network, where they share one of its operands: the minibatch.
//!
//! `X·Wᵀ` of many narrow `W` is one product with all their rows, and `Dᵀ·X` one with all columns of the many `D`:
//! on a software adapter larger tiles fit then, which load less for each multiplication. An element of c is
//! the same sum, added up in the same order, whatever the tile: so each replica gets the bits that it gets alone.
//!
//! Where they share nothing, the tiles of all lie beside each other, an invocation a tile: those of narrow products
//! leave most of a vector idle where each replica has vectors of its own.

use super::template::{self, BESIDE, Wide};
use super::{Family, Form, MatMul, Plan, Shape, candidates};
use crate::ops::{Dispatch, Target};
use crate::program::Tensors;

impl MatMul {
    /// The product of all replicas in one dispatch, where that gives what `alone` gives each.
    pub(super) fn wide(
        &self,
        tensors: &Tensors,
        alone: &Plan,
        target: &Target,
    ) -> Option<Dispatch> {
        let replicas = tensors.replicas();
        if !target.software || replicas == 1 || tensors.is_shared(self.c) {
            return None;
        }
        // Sums of outer products, with k whole.
        let is_alike = |plan: &Plan| {
            plan.outer().is_some() && plan.parts() == 1 && plan.depth() == alone.depth()
        };
        let shape = self.shape(tensors);
        if !is_alike(alone) || shape.k > alone.depth() {
            return None;
        }
        let best = |mut plans: Vec<Plan>| {
            plans.retain(is_alike);
            plans.into_iter().next()
        };
        let dispatch = |plan: &Plan, wide| {
            let shader = template::shader(plan, &shape, false, wide);
            let dispatch = self.inputs(shader, plan, &shape, [0, shape.k]);
            dispatch.write(self.c)
        };
        if let Some((wide, of_all)) = self.side(tensors, &shape) {
            let plan = best(candidates::ranked(&of_all, target))?;
            let (tiles, dispatch) = (plan.tiles(&of_all), dispatch(&plan, wide));
            let dispatch = dispatch.for_all_replicas();
            return Some(if plan.is_one_invocation_a_tile() {
                dispatch.over(tiles)
            } else {
                dispatch.groups(tiles)
            });
        }
        if !is_mostly_idle(alone, &shape) {
            return None;
        }
        let m = replicas * shape.m;
        let of_all = Shape { m, ..shape };
        let plan = best(candidates::of_family(Family::Registers, &of_all, target))?;
        let dispatch = dispatch(&plan, Wide::Tiles);
        Some(dispatch.columns(plan.tiles(&shape), BESIDE))
    }

    /// The side of c along which the replicas lie, and the shape of their product.
    fn side(&self, tensors: &Tensors, shape: &Shape) -> Option<(Wide, Shape)> {
        let replicas = tensors.replicas();
        let shared = [self.a, self.b].map(|operand| tensors.is_shared(operand));
        match (self.form, shared) {
            (Form::Nt, [true, false]) => {
                let n = replicas * shape.n;
                Some((Wide::N, Shape { n, ..*shape }))
            }
            (Form::Tn, [false, true]) => {
                let m = replicas * shape.m;
                Some((Wide::M, Shape { m, ..*shape }))
            }
            _ => None,
        }
    }
}

/// Whether most of the tiles lies outside of c: of 10 x 593 x 16 a product takes a sixth of the time then with an
/// invocation a tile.
fn is_mostly_idle(plan: &Plan, shape: &Shape) -> bool {
    let [rows, columns] = plan.tile(shape.form);
    plan.tiles(shape) * rows * columns > 2 * shape.m * shape.n
}
