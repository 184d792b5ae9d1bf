//! `shadernets devices --tune`: all kernels over the shapes that count.

use super::{keep_fastest, measure, remember};
use crate::backend::gpu::{Pipelines, software};
use crate::ops::matmul::{Family, Form, Shape, candidates};
use crate::report::say;

/// Products of Dense layers, as training meets them: `[samples, inputs, units]`.
const LAYERS: [[usize; 3]; 6] = [
    [593, 36_300, 100],
    [593, 100, 10],
    [593, 256, 16],
    [1024, 784, 256],
    [1024, 256, 128],
    [1024, 128, 10],
];

/// The three products of each layer, and a square.
fn shapes() -> Vec<Shape> {
    let shape = |form, [m, k, n]: [usize; 3]| Shape {
        form,
        m,
        k,
        n,
        batch_is_m: form != Form::Tn,
        batch_is_k: form == Form::Tn,
    };
    let mut shapes = vec![Shape {
        batch_is_m: false,
        ..shape(Form::Nn, [1024; 3])
    }];
    for [samples, inputs, units] in LAYERS {
        shapes.push(shape(Form::Nt, [samples, inputs, units]));
        shapes.push(shape(Form::Tn, [units, samples, inputs]));
        shapes.push(shape(Form::Nn, [samples, units, inputs]));
    }
    shapes
}

/// Measures the kernels of all families, prints their GFLOP/s and remembers the fastest of those that a
/// program would choose from. Returns how many computed wrong.
///
/// # Errors
/// The device was lost, or nobody reads what is printed.
pub fn print(pipelines: &Pipelines) -> anyhow::Result<usize> {
    let gpu = pipelines.gpu();
    let mut wrong = 0;
    say!(
        "  {:<22}{:>9}{:>11}{:>11}{:>9}  fastest (GFLOP/s)",
        "product",
        "naive",
        "registers",
        "subgroups",
        "tiles"
    );
    for shape in shapes() {
        let chosen_from = candidates::ranked(&shape, gpu.target());
        let mut plans = chosen_from.clone();
        for family in Family::ALL {
            plans.push(candidates::of_family(family, &shape, gpu.target())[0]);
        }
        plans.sort_by_key(|plan| plan.to_string());
        plans.dedup();
        let measurements = measure(pipelines, &shape, &plans)?;
        wrong += measurements.iter().filter(|m| m.seconds.is_none()).count();
        let gflops = |seconds: f64| shape.flops() / seconds / 1e9;
        let best = |family: Family| {
            let of_family = measurements.iter().filter(|m| m.plan.family() == family);
            let rates = of_family.filter_map(|m| m.seconds.map(gflops));
            let best = rates.max_by(f64::total_cmp);
            best.map_or("-".to_owned(), |rate| format!("{rate:.1}"))
        };
        let right = measurements.iter().filter(|m| m.seconds.is_some());
        let fastest = right.min_by(|a, b| {
            let seconds = |s: Option<f64>| s.unwrap_or(f64::INFINITY);
            seconds(a.seconds).total_cmp(&seconds(b.seconds))
        });
        say!(
            "  {:<22}{:>9}{:>11}{:>11}{:>9}  {}",
            shape.to_string(),
            best(Family::Naive),
            best(Family::Registers),
            best(Family::Subgroups),
            best(Family::Tiles),
            fastest.map_or("none is right".to_owned(), |m| m.plan.to_string()),
        );
        let mut eligible = measurements.clone();
        eligible.retain(|m| chosen_from.contains(&m.plan));
        keep_fastest(gpu, shape, &eligible);
    }
    if let Some(folder) = software::cache_folder() {
        remember(gpu, &folder);
    }
    Ok(wrong)
}
