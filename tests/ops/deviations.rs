use std::sync::Arc;

use shadernets::backend::Backend;
use shadernets::backend::check::{Prepared, prepare};
use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::GpuBackend;
use shadernets::ops::case::CaseBuilder;
use shadernets::ops::{registry, state::StepState};

use crate::support::{pipelines, wait};

fn walk(load: impl Fn(&Prepared, StepState) -> Box<dyn Backend>) {
    let mut wrong = Vec::new();
    for entry in registry() {
        for case in 0..crate::CASES {
            let (prepared, info) = prepare(CaseBuilder::build(&entry, case));
            assert!(!info.results.is_empty(), "{} writes nothing", entry.name);
            let mut backend = load(&prepared, info.state);
            let deviations = prepared
                .deviations(&info, backend.as_mut(), wait)
                .unwrap_or_else(|error| panic!("{} case {case}: {error}", entry.name));
            for deviation in deviations.iter().filter(|deviation| !deviation.is_fine()) {
                wrong.push(format!("{} case {case}: {deviation:?}", entry.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_op_on_the_gpu_agrees_with_the_cpu_in_f64() {
    walk(|prepared, _| {
        let program = Arc::clone(prepared.program());
        Box::new(GpuBackend::new(pipelines(), program, prepared.samples()).unwrap())
    });
}

#[test]
fn every_op_on_the_cpu_in_f32_agrees_with_f64() {
    walk(|prepared, state| {
        let program = Arc::clone(prepared.program());
        Box::new(CpuBackend::<f32>::new(program, prepared.samples(), state))
    });
}
