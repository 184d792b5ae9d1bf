//! Matrix products: every family of kernels, where random cases do not reach.

use std::sync::Arc;

use shadernets::backend::Backend;
use shadernets::backend::check::error;
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::{GpuBackend, autotune};
use shadernets::ops::matmul::{Family, Form, MatMul, Outer, Plan, Shape, Wanted};
use shadernets::ops::rng;
use shadernets::ops::state::StepState;
use shadernets::program::{List, Phase, Program, Role, TensorId, Tensors, Values};

use crate::support::{pipelines, wait};

/// What lies beyond the rows in use: it must stay, and reach no result.
const BEYOND: f64 = f64::INFINITY;

/// A product of which only `rows` of the minibatch's `room` are in use: the relative error of the result.
///
/// # Panics
/// The kernel wrote outside of the rows in use.
fn deviation(shape: &Shape, rows: usize, wanted: Wanted) -> f64 {
    let Shape { form, m, k, n, .. } = *shape;
    let room = if shape.batch_is_m { m } else { k };
    let mut tensors = Tensors::new(room);
    let mut add = |name: &str, [rows, cols]: [usize; 2], is_batch: bool| {
        if is_batch {
            tensors.batch(name, cols, Role::Activation)
        } else {
            tensors.matrix(name, rows, cols, Role::Activation)
        }
    };
    let a_is_batch = shape.batch_is_m || shape.batch_is_k;
    let a = add("a", form.stored_a(m, k), a_is_batch);
    let b = add("b", form.stored_b(k, n), shape.batch_is_k);
    let c = add("c", [m, n], shape.batch_is_m);
    let mut program = Program::new(tensors);
    let op = MatMul {
        wanted,
        ..MatMul::new(a, b, c, form)
    };
    program.emit(List::Evaluate, op);
    let program = Arc::new(program);
    let state = StepState {
        rows: rows as u32,
        end: rows as u32,
        batch: rows as u32,
        ..StepState::default()
    };
    let tensors = &program.tensors;
    let used = |id: TensorId| {
        if tensors.is_batch(id) {
            rows * tensors.cols(id)
        } else {
            tensors.len(id)
        }
    };
    let mut cpu = CpuBackend::<f64>::new(Arc::clone(&program), &Arc::default(), state);
    let mut gpu = GpuBackend::new(pipelines(), Arc::clone(&program), &Arc::default()).unwrap();
    gpu.set_state(state);
    for id in [a, b, c] {
        let draw = |i: usize| {
            let [word, ..] = rng::pcg4d([i as u32, id.index() as u32, 0, 0]);
            let value = 2.0 * f64::from(rng::unit::<f32>(word)) - 1.0;
            if i < used(id) { value } else { BEYOND }
        };
        let values = Values::Real((0..tensors.len(id)).map(draw).collect());
        cpu.write(id, &values);
        gpu.write(id, &values);
    }
    cpu.run(Phase::Evaluate, 1).unwrap();
    gpu.run(Phase::Evaluate, 1).unwrap();
    gpu.request(&[c]);
    let found = loop {
        if let Some(found) = gpu.poll().unwrap() {
            break found[0].real().to_vec();
        }
        wait(&mut gpu).unwrap();
    };
    let (found, beyond) = found.split_at(used(c));
    assert!(
        beyond.iter().all(|value| *value == BEYOND),
        "{wanted:?} of {shape} writes rows that are not in use"
    );
    let Values::Real(expected) = cpu.read(c) else {
        panic!("products are real");
    };
    error(
        &Values::Real(expected[..used(c)].to_vec()),
        &Values::Real(found.to_vec()),
    )
}

fn check(shape: &Shape, rows: usize, k: usize) {
    for family in Family::ALL {
        for wanted in [Wanted::Ranked(family, 0), Wanted::Split(family, 0, 3)] {
            let error = deviation(shape, rows, wanted);
            let allowed = 1e-5 * (k as f64).sqrt();
            assert!(error <= allowed, "{wanted:?} of {shape}: {error:e}");
        }
    }
}

#[test]
fn a_product_over_more_terms_than_one_dispatch_takes_is_whole() {
    for form in Form::ALL {
        for (k, n) in [(140_001, 5), (140_004, 8)] {
            let shape = Shape {
                form,
                m: 12,
                k,
                n,
                batch_is_m: false,
                batch_is_k: false,
            };
            check(&shape, 0, k);
        }
    }
}

#[test]
fn rows_that_are_not_in_use_are_neither_read_nor_written() {
    const ROOM: usize = 300;
    for form in Form::ALL {
        for rows in [0, 1, 67, 128, 299] {
            let shape = Shape {
                form,
                m: if form == Form::Tn { 36 } else { ROOM },
                k: if form == Form::Tn { ROOM } else { 36 },
                n: 20,
                batch_is_m: form != Form::Tn,
                batch_is_k: form == Form::Tn,
            };
            let k = if form == Form::Tn { rows } else { 36 };
            check(&shape, rows, k);
        }
    }
}

#[test]
fn a_kernel_that_computes_wrong_is_never_chosen() {
    let shape = Shape {
        form: Form::Nn,
        m: 64,
        k: 8,
        n: 512,
        batch_is_m: false,
        batch_is_k: false,
    };
    let Some(lanes) = pipelines().gpu().target().subgroup else {
        println!("this device has no kernel that could be made wrong");
        return;
    };
    // It reads lanes that no subgroup has.
    let wrong = Plan::Subgroups {
        lanes: 2 * lanes,
        outer: Outer {
            rows: 64,
            vectors: 1,
            step: 4,
            swap: false,
            parts: 1,
        },
    };
    let measured = autotune::measure(pipelines(), &shape, &[wrong, Plan::Naive]).unwrap();
    assert_eq!(measured[0].seconds, None);
    assert!(measured[1].seconds.is_some());
    autotune::keep_fastest(pipelines().gpu(), shape, &measured);
    let kept = pipelines().gpu().target().measured.get(&shape);
    assert_eq!(kept, Some(Plan::Naive));
}
