//! Against PyTorch: `tests/golden/make.py` made the files.

use std::path::Path;
use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};
use shadernets::config::ExperimentConfig;
use shadernets::ops::adam::BETAS;
use shadernets::ops::state::StepState;
use shadernets::program::{Phase, Role, TensorId, Values};
use shadernets::train::{Score, Sizes, compile, learning_rate};

use crate::toy::{On, load, read};

const STEPS: usize = 20;
const MINIBATCHES: [usize; 3] = [10, 10, 7];

struct Golden {
    bytes: Vec<u8>,
}

impl Golden {
    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    fn metadata(&self, key: &str) -> String {
        let (_, metadata) = SafeTensors::read_metadata(&self.bytes).unwrap();
        metadata.metadata().as_ref().unwrap()[key].clone()
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).unwrap_or_else(|_| panic!("no {name}"));
        let words = tensor
            .data()
            .chunks_exact(8)
            .map(|word| word.try_into().unwrap());
        match tensor.dtype() {
            Dtype::F64 => words.map(f64::from_le_bytes).collect(),
            Dtype::I64 => words.map(|word| i64::from_le_bytes(word) as f64).collect(),
            other => panic!("{name} is {other:?}"),
        }
    }

    /// Of a tensor stacked over the steps, this step's.
    fn at(&self, name: &str, step: usize) -> Vec<f64> {
        let all = self.numbers(name);
        let length = all.len() / STEPS;
        all[step * length..(step + 1) * length].to_vec()
    }

    fn config(&self) -> ExperimentConfig {
        let mut config = ExperimentConfig::default();
        config.model.kind = self.metadata("model").parse().unwrap();
        let layers = self.metadata("layers");
        config.model.layers = layers
            .split(',')
            .filter_map(|units| units.parse().ok())
            .collect();
        config.model.activation = self.metadata("activation").parse().unwrap();
        config.model.batch_norm = self.metadata("batch_norm") == "true";
        config.optimizer.kind = self.metadata("optimizer").parse().unwrap();
        config.optimizer.learning_rate = self.metadata("lr").parse().unwrap();
        config.optimizer.decay = self.metadata("decay").parse().unwrap();
        config.optimizer.weight_decay = self.metadata("wd").parse().unwrap();
        config.training.max_minibatch_size = MINIBATCHES[0];
        config
    }
}

/// `‖a - b‖ / ‖b‖`.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let difference: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    let norm: f64 = b.iter().map(|b| b * b).sum();
    if difference == 0.0 {
        0.0
    } else {
        (difference / norm).sqrt()
    }
}

fn reproduces(on: On, fuse: bool, limit: f64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".safetensors") && !name.starts_with("rotate") {
            let bytes = std::fs::read(&path).unwrap();
            steps(name, &Golden { bytes }, on, fuse, limit);
            files += 1;
        }
    }
    assert_eq!(files, 16);
}

