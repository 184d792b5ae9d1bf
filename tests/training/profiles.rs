//! Profiling: every dispatch is seen, and the training stays the same.

use std::sync::Arc;
use std::time::Instant;

use shadernets::backend::cpu::CpuBackend;
use shadernets::backend::gpu::{Gpu, GpuBackend, Pipelines};
use shadernets::backend::profile::{Clock, Profile};
use shadernets::backend::{Backend, Counters};
use shadernets::config::{CheckAction, DeviceChoice, ExperimentConfig, ModelKind};
use shadernets::ops::state::StepState;
use shadernets::program::{Phase, Values};
use shadernets::train::{Sizes, Trainer, TrainingEvent, compile, drive};

use crate::support::pipelines;
use crate::toy::{dataset, read};

const EPOCHS: u32 = 2;
/// Of 84 samples; the last has 4.
const STEPS: u64 = 9;

fn config() -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![6, 5];
    config.model.dropout_rate = 0.1;
    config.training.max_minibatch_size = 10;
    config.training.epochs = EPOCHS;
    config.training.gradient_checks.action = CheckAction::Off;
    config
}

/// On what a training is profiled.
#[derive(Debug, Clone, Copy)]
enum On {
    Cpu,
    /// A GPU whose clock is not asked.
    Gpu,
    /// A GPU that has a clock, if this one has.
    Clock,
}

struct Trained {
    events: Vec<TrainingEvent>,
    parameters: Vec<Values>,
    counters: Counters,
    profile: Option<Profile>,
    /// Of a step.
    dispatches: usize,
}

fn train(on: On, is_profiled: bool) -> Trained {
    let (config, dataset) = (config(), dataset());
    let compiled = compile(&config, &Sizes::of(&dataset), 1 << 27, true);
    let program = Arc::clone(&compiled.program);
    let samples = &dataset.samples;
    let backend: Box<dyn Backend> = match on {
        On::Cpu => {
            let state = StepState::default();
            Box::new(CpuBackend::<f32>::new(program, samples, state))
        }
        On::Gpu => Box::new(GpuBackend::new(pipelines(), program, samples).unwrap()),
        On::Clock => {
            // The environment is set up there.
            pipelines();
            let features = wgpu::Features::TIMESTAMP_QUERY;
            let gpu = pollster::block_on(Gpu::open_with(&DeviceChoice::Gpu, features)).unwrap();
            let pipelines = Pipelines::new(gpu);
            Box::new(GpuBackend::new(&pipelines, program, samples).unwrap())
        }
    };
    let parameters: Vec<_> = compiled.parameters.iter().map(|p| p.value).collect();
    let mut trainer = Trainer::new(config, dataset, compiled, backend);
    if is_profiled {
        trainer.backend().start_profile(Instant::now());
    }
    let mut events = Vec::new();
    drive::<anyhow::Error>(&mut trainer, |event| {
        events.push(event);
        Ok(())
    })
    .unwrap();
    let counters = trainer.backend().counters();
    let profile = trainer.backend().take_profile().unwrap();
    let before = trainer.backend().counters().dispatches;
    trainer.backend().run(Phase::Train, 1).unwrap();
    let dispatches = (trainer.backend().counters().dispatches - before) as usize;
    Trained {
        events,
        parameters: read(trainer.backend(), &parameters),
        counters,
        profile,
        dispatches,
    }
}

#[test]
fn a_profiled_training_is_the_same_to_the_bit_and_asks_the_same_of_the_device() {
    for on in [On::Cpu, On::Gpu, On::Clock] {
        let [plain, profiled] = [false, true].map(|is_profiled| train(on, is_profiled));
        assert!(plain.profile.is_none());
        assert_eq!(plain.events, profiled.events, "{on:?}");
        assert_eq!(plain.parameters, profiled.parameters, "{on:?}");
        let without_waits = |counters: Counters| Counters {
            waits: 0,
            ..counters
        };
        let [plain, profiled] = [plain, profiled].map(|t| without_waits(t.counters));
        assert_eq!(plain, profiled, "{on:?}");
    }
}

#[test]
fn each_dispatch_of_a_step_is_a_kernel_that_is_called_in_each_step() {
    for on in [On::Cpu, On::Clock] {
        let trained = train(on, true);
        let profile = trained.profile.unwrap();
        if profile.clock == Clock::Submissions {
            println!("{on:?}: this adapter has no timestamps");
            continue;
        }
        let steps = profile.kernels.iter().filter(|k| k.phase == Phase::Train);
        let steps: Vec<_> = steps.collect();
        assert_eq!(steps.len(), trained.dispatches, "{on:?}");
        for kernel in &steps {
            assert_eq!(kernel.calls, u64::from(EPOCHS) * STEPS, "{kernel:?}");
            assert!(kernel.work.bytes > 0, "{kernel:?}");
        }
        let calls: u64 = profile.kernels.iter().map(|kernel| kernel.calls).sum();
        assert_eq!(calls, trained.counters.dispatches, "{on:?}");
        assert_eq!(calls, profile.done);
        // One after the other, and not all at one moment.
        let spans = &profile.spans;
        assert!(spans.iter().all(|span| span.begin <= span.end));
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].begin));
        assert!(spans.iter().any(|span| span.begin < span.end));
        // The products forward and back, of the samples that there are.
        let weights = 16 * 6 + 6 * 5 + 5 * 3;
        let products = 3 * weights - 16 * 6;
        let expected = 2 * products * 84 * u64::from(EPOCHS);
        let products = steps.iter().filter(|k| k.name.contains("matmul"));
        let products = products.filter(|kernel| !kernel.name.contains("sum_parts"));
        let flops: u64 = products.map(|kernel| kernel.work.flops).sum();
        assert_eq!(flops, expected, "{on:?}");
    }
}

#[test]
fn without_a_clock_on_the_device_whole_submissions_are_timed() {
    let trained = train(On::Gpu, true);
    let profile = trained.profile.unwrap();
    assert_eq!(profile.clock, Clock::Submissions);
    assert_eq!(profile.kernels.len(), 2);
    assert_eq!(profile.kernels[0].dispatches, trained.dispatches);
    assert_eq!(profile.kernels[0].calls, u64::from(EPOCHS) * STEPS);
    assert!(profile.kernels[0].nanoseconds > 0);
    // All submissions of training, and one of each evaluation: dev twice, test once.
    let submissions = u64::from(EPOCHS) * STEPS.div_ceil(64) + u64::from(EPOCHS) + 1;
    assert_eq!(profile.done, submissions);
}
