use shadernets::backend::Backend;
use shadernets::backend::check::{error, prepare};
use shadernets::ops::case::CaseBuilder;
use shadernets::ops::registry;
use shadernets::program::{Phase, Values};

/// Elements of each tensor that are moved.
const ELEMENTS: usize = 12;

#[test]
fn every_backward_op_agrees_with_central_differences() {
    let mut checked = 0;
    for entry in registry() {
        for index in 0..crate::CASES {
            let (mut prepared, info) = prepare(CaseBuilder::build(&entry, index));
            let Some(derivative) = info.derivative else {
                continue;
            };
            let reference = &mut prepared.reference;
            // In f64 throughout: the forward op again, after the operands were rounded to f32.
            derivative.forward.cpu_f64(reference.memory());
            reference.run(Phase::Evaluate, 1).unwrap();
            let cost = || -> f64 {
                derivative.forward.cpu_f64(reference.memory());
                let terms = derivative.outputs.iter().map(|(y, dy)| {
                    let (y, dy) = (reference.memory().read(*y), reference.memory().read(*dy));
                    y.slice()
                        .iter()
                        .zip(dy.slice())
                        .map(|(y, dy)| y * dy)
                        .sum::<f64>()
                });
                terms.sum()
            };
            for (x, dx) in &derivative.inputs {
                let Values::Real(analytic) = reference.read(*dx) else {
                    panic!("gradients are real");
                };
                let in_place = derivative.outputs.iter().any(|(y, _)| y == x);
                assert!(!in_place, "{}: an input is overwritten", entry.name);
                let stride = analytic.len().div_ceil(ELEMENTS);
                let (mut found, mut expected) = (Vec::new(), Vec::new());
                for i in (0..analytic.len()).step_by(stride) {
                    // In-place ops change y: keep and restore all that the forward op may write.
                    let kept = derivative
                        .outputs
                        .iter()
                        .map(|(y, _)| (*y, reference.read(*y)));
                    let kept: Vec<_> = kept.collect();
                    let value = reference.memory().read(*x).all()[i];
                    let h = 1e-5;
                    let at = |value: f64| {
                        reference.memory().write(*x).all()[i] = value;
                        let cost = cost();
                        for (y, values) in &kept {
                            let mut y = reference.memory().write(*y);
                            y.slice().copy_from_slice(values.real());
                        }
                        cost
                    };
                    let numeric = (at(value + h) - at(value - h)) / (2.0 * h);
                    reference.memory().write(*x).all()[i] = value;
                    found.push(analytic[i]);
                    expected.push(numeric);
                }
                let error = error(&Values::Real(expected), &Values::Real(found));
                assert!(error < 1e-6, "{} case {index}: {error:.2e}", entry.name);
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "only {checked} gradients were checked");
}
