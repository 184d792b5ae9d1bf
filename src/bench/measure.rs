//! One measurement, in this very process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::file::{Exported, Parameters};
use super::measurement::{Counts, Measurement, NAME, epoch_flops};
use super::workload::Workload;
use super::{Subject, synthetic};
use crate::backend::Counters;
use crate::config::{CheckAction, DeviceChoice, EarlyStopping, ExperimentConfig, KernelChoice};
use crate::data::{self, Dataset};
use crate::host;
use crate::ops::parallel;
use crate::ops::state::StepState;
use crate::program::{Phase, Values};
use crate::report::Phases;
use crate::session::Device;
use crate::train::{Advance, Trainer, TrainingEvent};

/// Fewest and most epochs after the first, where the time decides.
const EPOCHS: [usize; 2] = [3, 1000];

/// How long to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Span {
    /// So many epochs, the first included.
    Epochs(u32),
    /// Epochs after the first for so long.
    Time(Duration),
}

/// A training, its data and initial values in host memory.
pub struct Task {
    name: String,
    config: ExperimentConfig,
    dataset: Arc<Dataset>,
    /// Where a file tells them: initial values, and the order of each epoch.
    given: Option<(Parameters, Vec<Vec<u32>>)>,
    /// Epochs to train where nothing else is asked for.
    epochs: Option<u32>,
    /// Resident size before there was a data set.
    base_rss_mib: Option<f64>,
}

impl Task {
    /// Makes or loads what a subject trains on.
    ///
    /// # Errors
    /// The data set cannot be read or allocated.
    pub fn load(subject: &Subject) -> anyhow::Result<Self> {
        let base_rss_mib = host::peak_memory_mib();
        let mut task = match subject {
            Subject::Peak => anyhow::bail!("the device's own peak is no training"),
            Subject::Workload(workload) => Self::of_workload(workload)?,
            Subject::File(path) => {
                let exported = Exported::read(path)?;
                Self {
                    name: exported.name,
                    config: exported.config,
                    dataset: exported.dataset,
                    given: Some((exported.parameters, exported.orders)),
                    epochs: Some(exported.epochs),
                    base_rss_mib: None,
                }
            }
            Subject::Training { config, .. } => Self {
                name: config.exp_id.clone(),
                dataset: Arc::new(data::load(&config.data, &|_, _| {})?),
                config: (**config).clone(),
                given: None,
                epochs: None,
                base_rss_mib: None,
            },
        };
        // What is measured is training: no checks against the CPU, and no early end.
        task.config.training.gradient_checks.action = CheckAction::Off;
        task.config.training.early_stopping = EarlyStopping::Notify;
        task.base_rss_mib = base_rss_mib;
        Ok(task)
    }

    /// A workload on its synthetic data set.
    ///
    /// # Errors
    /// The data set cannot be allocated.
    pub fn of_workload(workload: &Workload) -> anyhow::Result<Self> {
        Ok(Self {
            name: workload.name.clone(),
            config: workload.config(),
            dataset: Arc::new(synthetic::dataset(workload)?),
            given: None,
            epochs: None,
            base_rss_mib: None,
        })
    }

    pub fn config(&self) -> &ExperimentConfig {
        &self.config
    }

    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.dataset
    }

    /// Trains on a device and measures it.
    ///
    /// # Errors
    /// There is no such device, or it does not take the training.
    pub fn measure(self, choice: &DeviceChoice, span: Option<Span>) -> anyhow::Result<Measurement> {
        let Self {
            name,
            mut config,
            dataset,
            given,
            epochs,
            base_rss_mib,
        } = self;
        let span = match (span, epochs) {
            (Some(span), _) => span,
            (None, Some(epochs)) => Span::Epochs(epochs),
            (None, None) => Span::Time(Duration::from_secs(3)),
        };
        config.training.epochs = match span {
            Span::Epochs(epochs) => epochs,
            Span::Time(_) => u32::MAX,
        };

        let start = Instant::now();
        let (device, _) = Device::choose(choice, KernelChoice::default())?;
        let mut trainer = device.trainer(&config, &dataset, &mut Phases::start())?;
        if let Some((parameters, orders)) = given {
            write_parameters(&mut trainer, parameters)?;
            trainer.visit(move |epoch| {
                let last = orders.len().saturating_sub(1);
                orders
                    .get((epoch as usize).min(last))
                    .cloned()
                    .unwrap_or_default()
            });
        }
        let epochs = train(&mut trainer, span)?;
        let step_counts = count_step(&mut trainer, dataset.partitions.training.len())?;

        let (first, last) = match epochs.as_slice() {
            [first, .., last] => (first, last),
            [only] => (only, only),
            [] => anyhow::bail!("the training ended before its first epoch"),
        };
        let (steps, later) = (trainer.minibatches(), epochs.len() - 1);
        let per_step = |cpu: fn(&Epoch) -> Option<f64>| {
            (later > 0).then_some((cpu(last)? - cpu(first)?) / (later * steps) as f64)
        };
        let compiled = trainer.compiled();
        let parameters = compiled.parameters.iter();
        let samples =
            [&dataset.partitions.training, &dataset.partitions.dev].map(|range| range.len());
        let entries = samples[0] * config.data.augmentation.clones as usize;
        Ok(Measurement {
            name: format!("{NAME}{choice}"),
            workload: name,
            driver: device.driver(),
            threads: parallel::threads(),
            minibatch: compiled.minibatch,
            steps,
            parameters: parameters
                .map(|p| compiled.program.tensors.len(p.value))
                .sum(),
            epoch_flops: epoch_flops(compiled, [entries, samples[1]]),
            samples: [entries, samples[1]],
            first_epoch_seconds: (first.end - start).as_secs_f64(),
            epoch_seconds: epochs
                .windows(2)
                .map(|pair| (pair[1].end - pair[0].end).as_secs_f64())
                .collect(),
            train_cost: epochs
                .iter()
                .map(|epoch| finite(Some(epoch.train_cost)))
                .collect(),
            dev_cost: epochs.iter().map(|epoch| finite(epoch.dev_cost)).collect(),
            epoch_counts: Counts::between(&first.counters, &last.counters, later),
            step_counts,
            thread_seconds_per_step: per_step(|epoch| epoch.thread_cpu),
            process_seconds_per_step: per_step(|epoch| epoch.process_cpu),
            peak_rss_mib: host::peak_memory_mib(),
            base_rss_mib,
            device: trainer.backend().device().to_owned(),
        })
    }
}

