//! onnxruntime and PyTorch on the exports, against `infer`.

use std::fs;

use shadernets::export::{self, Format, Request};
use shadernets::runs::MODEL;

use crate::python;
use crate::trained::{cpu, experiment, infer, request, train};

/// Images of the model's own size, so that each program decodes them by itself and needs no more.
const IMAGES: usize = 200;

#[test]
fn onnxruntime_and_pytorch_reproduce_the_probabilities_of_infer() {
    let trained = train(&experiment(|_| {}));
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join(MODEL);
    trained.model.write(&model).unwrap();
    let every = trained.dataset.len() / IMAGES;
    let images = trained.dataset.paths.iter().step_by(every).take(IMAGES);
    let predictions = infer(&request(&model, images), &cpu()).unwrap();
    assert_eq!(predictions.lines().count(), IMAGES);
    fs::write(folder.path().join("predictions.jsonl"), predictions).unwrap();
    for (format, fold_batch_norm, to) in [
        (Format::Onnx, true, "folded.onnx"),
        (Format::Onnx, false, "unfolded.onnx"),
        (Format::Torch, true, "network.safetensors"),
        (Format::Safetensors, true, "plain.safetensors"),
    ] {
        let request = Request {
            model: model.clone(),
            format,
            fold_batch_norm,
            to: folder.path().join(to),
        };
        export::run(&request).unwrap();
    }
    for (script, packages) in [
        ("onnx_runs.py", &["onnx", "onnxruntime", "numpy", "PIL"][..]),
        ("torch_loads.py", &["torch", "safetensors", "numpy", "PIL"]),
    ] {
        if let Some(said) = python::run(script, packages, folder.path()) {
            print!("{said}");
        }
    }
}
