//! Checkpoints.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::Value;
use shadernets::config::{DeviceChoice, ExperimentConfig, KernelChoice, ModelKind};
use shadernets::export::{self, Format, Request};
use shadernets::infer::Predictor;
use shadernets::runs::{Checkpoint, ConfusionLine, EpochLine, Figures, MetricsLine};
use shadernets::session::Device;
use shadernets::train::{BegunEpoch, EarlyStoppingState, SavedTensor, TrainingState};

use crate::{check, heap, mutate};

const FILE: &str = "epoch-00003.safetensors";

fn checkpoint() -> Checkpoint {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![3];
    let tensor = |name: &str, shape: [usize; 2]| SavedTensor {
        name: name.to_owned(),
        shape,
        values: vec![0.5; shape[0] * shape[1]],
    };
    let parameters = vec![
        tensor("L0_Dense_W", [3, 12]),
        tensor("L2_BatchNormalization_Gamma", [1, 3]),
        tensor("L2_BatchNormalization_Beta", [1, 3]),
        tensor("L4_Dense_W", [2, 3]),
        tensor("L6_BatchNormalization_Gamma", [1, 2]),
        tensor("L6_BatchNormalization_Beta", [1, 2]),
    ];
    let moments = parameters
        .iter()
        .flat_map(|p| ["m", "v"].map(|moment| tensor(&format!("{}_{moment}", p.name), p.shape)));
    let figures = Figures {
        cost: 0.25,
        accuracy: 0.5,
    };
    let epoch = |epoch| {
        MetricsLine::Epoch(EpochLine {
            epoch,
            training: figures,
            dev: Some(figures),
            learning_rate: 0.001,
            seconds: 1.0,
            samples_per_second: 100.0,
            early_stop: false,
        })
    };
    Checkpoint {
        config,
        run_id: "main".to_owned(),
        classes: vec!["red".to_owned(), "green".to_owned()],
        picture: [2, 2, 3],
        state: Arc::new(TrainingState {
            epoch: Some(3),
            optimizer: moments.collect(),
            early_stopping: EarlyStoppingState {
                lowest: f64::INFINITY,
                best_epoch: Some(2),
                since: 1,
            },
            begun: Some(BegunEpoch {
                steps: 2,
                metrics: vec![0.5; 8],
                found: [0, 1],
            }),
            ..TrainingState::of_model(
                parameters,
                vec![
                    tensor("L2_BatchNormalization_Mean", [1, 3]),
                    tensor("L2_BatchNormalization_Variance", [1, 3]),
                    tensor("L6_BatchNormalization_Mean", [1, 2]),
                    tensor("L6_BatchNormalization_Variance", [1, 2]),
                ],
            )
        }),
        seconds: 1.0,
        history: (0..4).map(epoch).collect(),
        confusions: vec![ConfusionLine {
            epoch: 3,
            partition: "dev".to_owned(),
            cells: vec![[0, 0, 5], [1, 0, 2]],
        }],
    }
}

fn read(folder: &Path) -> Result<Checkpoint, String> {
    Checkpoint::read(&folder.join(FILE)).map_err(|error| error.to_string())
}

/// Infers with a checkpoint, exports it and writes it again.
fn use_it(checkpoint: &Checkpoint, folder: &Path, device: &Device) {
    if let Ok(mut predictor) = Predictor::new(checkpoint, device) {
        let samples = vec![0.5; predictor.features()];
        let probabilities = predictor.probabilities(&samples).unwrap();
        assert_eq!(probabilities.len(), checkpoint.classes.len());
    }
    for format in [Format::Onnx, Format::Safetensors, Format::Torch] {
        let request = Request {
            model: folder.join(FILE),
            format,
            fold_batch_norm: true,
            to: folder.join("exported"),
        };
        // An error is fine.
        let _ = export::export(checkpoint, &request);
    }
}

/// Checks files that `damage` makes of a sound one.
fn check_damage(damage: impl Fn(&[u8], &mut ChaCha8Rng) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::choose(&DeviceChoice::Cpu, KernelChoice::default())
        .unwrap()
        .0;
    checkpoint().write(&folder.path().join(FILE)).unwrap();
    let sound = fs::read(folder.path().join(FILE)).unwrap();
    assert_eq!(read(folder.path()).unwrap(), checkpoint());
    use_it(&checkpoint(), folder.path(), &device);
    let tally = check(
        folder.path(),
        FILE,
        |random| vec![(FILE.to_owned(), damage(&sound, random))],
        || read(folder.path()),
        |checkpoint| use_it(&checkpoint, folder.path(), &device),
    );
    assert!(tally.refused > 500 && tally.read > 20, "{tally:?}");
}

#[test]
fn damaged_bytes() {
    check_damage(|sound, random| {
        let mut bytes = sound.to_vec();
        mutate::bytes(&mut bytes, random);
        bytes
    });
}

/// The header and the tensors' bytes.
fn parts(file: &[u8]) -> (Value, &[u8]) {
    let (length, rest) = file.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    let header = serde_json::from_slice(&rest[..length]).unwrap();
    (header, &rest[length..])
}

fn join(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// JSON that says something else, in a file that is whole.
#[test]
fn damaged_headers_and_records() {
    check_damage(|sound, random| {
        let (mut header, data) = parts(sound);
        if random.random_bool(0.3) {
            mutate::json(&mut header, random);
        } else {
            let record = &mut header["__metadata__"]["shadernets"];
            let mut inner = serde_json::from_str(record.as_str().unwrap()).unwrap();
            mutate::json(&mut inner, random);
            *record = Value::String(inner.to_string());
        }
        join(&header.to_string(), data)
    });
}

/// What is made to take memory: each would, in a reader that believes it or keeps what it does not know.
#[test]
fn headers_that_promise_much() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let many = |text: &str| text.repeat(200_000);
    let tensor = |shape: &str, end: &str| {
        format!(r#"{{"a":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#)
    };
    let headers = [
        tensor("1000000000000,1000000", "4000000000000000000"),
        tensor("4611686018427387904,4", "0"),
        tensor(&format!("{}1", many("1,")), "4"),
        format!(r#"{{"a":[{}0]}}"#, many("0,")),
        format!(r#"{{"a":{}"#, many("[")),
        format!(r#"{{"a":{{"dtype":"{}"}}}}"#, many("F")),
        format!(r#"{{"__metadata__":{{{}"b":""}}}}"#, many(r#""a":"","#)),
        format!("{{{}", many(r#"{"a":"#)),
    ];
    let files = headers.iter().map(|header| join(header, &[])).chain([
        u64::MAX.to_le_bytes().to_vec(),
        [&(1u64 << 40).to_le_bytes()[..], b"{}"].concat(),
    ]);
    for (case, file) in files.enumerate() {
        fs::write(&path, &file).unwrap();
        let (result, peak) = heap::peak(|| Checkpoint::read(&path));
        assert!(result.is_err(), "case {case}");
        let most = 16 * file.len() + (1 << 16);
        assert!(peak <= most, "case {case}: {peak} bytes for {}", file.len());
    }
}
