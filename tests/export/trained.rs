//! A model that was trained a little, saved as a run saves it.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use shadernets::config::{DataConfig, DeviceChoice, ExperimentConfig, KernelChoice, ModelKind};
use shadernets::data::{self, Dataset};
use shadernets::infer::{self, Format, Request};
use shadernets::report::Phases;
use shadernets::runs::Checkpoint;
use shadernets::session::Device;
use shadernets::train::{Evaluation, Observation, TrainingEvent, drive};

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
    trainer.observe(Observation {
        save_last: true,
        ..Observation::default()
    });
    let (mut test, mut saved) = (None, None);
    drive(&mut trainer, &mut |event| -> anyhow::Result<()> {
        match event {
            TrainingEvent::Saved { state, .. } => saved = Some(state),
            TrainingEvent::Finished { test: last, .. } => test = last,
            _ => {}
        }
        Ok(())
    })
    .unwrap();
    let model = Checkpoint {
        config: config.clone(),
        run_id: "main".to_owned(),
        classes: dataset.classes.clone(),
        picture: [dataset.width, dataset.height, dataset.channels],
        state: saved.unwrap(),
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
