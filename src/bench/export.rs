//! `shadernets bench --export`: writes workloads for other trainers, with the costs that ours reach.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::file::{Costs, Exported, Parameters};
use super::measure::{Span, Task, train};
use super::workload::Workload;
use crate::data::batches::epoch_order;
use crate::program::TensorId;
use crate::report::{Phases, say};
use crate::session::Device;
use crate::train::Trainer;

/// Writes `<workload>.safetensors` into a folder, which is made if need be.
///
/// # Errors
/// The folder or a file cannot be written, or a data set does not fit the memory.
pub fn export(folder: &Path, workloads: &[Workload]) -> anyhow::Result<()> {
    let error = || format!("--export={}: cannot make this folder", folder.display());
    std::fs::create_dir_all(folder).with_context(error)?;
    for workload in workloads {
        // A name of sizes may hold a slash.
        let file = format!("{}.safetensors", workload.name.replace('/', "-"));
        let path = folder.join(file);
        export_one(&path, workload)?;
        say!("{}", path.display());
    }
    Ok(())
}

fn export_one(path: &Path, workload: &Workload) -> anyhow::Result<()> {
    let task = Task::of_workload(workload)?;
    let epochs = workload.exported_epochs;
    let mut config = task.config().clone();
    config.training.epochs = epochs;
    let (seed, samples) = (config.data.seed, workload.samples[0]);
    let orders = (0..epochs).map(|epoch| epoch_order(seed, epoch, samples, 1));
    let orders = orders.collect::<Result<_, _>>()?;

    let mut trainer = Device::Cpu.trainer(&config, task.dataset(), &mut Phases::start())?;
    let (parameters, shapes) = parameters(&mut trainer)?;
    let trained = train(&mut trainer, Span::Epochs(epochs))?;
    let training: Vec<f64> = trained.iter().map(|epoch| epoch.train_cost).collect();
    let dev: Vec<f64> = trained.iter().filter_map(|epoch| epoch.dev_cost).collect();
    let exported = Exported {
        name: workload.name.clone(),
        config,
        epochs,
        dataset: Arc::clone(task.dataset()),
        parameters,
        orders,
    };
    let costs = Costs {
        training: &training,
        dev: &dev,
    };
    exported.write(path, &shapes, &costs)
}

/// Names, values and shapes of all parameters as they are now.
fn parameters(trainer: &mut Trainer) -> anyhow::Result<(Parameters, Vec<[usize; 2]>)> {
    let ids: Vec<TensorId> = trainer
        .compiled()
        .parameters
        .iter()
        .map(|p| p.value)
        .collect();
    let backend = trainer.backend();
    backend.request(&ids);
    let values = loop {
        match backend.poll()? {
            Some(values) => break values,
            None => backend.wait()?,
        }
    };
    let tensors = &trainer.compiled().program.tensors;
    let named = ids.iter().zip(values).map(|(id, values)| {
        let values = values.real().iter().map(|value| *value as f32).collect();
        let shape = [tensors.rows(*id), tensors.cols(*id)];
        ((tensors[*id].name.clone(), values), shape)
    });
    Ok(named.unzip())
}