/// The end of an epoch.
pub struct Epoch {
    end: Instant,
    pub train_cost: f64,
    pub dev_cost: Option<f64>,
    counters: Counters,
    thread_cpu: Option<f64>,
    process_cpu: Option<f64>,
}

fn write_parameters(trainer: &mut Trainer, mut given: Parameters) -> anyhow::Result<()> {
    let tensors = &trainer.compiled().program.tensors;
    let mut written = Vec::new();
    for parameter in &trainer.compiled().parameters {
        let (name, length) = (&tensors[parameter.value].name, tensors.len(parameter.value));
        let place = given.iter().position(|(given, _)| given == name);
        let place = place.with_context(|| format!("the file has no parameter/{name}"))?;
        let (_, values) = given.swap_remove(place);
        ensure!(
            values.len() == length,
            "the file's parameter/{name} has {} elements instead of {length}",
            values.len()
        );
        let values = values.into_iter().map(f64::from).collect();
        written.push((parameter.value, Values::Real(values)));
    }
    for (id, values) in written {
        trainer.backend().write(id, &values);
    }
    Ok(())
}

/// Trains until the span is over.
///
/// # Errors
/// The device failed.
pub fn train(trainer: &mut Trainer, span: Span) -> anyhow::Result<Vec<Epoch>> {
    let mut epochs: Vec<Epoch> = Vec::new();
    loop {
        let events = match trainer.advance()? {
            Advance::Working(events) => events,
            Advance::Waiting => {
                trainer.wait()?;
                continue;
            }
            Advance::Finished => return Ok(epochs),
        };
        for event in events {
            let TrainingEvent::EpochFinished { training, dev, .. } = event else {
                continue;
            };
            epochs.push(Epoch {
                end: Instant::now(),
                train_cost: training.cost(),
                dev_cost: dev.map(|dev| dev.score.cost()),
                counters: trainer.backend().counters(),
                thread_cpu: host::thread_cpu_seconds(),
                process_cpu: host::process_cpu_seconds(),
            });
            if is_over(&epochs, span) {
                return Ok(epochs);
            }
        }
    }
}

fn is_over(epochs: &[Epoch], span: Span) -> bool {
    let (Some(first), Some(last)) = (epochs.first(), epochs.last()) else {
        return false;
    };
    let later = epochs.len() - 1;
    match span {
        Span::Epochs(wanted) => epochs.len() >= wanted as usize,
        Span::Time(time) => {
            later >= EPOCHS[1] || later >= EPOCHS[0] && last.end - first.end >= time
        }
    }
}

/// What one training step asks of the device: counted over some steps of an epoch, with a learning rate
/// of 0. `entries`: training samples.
///
/// # Errors
/// The device failed.
pub fn count_step(trainer: &mut Trainer, entries: usize) -> anyhow::Result<Counts> {
    let steps = trainer.minibatches();
    let steps = steps.min(trainer.backend().steps_at_once() as usize);
    let state = steps_of_no_effect(trainer, entries, steps);
    let backend = trainer.backend();
    backend.set_state(state);
    let before = backend.counters();
    backend.run(Phase::Train, steps as u32)?;
    Ok(Counts::between(&before, &backend.counters(), steps))
}

/// The step state before so many steps that leave the parameters as they are.
fn steps_of_no_effect(trainer: &Trainer, entries: usize, steps: usize) -> StepState {
    let minibatch = trainer.compiled().minibatch;
    StepState {
        end: entries.min(steps * minibatch) as u32,
        batch: minibatch as u32,
        slot: u32::MAX,
        ..StepState::default()
    }
}

fn finite(cost: Option<f64>) -> Option<f64> {
    cost.filter(|cost| cost.is_finite())
}
