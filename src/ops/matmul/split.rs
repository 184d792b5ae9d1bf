//! Cutting a long k into parts that are summed at the same time (split-K), where the tiles of c alone are too few
//! to keep a device busy.

use std::cmp::Reverse;

use super::{Plan, Shape};
use crate::ops::{Target, WORKGROUP, parallel};

/// Workgroups that keep a large GPU busy.
pub(super) const BUSY: usize = 128;

/// Least of k in a part: with less, a second dispatch and the sums on their way through memory cost more than
/// idle processors.
const SHORTEST: usize = 256;

/// The same on a software adapter. Of 16 x 60,000 x 16 a product takes 0.77 ms in two parts and 1.6 ms in one, on two
/// cores; of 16 x 4096 x 16 it takes longer in two.
const SHORTEST_ON_SOFTWARE: usize = 8 * 1024;

/// Most bytes of the sums of all parts.
const MEMORY: usize = 32 << 20;

/// Workgroups that go over one part of k.
pub(super) fn groups(plan: &Plan, shape: &Shape) -> usize {
    let tiles = plan.tiles(shape);
    if plan.is_one_invocation_a_tile() {
        tiles.div_ceil(WORKGROUP)
    } else {
        tiles
    }
}

/// Adds to the plans of a GPU, best first, those with as many parts of k as it takes to keep it busy: before the
/// others if the best leaves it idle, else after it. For software adapters an estimate ranks them.
pub(super) fn offer(plans: Vec<Plan>, shape: &Shape, target: &Target) -> Vec<Plan> {
    if target.software {
        return plans;
    }
    let mut split: Vec<Plan> = plans
        .iter()
        .filter_map(|plan| parts(plan, shape, target).map(|parts| plan.with_parts(parts)))
        .collect();
    // Enough workgroups; then little beyond the edges, in quarters of c; then large tiles, which share each load
    // among more products.
    split.sort_by_cached_key(|plan| {
        let idle = BUSY.saturating_sub(groups(plan, shape) * plan.parts());
        let [rows, columns] = plan.tile(shape.form);
        let computed = plan.tiles(shape) * rows * columns;
        let quarters = 4 * computed / (shape.m * shape.n).max(1);
        (idle, quarters, Reverse(rows * columns))
    });
    let busy = plans
        .first()
        .is_some_and(|plan| groups(plan, shape) >= BUSY);
    let mut all = plans;
    let at = usize::from(busy);
    all.splice(at..at, split);
    all
}

/// Parts of k that keep the device busy with this plan; none where its tiles do, or k is too short.
pub(super) fn parts(plan: &Plan, shape: &Shape, target: &Target) -> Option<usize> {
    let (busy, shortest) = if target.software {
        (parallel::threads(), SHORTEST_ON_SOFTWARE)
    } else {
        (BUSY, SHORTEST)
    };
    let bytes = shape.m * shape.n * size_of::<f32>();
    let wanted = busy.div_ceil(groups(plan, shape).max(1));
    let parts = wanted.min(shape.k / shortest).min(MEMORY / bytes.max(1));
    (parts > 1).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::matmul::{Family, Form, candidates};

    fn gpu() -> Target {
        Target {
            workgroup_memory: 16 * 1024,
            workgroup_invocations: 256,
            ..Target::default()
        }
    }

    fn shape(form: Form, [m, k, n]: [usize; 3]) -> Shape {
        Shape {
            form,
            m,
            k,
            n,
            batch_is_m: form != Form::Tn,
            batch_is_k: form == Form::Tn,
        }
    }

    #[test]
    fn a_long_k_over_few_tiles_is_cut_until_a_gpu_is_busy() {
        let layer = shape(Form::Nt, [593, 36_300, 100]);
        for family in [Family::Tiles, Family::Registers] {
            let plans = candidates::of_family(family, &layer, &gpu());
            let best = plans[0];
            assert!(best.parts() > 1, "{best}");
            assert!(groups(&best, &layer) * best.parts() >= BUSY, "{best}");
            assert!(layer.k / best.parts() >= SHORTEST, "{best}");
            assert!(plans.iter().any(|plan| plan.parts() == 1));
        }
    }

    #[test]
    fn k_stays_whole_where_tiles_are_many_or_k_is_short() {
        for sides in [[5000, 784, 512], [593, 500, 10], [1, 1, 1]] {
            let plan = candidates::of_family(Family::Tiles, &shape(Form::Nt, sides), &gpu())[0];
            assert_eq!(plan.parts(), 1, "{sides:?}: {plan}");
        }
    }

    #[test]
    fn sums_of_parts_take_little_memory() {
        for sides in [[2000, 100_000, 2000], [16, 1_000_000, 16], [600, 9000, 700]] {
            let shape = shape(Form::Tn, sides);
            for plan in candidates::ranked(&shape, &gpu()) {
                let bytes = 4 * plan.parts() * shape.m * shape.n;
                assert!(plan.parts() == 1 || bytes <= MEMORY, "{shape}: {plan}");
            }
        }
    }

    #[test]
    fn a_software_adapter_cuts_only_a_very_long_k_over_fewer_tiles_than_threads() {
        let software = Target {
            software: true,
            subgroup: Some(16),
            ..gpu()
        };
        for sides in [[593, 256, 16], [128, 784, 256], [16, 4096, 16]] {
            let plans = candidates::ranked(&shape(Form::Nt, sides), &software);
            assert!(plans.iter().all(|plan| plan.parts() == 1), "{sides:?}");
        }
        let long = candidates::ranked(&shape(Form::Nt, [16, 60_000, 16]), &software)[0];
        assert_eq!(long.parts() > 1, parallel::threads() > 1, "{long}");
    }

    #[test]
    fn parts_are_whole_steps_and_cover_k() {
        let layer = shape(Form::Nt, [593, 36_301, 100]);
        for plan in candidates::ranked(&layer, &gpu()) {
            let part = plan.part(layer.k);
            assert!(
                part.is_multiple_of(4) && part * plan.parts() >= layer.k,
                "{plan}"
            );
        }
    }
}
