//! Runs that look as if they had been trained.

use std::fs;
use std::path::{Path, PathBuf};

use shadernets::config::ExperimentConfig;
use shadernets::report::html;
use shadernets::runs::{
    ConfusionLine, EpochLine, Figures, PartitionSizes, PictureLine, RunRecord, Status, Summary,
};

/// Names that a page must not read as HTML, nor a table as its own marks.
pub const HOSTILE: [&str; 4] = [
    "</script><script>window.hacked = 1</script>",
    "\"quotes\" & 'apostrophes'",
    "<img src=x onerror='window.hacked = 1'>",
    "a|pipe,comma;\n\u{1b}[31mred \\ *stars*",
];

pub fn figures(cost: f64, accuracy: f64) -> Figures {
    Figures { cost, accuracy }
}

/// A number of 0 to 1 that looks random.
fn noise(seed: u64, step: u64) -> f64 {
    let mut bits = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (step + 7).wrapping_mul(0xd6e8_feb8_6659_fd93);
    bits = (bits ^ (bits >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (bits >> 40) as f64 / (1u64 << 24) as f64
}

/// A finished run of a data set of ten digits.
pub fn run(id: &str, seed: u64, speed: f64, epochs: u32) -> RunRecord {
    let mut config = ExperimentConfig {
        exp_id: id.to_owned(),
        ..ExperimentConfig::default()
    };
    config.data.dataset = "numbers".to_owned();
    config.model.seed = seed;
    config.training.epochs = epochs;
    let lines: Vec<EpochLine> = (0..epochs)
        .map(|epoch| epoch_line(seed, speed, epoch))
        .collect();
    let patience = epochs.checked_sub(12).filter(|_| epochs > 25);
    let last = lines.last();
    let summary = Summary {
        run_id: id.to_owned(),
        status: Status::Finished,
        error: None,
        version: "0.1.0".to_owned(),
        device: "llvmpipe (LLVM 15.0.6, 256 bits)".to_owned(),
        started: "2026-11-24T09:30:00Z".to_owned(),
        seconds: last.map_or(0.0, |line| line.seconds + 0.2),
        classes: (0..10).map(|digit| digit.to_string()).collect(),
        picture: [16, 16, 1],
        samples: PartitionSizes {
            training: 1400,
            dev: 300,
            test: 300,
        },
        parameters: 7820,
        epochs_done: epochs,
        training: last.map(|line| line.training),
        dev: last.and_then(|line| line.dev),
        test: last
            .and_then(|line| Some(figures(line.dev?.cost + 0.02, line.dev?.accuracy - 0.0073))),
        early_stop_epoch: patience,
        best_epoch: patience.map(|epoch| epoch - 10),
    };
    let mut run = RunRecord {
        folder: PathBuf::from(format!("runs/2026-11-24T093000Z-{id}")),
        config,
        summary,
        epochs: lines,
        minibatches: Vec::new(),
        rates: Vec::new(),
        confusions: Vec::new(),
        pictures: Vec::new(),
    };
    for line in &mut run.epochs {
        line.early_stop = Some(line.epoch) == patience;
    }
    confuse(&mut run, 10, 300);
    run
}

fn epoch_line(seed: u64, speed: f64, epoch: u32) -> EpochLine {
    let time = f64::from(epoch) * speed;
    let wobble = |step: u64| 0.04 * (noise(seed, u64::from(epoch) * 4 + step) - 0.5);
    let training = 2.35 * (-time / 9.0).exp() + 0.03 + 0.6 * wobble(0) * (-time / 20.0).exp();
    let dev = 2.3 * (-time / 9.5).exp() + 0.16 + 0.0022 * time + wobble(1);
    EpochLine {
        epoch,
        training: figures(training, 1.0 - 0.9 * (-time / 7.0).exp() - 0.004),
        dev: Some(figures(
            dev,
            0.955 - 0.85 * (-time / 7.5).exp() + 0.4 * wobble(2),
        )),
        learning_rate: 0.001,
        seconds: 0.35 * f64::from(epoch + 1),
        samples_per_second: 4000.0,
        early_stop: false,
    }
}

/// Gives a run confusion matrices: of dev every epoch, of test at the end.
pub fn confuse(run: &mut RunRecord, classes: u32, samples: u32) {
    run.confusions.clear();
    for line in run.epochs.clone() {
        let accuracy = line.dev.map_or(0.1, |dev| dev.accuracy);
        let is_last = line.epoch + 1 == run.summary.epochs_done;
        for partition in ["dev", "test"].iter().take(1 + usize::from(is_last)) {
            run.confusions.push(ConfusionLine {
                epoch: line.epoch,
                partition: (*partition).to_owned(),
                cells: cells(u64::from(line.epoch), classes, samples, accuracy),
            });
        }
    }
}

fn cells(seed: u64, classes: u32, samples: u32, accuracy: f64) -> Vec<[u32; 3]> {
    let mut counts = vec![0; (classes * classes) as usize];
    for sample in 0..samples {
        let label = sample % classes;
        let step = u64::from(sample) * 2;
        let is_right = noise(seed, step) < accuracy;
        let other = (noise(label.into(), step + 1).powi(2) * f64::from(classes)) as u32;
        let predicted = if is_right { label } else { other % classes };
        counts[(label * classes + predicted) as usize] += 1;
    }
    let cells = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    cells
        .map(|(i, count)| [i as u32 / classes, i as u32 % classes, *count])
        .collect()
}

/// Writes pictures of units and samples into a run's folder, which is made in `folder`.
pub fn draw(run: &mut RunRecord, folder: &Path, side: u32) {
    run.folder = folder.join(run.folder.file_name().unwrap());
    fs::create_dir_all(run.folder.join("pictures")).unwrap();
    for epoch in (0..run.summary.epochs_done).step_by(5) {
        for (what, pictures) in [("L0_Dense_W", 12), ("samples", 8)] {
            let file = format!("pictures/{what}-{epoch:05}.png");
            let width = pictures * (side + 1) - 1;
            let image = image::GrayImage::from_fn(width, side, |x, y| {
                let (picture, x) = (x / (side + 1), x % (side + 1));
                let learnt = 1.0 - (-f64::from(epoch) / 10.0).exp();
                let wave = (f64::from(x * (picture + 1)) * 0.21
                    + f64::from(y * (picture % 3 + 1)) * 0.3)
                    .sin();
                let grain = noise(u64::from(picture), u64::from(x * 1000 + y));
                image::Luma([
                    (255.0 * (learnt * (0.5 + 0.5 * wave) + (1.0 - learnt) * grain)) as u8,
                ])
            });
            image.save(run.folder.join(&file)).unwrap();
            let is_sample = what == "samples";
            let labels: Vec<u32> = (0..if is_sample { pictures } else { 0 }).collect();
            run.pictures.push(PictureLine {
                epoch,
                what: what.to_owned(),
                file,
                pictures: pictures as usize,
                range: if is_sample {
                    [0.0, 1.0]
                } else {
                    [-0.182_345, 0.204_56]
                },
                predicted: labels
                    .iter()
                    .map(|label| if *label == 3 { 5 } else { *label })
                    .collect(),
                labels,
            });
        }
    }
}

/// Repetitions, other learning rates and layers: what people compare.
pub fn compared() -> Vec<RunRecord> {
    let mut runs: Vec<RunRecord> = (0..3)
        .map(|k| {
            let id = if k == 0 {
                "main".to_owned()
            } else {
                format!("main_{k}")
            };
            let mut run = run(&id, k, 1.0, 60);
            run.config.exp_id = "main".to_owned();
            run
        })
        .collect();
    let mut fast = run("fast", 0, 2.4, 60);
    fast.config.optimizer.learning_rate = 0.01;
    fast.config.model.layers = vec![256, 128];
    let mut slow = run("slow-sgd", 0, 0.4, 60);
    slow.config.optimizer.learning_rate = 0.0001;
    slow.config.model.dropout_rate = 0.2;
    slow.summary.early_stop_epoch = None;
    slow.epochs
        .iter_mut()
        .for_each(|line| line.early_stop = false);
    runs.extend([fast, slow]);
    runs
}

/// Runs that went wrong, or hardly went at all, with names that nobody should give.
pub fn strange() -> Vec<RunRecord> {
    let mut hostile = run(HOSTILE[0], 0, 1.0, 30);
    hostile.summary.classes = (0..10).map(|i| HOSTILE[i % 4].to_owned()).collect();
    hostile.config.data.dataset = HOSTILE[2].to_owned();
    hostile.summary.device = HOSTILE[1].to_owned();
    hostile.pictures.push(PictureLine {
        epoch: 0,
        what: "samples".to_owned(),
        file: "../../../../etc/passwd".to_owned(),
        pictures: 1,
        range: [0.0, f64::NAN],
        labels: vec![99],
        predicted: vec![],
    });
    let mut diverged = run("diverged", 1, 1.0, 30);
    for line in &mut diverged.epochs[8..] {
        line.training.cost = f64::NAN;
        line.dev = Some(figures(f64::INFINITY, 0.1));
    }
    diverged.summary.status = Status::Failed;
    diverged.summary.error = Some(format!("the cost became NaN; {}", HOSTILE[2]));
    diverged.summary.training = Some(figures(f64::NAN, 0.1));
    diverged.summary.dev = None;
    diverged.summary.test = None;
    let mut no_dev = run("no-dev", 2, 1.0, 30);
    no_dev.epochs.iter_mut().for_each(|line| line.dev = None);
    (no_dev.summary.dev, no_dev.summary.test) = (None, None);
    no_dev.confusions.clear();
    let one = run("one-epoch", 3, 1.0, 1);
    let mut none = run("no-epoch", 4, 1.0, 0);
    none.summary.status = Status::Running;
    none.summary.samples.training = 0;
    vec![hostile, diverged, no_dev, one, none]
}

/// Writes a page for `check.py`, and returns it.
pub fn write_page(name: &str, runs: &[RunRecord]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&folder).unwrap();
    let page = html(runs).unwrap();
    fs::write(folder.join(name), &page).unwrap();
    page
}
