//! Which kernels suit a shape and a device, best first, by an estimate of their times.
//!
//! The estimate need not be right, only rank well: a short measurement of the first few decides (see
//! [`autotune`](crate::backend::gpu::autotune)), and where there is none yet, the first is used.

use super::{Family, Outer, Plan, Shape, split};
use crate::ops::Target;
use crate::ops::parallel;

/// Most accumulators of a lane: with more the code of a step does not fit into a core's instruction cache (32 KiB), and
/// takes seconds to compile. Of 593 x 256 x 128 a product takes 0.72 ms with 64 x 4, 0.90 ms with 64 x 5 and 0.87 ms
/// with 48 x 4, on vectors of 512 bits.
const MOST_ACCUMULATORS: usize = 256;

/// The kernel for a shape: forced, measured, or first by estimate.
pub fn fastest(shape: &Shape, target: &Target) -> Plan {
    let measured = target.measured.get(shape);
    match (target.forced, measured) {
        (Some(family), _) => of_family(family, shape, target)[0],
        (None, Some(plan)) => plan,
        (None, None) => ranked(shape, target)[0],
    }
}

/// Kernels worth measuring for a shape, of all families that suit the device, best first.
pub fn ranked(shape: &Shape, target: &Target) -> Vec<Plan> {
    let families: &[Family] = match (target.software, target.subgroup) {
        (true, Some(_)) => &[Family::Subgroups],
        (true, None) => &[Family::Registers],
        (false, _) if target.workgroup_memory == 0 => &[Family::Registers],
        // Where tiles would leave most of a GPU idle, more and smaller ones may be faster.
        (false, _) => &[Family::Tiles, Family::Registers],
    };
    let mut plans: Vec<Plan> = Vec::new();
    for family in families {
        plans.extend(of_family(*family, shape, target));
    }
    plans
}

/// The family's kernels for a shape, best first; those of another where the device has none of it.
pub fn of_family(family: Family, shape: &Shape, target: &Target) -> Vec<Plan> {
    match (family, target.subgroup) {
        (Family::Naive, _) => vec![Plan::Naive],
        (Family::Subgroups, Some(lanes)) => outer(lanes, shape, target),
        (Family::Registers | Family::Subgroups, _) => outer(1, shape, target),
        (Family::Tiles, _) => {
            let tiles = tiles(shape, target);
            if tiles.is_empty() {
                outer(1, shape, target)
            } else {
                tiles
            }
        }
    }
}

/// Tiles in workgroup memory, as far as the device has the memory. The larger share each load among
/// more products, but a GPU wants many of them at once.
fn tiles(shape: &Shape, target: &Target) -> Vec<Plan> {
    let sizes = [(128, 8, 16), (64, 4, 32), (32, 4, 16)];
    let mut plans: Vec<Plan> = sizes
        .into_iter()
        .filter(|(side, each, depth)| {
            let memory = 2 * side * depth * size_of::<f32>();
            let invocations = (side / each) * (side / each);
            memory <= target.workgroup_memory && invocations <= target.workgroup_invocations
        })
        .map(|(side, each, depth)| Plan::Tiles {
            side,
            each,
            depth,
            parts: 1,
        })
        .collect();
    // The largest tile that gives enough of them; else the smallest.
    plans.sort_by_key(|plan| {
        let tiles = plan.tiles(shape);
        (
            tiles < split::BUSY,
            if tiles < split::BUSY {
                split::BUSY - tiles
            } else {
                tiles
            },
        )
    });
    split::offer(plans, shape, target)
}

