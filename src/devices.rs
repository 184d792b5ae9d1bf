//! `shadernets devices`: the adapters of this machine, and whether they compute right.

use crate::backend::check::prepare;
use crate::backend::gpu::{self, Gpu, GpuBackend, Pipelines, autotune};
use crate::ops::case::CaseBuilder;
use crate::ops::{parallel, registry};
use crate::report::say;

/// Random cases of each op in a check.
const CASES: u64 = 5;

/// Prints the adapters with driver, limits and features; with `check`, runs every kernel on each and
/// compares it with the CPU in f64; with `tune`, measures the kernels of matrix products.
///
/// # Errors
/// A check found a kernel that computes wrong, or an adapter does not open.
pub fn print(check: bool, tune: bool) -> anyhow::Result<()> {
    say!("CPU: {} threads\n", parallel::threads());
    let adapters = pollster::block_on(gpu::adapters());
    if adapters.is_empty() {
        say!("No GPU adapter; {}.", Gpu::ADVICE);
    }
    let mut wrong = 0;
    for adapter in &adapters {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        say!("{} ({:?}, {:?})", info.name, info.backend, info.device_type);
        say!("  driver: {} {}", info.driver, info.driver_info);
        say!(
            "  subgroups: {} to {}",
            info.subgroup_min_size,
            info.subgroup_max_size
        );
        say!(
            "  limits: {} MiB a storage binding, {} MiB a buffer, {} storage buffers a stage, \
             {} KiB workgroup memory, {} invocations a workgroup",
            limits.max_storage_buffer_binding_size >> 20,
            limits.max_buffer_size >> 20,
            limits.max_storage_buffers_per_shader_stage,
            limits.max_compute_workgroup_storage_size >> 10,
            limits.max_compute_invocations_per_workgroup,
        );
        let features: Vec<_> = adapter
            .features()
            .iter_names()
            .map(|(name, _)| name)
            .collect();
        say!("  features: {}", features.join(", "));
        if check {
            let gpu = pollster::block_on(Gpu::open_adapter(adapter))?;
            wrong += check_kernels(&Pipelines::new(gpu))?;
        }
        if tune {
            let gpu = pollster::block_on(Gpu::open_adapter(adapter))?;
            wrong += autotune::table::print(&Pipelines::new(gpu))?;
        }
        say!("");
    }
    anyhow::ensure!(
        wrong == 0,
        "{wrong} results differ from the CPU's; please report this with the lines above, and train with --device=cpu"
    );
    Ok(())
}

fn check_kernels(pipelines: &Pipelines) -> anyhow::Result<usize> {
    let (mut compared, mut wrong) = (0, 0);
    for entry in registry() {
        for index in 0..CASES {
            let (prepared, info) = prepare(CaseBuilder::build(&entry, index));
            let program = prepared.program().clone();
            let mut backend = GpuBackend::new(pipelines, program, prepared.samples())?;
            for deviation in prepared.deviations(&info, &mut backend, |b| b.wait())? {
                compared += 1;
                if !deviation.is_fine() {
                    wrong += 1;
                    say!(
                        "  wrong: {} of {}: {:.2e}",
                        deviation.tensor,
                        entry.name,
                        deviation.error
                    );
                }
            }
        }
    }
    say!(
        "  check: {compared} results of {} kernels compared with the CPU in f64, {wrong} wrong",
        registry().len()
    );
    Ok(wrong)
}