fn steps(file: &str, golden: &Golden, on: On, fuse: bool, limit: f64) {
    let config = golden.config();
    let sizes = Sizes {
        picture: [2, 2, 3],
        classes: 4,
        // All 27 samples are trained on and evaluated, ten at a time.
        partitions: [17, 10, 0],
    };
    let compiled = compile(&config, &sizes, u64::MAX, fuse);
    let tensors = &compiled.program.tensors;
    let samples = golden.numbers("x").iter().map(|x| *x as f32).collect();
    let mut backend = load(on, &compiled, &Arc::new(samples));
    let labels = golden
        .numbers("labels")
        .iter()
        .map(|label| *label as u32)
        .collect();
    backend.write(compiled.tensors.labels, &Values::Uint(labels));
    backend.write(compiled.tensors.order, &Values::Uint((0..27).collect()));
    for parameter in &compiled.parameters {
        let name = &tensors[parameter.value].name;
        let initial = golden.numbers(&format!("initial/{name}"));
        backend.write(parameter.value, &Values::Real(initial));
    }
    for (id, value) in &compiled.running {
        backend.write(*id, &Values::Real(vec![*value; tensors.len(*id)]));
    }
    let running = tensors.with_role(Role::Running);
    let mut state = StepState::default();
    let mut worst = (0.0, String::new());
    for step in 0..STEPS {
        let begin = MINIBATCHES[..step % 3].iter().sum::<usize>();
        state = StepState {
            offset: begin as u32,
            rows: 0,
            end: 27,
            batch: 10,
            slot: u32::MAX,
            step: step as u32,
            epoch: (step / 3) as u32,
            learning_rate: learning_rate(&config, (step / 3) as u32),
            weight_decay: config.optimizer.weight_decay,
            correction1: 1.0 - BETAS[0].powi(step as i32),
            correction2: 1.0 - BETAS[1].powi(step as i32),
            ..state
        };
        backend.set_state(state);
        backend.run(Phase::Train, 1).unwrap();
        let mut ids: Vec<TensorId> = vec![compiled.tensors.metrics];
        let mut names = vec!["loss".to_owned()];
        for parameter in &compiled.parameters {
            let name = &tensors[parameter.value].name;
            ids.extend([parameter.value, parameter.gradient]);
            names.extend([format!("parameter/{name}"), format!("gradient/{name}")]);
        }
        for id in &running {
            ids.push(*id);
            names.push(format!("running/{}", tensors[*id].name));
        }
        for (name, found) in names.iter().zip(read(backend.as_mut(), &ids)) {
            let expected = golden.at(name, step);
            let found = match name.as_str() {
                "loss" => vec![Score::from_figures(&found.real()[..4]).cost()],
                _ => found.real().to_vec(),
            };
            let distance = distance(&found, &expected);
            assert!(
                distance < limit,
                "{file} on {on:?}, step {step}, {name}: {distance:.2e}"
            );
            if distance > worst.0 {
                worst = (distance, format!("step {step}, {name}"));
            }
        }
    }
    println!("{file} on {on:?}: at most {:.1e} ({})", worst.0, worst.1);

    // In use: all 27 samples, ten at a time, with the running statistics.
    let mut figures: Vec<Vec<f64>> = Vec::new();
    for begin in [0, 10, 20] {
        backend.set_state(StepState {
            offset: begin,
            rows: 0,
            end: 27,
            slot: u32::MAX,
            ..state
        });
        backend.run(Phase::Evaluate, 1).unwrap();
        let metrics = read(backend.as_mut(), &[compiled.tensors.evaluated]);
        figures.push(metrics[0].real()[..4].to_vec());
    }
    let loss: f64 = figures.iter().map(|figures| figures[0]).sum();
    let right: f64 = figures.iter().map(|figures| figures[2]).sum();
    let distance = distance(&[loss / 27.0], &golden.numbers("eval_loss"));
    assert!(
        distance < limit,
        "{file} on {on:?}: evaluated loss is off by {distance:.2e}"
    );
    assert_eq!(vec![right], golden.numbers("eval_correct"), "{file}");
}

#[test]
fn the_cpu_in_f64_reproduces_pytorch_within_1e_9() {
    reproduces(On::F64, true, 1e-9);
}

#[test]
fn the_plain_program_does_so_too() {
    reproduces(On::F64, false, 1e-9);
}

#[test]
fn the_cpu_in_f32_reproduces_pytorch_within_1e_4() {
    reproduces(On::F32, true, 1e-4);
}

#[test]
fn the_gpu_reproduces_pytorch_within_1e_4() {
    reproduces(On::Gpu, true, 1e-4);
}

#[test]
fn rotation_is_pytorchs_grid_sample() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rotate.safetensors");
    let golden = Golden {
        bytes: std::fs::read(path).unwrap(),
    };
    let image = golden.numbers("image");
    let rotated = golden.numbers("rotated");
    for (i, degrees) in golden.numbers("angles").iter().enumerate() {
        let mut found = vec![0.0; image.len()];
        shadernets::ops::rotate::rotate(&image, &mut found, [9, 7, 3], degrees.to_radians());
        let expected = &rotated[i * image.len()..(i + 1) * image.len()];
        assert!(distance(&found, expected) < 1e-12, "{degrees} degrees");
    }
}