/// Outer products: all tiles within reason, the five best by estimate.
fn outer(lanes: usize, shape: &Shape, target: &Target) -> Vec<Plan> {
    let plan = |outer| match lanes {
        1 => Plan::Registers(outer),
        lanes => Plan::Subgroups { lanes, outer },
    };
    let mut plans = Vec::new();
    let mut add = |outer| plans.push((estimate(&outer, lanes, shape), plan(outer)));
    for swap in [false, true] {
        for rows in [
            4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 52, 56, 60, 64, 72, 80, 100,
        ] {
            for vectors in 1..=7 {
                let outer = Outer {
                    rows,
                    vectors,
                    step: 4,
                    swap,
                    parts: 1,
                };
                let [_, single] = outer.k_along_rows(shape.form);
                let accumulators = rows * vectors * if single { 1 } else { 4 };
                // An invocation alone holds its tile of P as well.
                let held = accumulators + if lanes == 1 { 4 * rows } else { 0 };
                // Transposed vec4s of both operands: nothing is gained over the other way round.
                let awkward = swap && !single;
                if held <= MOST_ACCUMULATORS && !awkward {
                    add(outer);
                    if target.software
                        && let Some(parts) = split::parts(&plan(outer), shape, target)
                    {
                        add(Outer { parts, ..outer });
                    }
                }
            }
        }
    }
    plans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let plans = plans.into_iter().take(5).map(|(_, plan)| plan).collect();
    split::offer(plans, shape, target)
}

/// Nanoseconds of a product, for comparison only: from what loads, multiply-adds, broadcasts and stores
/// were measured to take on a software adapter.
fn estimate(outer: &Outer, lanes: usize, shape: &Shape) -> f64 {
    // Of one lane: a load or store of a component; of all lanes: a multiply-add, a broadcast.
    const COMPONENT: f64 = 0.39;
    const SINGLE: f64 = 0.9;
    const MULTIPLY_ADD: f64 = 0.2;
    const BROADCAST: f64 = 0.2;
    const TILE: f64 = 300.0;
    // Of the dispatch that adds the sums of parts.
    const DISPATCH: f64 = 50e3;
    let Outer {
        rows,
        vectors,
        step,
        swap,
        parts,
    } = *outer;
    let [p, q] = outer.k_along_rows(shape.form);
    let [p_vec4, q_vec4] = {
        let [a, b] = shape.in_vec4s();
        if swap { [b, a] } else { [a, b] }
    };
    // Invocations that the adapter computes at once.
    let wide = if lanes == 1 { 8 } else { lanes } as f64;
    let vec4 = |whole: bool| 4.0 * wide * if whole { COMPONENT } else { SINGLE };
    let loads_p = if p {
        rows.div_ceil(lanes)
    } else {
        step * (rows / 4).div_ceil(lanes)
    };
    let loads_q = if q { vectors } else { step * vectors };
    let accumulators = (rows * vectors * if q { 1 } else { 4 }) as f64;
    let broadcasts = if lanes == 1 {
        0.0
    } else {
        (step * rows) as f64
    };
    let a_step = loads_p as f64 * vec4(p_vec4)
        + loads_q as f64 * vec4(q_vec4)
        + step as f64 * accumulators * MULTIPLY_ADD
        + broadcasts * BROADCAST;
    let stores_vec4s = shape.n.is_multiple_of(4) && (swap || !q);
    let stores = accumulators * wide * if stores_vec4s { COMPONENT } else { SINGLE };
    let a_tile = TILE + shape.k.div_ceil(parts).div_ceil(step) as f64 * a_step + stores;

    let grid = |size: usize, tile: usize| size.div_ceil(tile);
    let columns = outer.columns(lanes, shape.form);
    let tiles = if swap {
        grid(shape.n, rows) * grid(shape.m, columns)
    } else {
        grid(shape.m, rows) * grid(shape.n, columns)
    };
    let groups = if lanes == 1 { tiles.div_ceil(8) } else { tiles };
    let adding = if parts > 1 {
        DISPATCH + (parts * shape.m * shape.n) as f64 * SINGLE
    } else {
        0.0
    };
    (parts * groups).div_ceil(parallel::threads()) as f64 * a_tile + adding
}
