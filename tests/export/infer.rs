//! `infer` on images, folders and IDX files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use shadernets::backend::gpu::Gpu;
use shadernets::config::{DeviceChoice, ModelKind};
use shadernets::infer::Format;
use shadernets::runs::{CHECKPOINTS, Checkpoint, MODEL};
use shadernets::session::Device;
use shadernets::train::TrainingState;

use crate::support;
use crate::trained::{cpu, experiment, infer, request, train};

fn lines(json: &str) -> Vec<Value> {
    json.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A model of 12 x 9 gray pixels with all stages.
fn small() -> crate::trained::Trained {
    train(&experiment(|config| {
        let stages = &mut config.data.preprocessing;
        (stages.resize.width, stages.resize.height) = (12, 9);
        (stages.trim, stages.grayscale) = (true, true);
        (stages.minmax_normalize, stages.adaptive_invert) = (true, true);
    }))
}

#[test]
fn images_of_the_test_partition_get_what_the_training_run_said_of_them() {
    let trained = small();
    let run = tempfile::tempdir().unwrap();
    trained.model.write(&run.path().join(MODEL)).unwrap();
    let test = trained.dataset.partitions.test.clone();
    let paths = &trained.dataset.paths[test.clone()];
    let mut asked = request(run.path(), paths);
    asked.confusion = true;
    let lines = lines(&infer(&asked, &cpu()).unwrap());
    let (totals, images) = lines.split_last().unwrap();
    assert_eq!(images.len(), test.len());
    for (line, path) in images.iter().zip(paths) {
        assert_eq!(line["image"], path.to_str().unwrap());
        let folder = path.parent().unwrap().file_name().unwrap();
        assert_eq!(line["label"], folder.to_str().unwrap());
        let classes = line["classes"].as_array().unwrap();
        let probabilities = classes.iter().map(|c| c["probability"].as_f64().unwrap());
        assert!(probabilities.clone().is_sorted_by(|a, b| a >= b));
        assert!((probabilities.sum::<f64>() - 1.0).abs() < 1e-5);
    }
    let confusion = &trained.test.confusion;
    let rows: Vec<_> = confusion.counts.chunks(confusion.classes).collect();
    assert_eq!(totals["confusion"], serde_json::json!(rows));
    assert_eq!(totals["labelled"], test.len());
    let accuracy = totals["accuracy"].as_f64().unwrap();
    assert!((accuracy - trained.test.score.accuracy()).abs() < 1e-9);
}

#[test]
fn the_gpu_sees_what_the_cpu_sees() {
    let trained = small();
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    trained.model.write(&model).unwrap();
    let asked = request(&model, &trained.dataset.paths[..40]);
    let on_cpu = lines(&infer(&asked, &cpu()).unwrap());
    // Says which adapter it is.
    support::pipelines();
    let gpu = pollster::block_on(Gpu::open(&DeviceChoice::Gpu)).unwrap();
    let gpu = Device::of(gpu);
    let on_gpu = lines(&infer(&asked, &gpu).unwrap());
    assert_eq!(on_cpu.len(), on_gpu.len());
    for (a, b) in on_cpu.iter().zip(&on_gpu) {
        let first = |line: &Value| line["classes"][0]["probability"].as_f64().unwrap();
        assert!((first(a) - first(b)).abs() < 1e-5, "{a}\n{b}");
    }
}

#[test]
fn forms_for_people_and_spreadsheets() {
    let trained = small();
    let run = tempfile::tempdir().unwrap();
    // Without a model, the newest checkpoint.
    fs::create_dir(run.path().join(CHECKPOINTS)).unwrap();
    let checkpoint = run.path().join(CHECKPOINTS).join("epoch-00002.safetensors");
    trained.model.write(&checkpoint).unwrap();
    let image = &trained.dataset.paths[0];
    let mut asked = request(run.path(), [image]);
    asked.top_k = 2;
    asked.format = Format::Csv;
    let csv = infer(&asked, &cpu()).unwrap();
    let (head, row) = csv.trim_end().split_once('\n').unwrap();
    assert_eq!(head, "image,label,class,probability,class 2,probability 2");
    assert!(row.starts_with(&format!("{},", image.display())), "{row}");
    assert_eq!(row.split(',').count(), 6);
    asked.format = Format::Table;
    asked.confusion = true;
    let table = infer(&asked, &cpu()).unwrap();
    for part in ["probability 2", "true \\ predicted", "of 1 labelled images"] {
        assert!(table.contains(part), "{part}: {table}");
    }
}

#[test]
fn idx_files_are_inferred_too() {
    let folder = tempfile::tempdir().unwrap();
    let idx = |dimensions: &[u32], values: Vec<u8>| {
        let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
        bytes.extend(dimensions.iter().flat_map(|side| side.to_be_bytes()));
        bytes.extend(values);
        bytes
    };
    let labels: Vec<u8> = (0..30).map(|sample| sample % 3).collect();
    let pixels = labels.iter().flat_map(|label| [80 * label; 16]).collect();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    fs::write(
        set.join("train-images-idx3-ubyte"),
        idx(&[30, 4, 4], pixels),
    )
    .unwrap();
    fs::write(set.join("train-labels-idx1-ubyte"), idx(&[30], labels)).unwrap();
    let trained = train(&experiment(|config| {
        config.data.dataset = set.to_str().unwrap().to_owned();
        let resize = &mut config.data.preprocessing.resize;
        (resize.width, resize.height) = (4, 4);
        config.model.kind = ModelKind::OneLayer;
        config.optimizer.learning_rate = 0.1;
        config.training.epochs = 300;
    }));
    let model = folder.path().join("model.safetensors");
    trained.model.write(&model).unwrap();
    let mut asked = request(&model, [&set]);
    asked.confusion = true;
    let lines = lines(&infer(&asked, &cpu()).unwrap());
    assert_eq!(lines.len(), 31);
    assert_eq!(lines[4]["image"], format!("{}#4", set.display()));
    assert_eq!(lines[4]["label"], "1");
    assert_eq!(lines[30]["labelled"], 30);
    assert_eq!(lines[30]["accuracy"], 1.0, "three shades of gray");
}

#[test]
fn what_is_wrong_is_said() {
    let trained = small();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let model = path("model.safetensors");
    trained.model.write(&model).unwrap();
    let error = |model: &Path, paths: &[&Path], confusion: bool| {
        let mut asked = request(model, paths);
        asked.confusion = confusion;
        let error = infer(&asked, &cpu()).unwrap_err();
        format!("{error:#}")
    };
    let image = trained.dataset.paths[0].as_path();
    let expect = |message: String, parts: &[&str]| {
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    };
    fs::create_dir(path("empty")).unwrap();
    expect(
        error(&model, &[&path("empty")], false),
        &["empty holds no image"],
    );
    fs::write(path("bad.png"), "no image").unwrap();
    let bad = path("bad.png");
    expect(
        error(&model, &[image, &bad], false),
        &["bad.png", "no PNG, JPEG"],
    );
    expect(
        error(&model, &[&path("none.png")], false),
        &["none.png", "No such file"],
    );
    expect(
        error(&path("none"), &[image], false),
        &["none: cannot open it"],
    );
    expect(
        error(&path("empty"), &[image], false),
        &["empty", "no checkpoint"],
    );
    fs::copy(image, path("alone.png")).unwrap();
    let alone = path("alone.png");
    expect(
        error(&model, &[&alone], true),
        &["--confusion: no image has a label"],
    );
    let damaged = Checkpoint {
        state: Arc::new(TrainingState::of_model(Vec::new(), Vec::new())),
        ..trained.model.clone()
    };
    damaged.write(&model).unwrap();
    expect(
        error(&model, &[image], false),
        &["model.safetensors", "no tensor L0_Dense_W"],
    );
}
