//! A model that was trained a little, saved as a run saves it.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use shadernets::config::{DataConfig, DeviceChoice, ExperimentConfig, KernelChoice, ModelKind};
use shadernets::data::{self, Dataset};
use shadernets::infer::{self, Format, Request};
use shadernets::program::{TensorId, Values};
use shadernets::report::Phases;
use shadernets::runs::Checkpoint;
use shadernets::session::Device;
use shadernets::train::{Evaluation, SavedTensor, Trainer, TrainingEvent, TrainingState, drive};

pub fn cpu() -> Device {
    Device::choose(&DeviceChoice::Cpu, KernelChoice::default())
        .unwrap()
        .0
}

/// A model, the data set that it saw, and how it did on the test partition.
pub struct Trained {
    pub model: Checkpoint,
    pub dataset: Arc<Dataset>,
    pub test: Evaluation,
}

/// The shipped data set `numbers`, as an experiment of hidden layers takes it.
pub fn experiment(change: impl FnOnce(&mut ExperimentConfig)) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    config.data = DataConfig {
        dataset: "numbers".to_owned(),
        datasets_path: datasets,
        ..DataConfig::default()
    };
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![12];
    config.training.epochs = 3;
    config.training.max_minibatch_size = 100;
    change(&mut config);
    config
}

/// Trains on the CPU.
pub fn train(config: &ExperimentConfig) -> Trained {
    let dataset = Arc::new(data::load(&config.data, &|_, _| {}).unwrap());
    let mut trainer = cpu()
        .trainer(config, &dataset, &mut Phases::start())
        .unwrap();
    let mut test = None;
    drive(&mut trainer, &mut |event| -> anyhow::Result<()> {
        if let TrainingEvent::Finished { test: last, .. } = event {
            test = last;
        }
        Ok(())
    })
    .unwrap();
    let parameters = trainer
        .compiled()
        .parameters
        .iter()
        .map(|p| p.value)
        .collect();
    let running = trainer
        .compiled()
        .running
        .iter()
        .map(|(id, _)| *id)
        .collect();
    let model = Checkpoint {
        config: config.clone(),
        run_id: "main".to_owned(),
        classes: dataset.classes.clone(),
        picture: [dataset.width, dataset.height, dataset.channels],
        state: Arc::new(TrainingState::of_model(
            saved(&mut trainer, parameters),
            saved(&mut trainer, running),
        )),
        seconds: 0.0,
        history: Vec::new(),
        confusions: Vec::new(),
    };
    Trained {
        model,
        dataset,
        test: test.unwrap(),
    }
}

fn saved(trainer: &mut Trainer, ids: Vec<TensorId>) -> Vec<SavedTensor> {
    trainer.backend().request(&ids);
    let values = loop {
        match trainer.backend().poll().unwrap() {
            Some(values) => break values,
            None => trainer.backend().wait().unwrap(),
        }
    };
    let tensors = &trainer.compiled().program.tensors;
    let values = values.iter().map(Values::real);
    let saved = ids.iter().zip(values).map(|(id, values)| SavedTensor {
        name: tensors[*id].name.clone(),
        shape: [tensors.rows(*id), tensors.cols(*id)],
        values: values.iter().map(|value| *value as f32).collect(),
    });
    saved.collect()
}

/// What `infer` prints.
pub fn infer(request: &Request, device: &Device) -> anyhow::Result<String> {
    let printed = Printed::default();
    infer::run_on(request, device, Box::new(printed.clone()))?;
    let bytes = printed.0.lock().unwrap().clone();
    Ok(String::from_utf8(bytes).unwrap())
}

/// Of these images, all classes as JSON.
pub fn request(model: &Path, paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Request {
    Request {
        model: model.to_owned(),
        paths: paths.into_iter().map(|p| p.as_ref().to_owned()).collect(),
        top_k: usize::MAX,
        format: Format::Json,
        confusion: false,
        device: DeviceChoice::Cpu,
    }
}

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
