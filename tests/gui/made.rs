//! Runs made by hand, and panels in a harness.

use std::sync::Arc;

use eframe::egui::{Theme, Ui, vec2};
use egui_kittest::Harness;
use shadernets::config::ExperimentConfig;
use shadernets::data::{ClassIndex, Dataset, Partitions};
use shadernets::gui::action::Actions;
use shadernets::gui::state::{RunKey, RunView, ViewState};
use shadernets::report::{Outcome, RunInfo};
use shadernets::runs::{PartitionSizes, RunRecord, Status, Summary};
use shadernets::session::link::{Anatomy, LayerInfo, ParameterInfo, RunNumber, RunStart, Update};
use shadernets::train::{
    ConfusionMatrix, Evaluation, Score, SeenSamples, TensorStatistics, TrackedUnits, TrainingEvent,
};

/// A panel, the state it draws, and what it asked for.
pub struct Shown<P> {
    pub panel: P,
    pub state: ViewState,
    pub actions: Actions,
}

/// A panel in a window of some size.
pub fn show<P: 'static>(
    panel: P,
    state: ViewState,
    size: [f32; 2],
    draw: impl Fn(&mut P, &mut Ui, &ViewState, &mut Actions) + 'static,
) -> Harness<'static, Shown<P>> {
    themed(panel, state, size, Theme::Dark, draw)
}

/// The same in a theme.
pub fn themed<P: 'static>(
    panel: P,
    state: ViewState,
    size: [f32; 2],
    theme: Theme,
    draw: impl Fn(&mut P, &mut Ui, &ViewState, &mut Actions) + 'static,
) -> Harness<'static, Shown<P>> {
    let shown = Shown {
        panel,
        state,
        actions: Actions::new(),
    };
    let mut harness = Harness::builder()
        .with_size(vec2(size[0], size[1]))
        .with_theme(theme)
        .with_max_steps(40)
        .build_ui_state(
            move |ui, shown: &mut Shown<P>| {
                draw(&mut shown.panel, ui, &shown.state, &mut shown.actions);
            },
            shown,
        );
    harness.run_steps(4);
    harness
}

/// What a made run has.
#[derive(Clone, Copy)]
pub struct Making {
    pub epochs: u32,
    pub classes: usize,
    /// Width, height and channels.
    pub picture: [u32; 3],
    /// Changes all numbers a little.
    pub seed: u32,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            epochs: 30,
            classes: 5,
            picture: [12, 12, 1],
            seed: 0,
        }
    }
}

/// A number of 0 to 1 that looks random.
pub fn noise(seed: u32, place: u32) -> f64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9) ^ place.wrapping_mul(0x85EB_CA6B);
    for _ in 0..2 {
        bits ^= bits >> 15;
        bits = bits.wrapping_mul(0x2C1B_3C6D);
        bits ^= bits >> 12;
    }
    f64::from(bits >> 8) / f64::from(1u32 << 24)
}

pub fn score(cost: f64, accuracy: f64) -> Score {
    Score::from_sums([1000.0 * cost, 0.0, 1000.0 * accuracy, 1000.0])
}

const NAMES: [&str; 10] = [
    "blue", "green", "orange", "purple", "red", "teal", "violet", "white", "yellow", "gray",
];

pub fn classes(count: usize) -> Vec<String> {
    let name = |class: usize| match NAMES.get(class) {
        Some(name) if count <= NAMES.len() => (*name).to_owned(),
        _ => format!("class {class}"),
    };
    (0..count).map(name).collect()
}

/// Four samples of each class in dev, the same in training.
pub fn dataset(making: Making) -> Dataset {
    let [width, height, channels] = making.picture;
    let each = 4 * making.classes;
    let samples: Vec<f32> = (0..2 * each).flat_map(|row| sample(making, row)).collect();
    Dataset {
        classes: classes(making.classes),
        width,
        height,
        channels,
        samples: Arc::new(samples),
        labels: (0..2 * each)
            .map(|row| ClassIndex((row % making.classes.max(1)) as u32))
            .collect(),
        partitions: Partitions::from_sizes([each, each, 0]),
        sample_numbers: (0..2 * each as u32).collect(),
        paths: Vec::new(),
        skipped: Vec::new(),
        ignored: 0,
    }
}

/// A bar at a place of the class's own.
fn sample(making: Making, row: usize) -> Vec<f32> {
    let [width, height, channels] = making.picture;
    let class = row % making.classes.max(1);
    let mut numbers = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 0..channels {
                let at = (class as f64 + 0.5) / making.classes as f64;
                let distance = (f64::from(x) + 0.3 * f64::from(y)) / f64::from(width) / 1.3 - at;
                let bar = (1.0 - 5.0 * distance.abs()).max(0.0);
                let place = row as u32 * 4099 + y * 64 + x + 7 * channel;
                numbers.push((0.85 * bar + 0.15 * noise(making.seed, place)) as f32);
            }
        }
    }
    numbers
}

pub fn confusion(making: Making, epoch: u32) -> ConfusionMatrix {
    let classes = making.classes;
    let learned = 0.88 - 0.7 * (-f64::from(epoch) / 8.0).exp();
    let count = |cell: usize| {
        let (label, predicted) = (cell / classes, cell % classes);
        let chance = noise(making.seed + 77, cell as u32 + epoch / 4);
        match label == predicted {
            true => (40.0 * learned) as u32,
            false if chance > 0.6 => (14.0 * (1.0 - learned) * chance + 0.4 * chance) as u32,
            false => 0,
        }
    };
    ConfusionMatrix {
        classes,
        counts: (0..classes * classes).map(count).collect(),
    }
}

/// A run that trains, with so many epochs done of twice as many.
pub fn run(number: usize, id: &str, making: Making) -> RunView {
    let mut config = ExperimentConfig {
        exp_id: id.to_owned(),
        ..ExperimentConfig::default()
    };
    config.training.epochs = 2 * making.epochs.max(1);
    let features = making.picture.iter().product::<u32>() as usize;
    let parameter = |name: &str, shape| ParameterInfo {
        name: name.to_owned(),
        shape,
    };
    let layer = |name: &str, description: &str, parameters| LayerInfo {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
    };
    let start = RunStart {
        info: RunInfo {
            id: id.to_owned(),
            config,
            device: "cpu".to_owned(),
            classes: classes(making.classes),
            picture: making.picture,
            samples: PartitionSizes {
                training: 4 * making.classes,
                dev: 4 * making.classes,
                test: 0,
            },
            parameters: 24 * (features + 1) + making.classes * 25,
        },
        dataset: Arc::new(dataset(making)),
        folder: Some(format!("runs/{id}").into()),
        anatomy: Anatomy {
            layers: vec![
                layer(
                    "L0_Dense",
                    &format!("{features} inputs, 24 units"),
                    24 * features,
                ),
                layer("L1_Dropout", "rate 0.2", 0),
                layer("L2_BatchNormalization", "24 units", 48),
                layer("L3_Activation", "ReLU", 0),
                layer(
                    "L4_Dense",
                    &format!("24 inputs, {} units", making.classes),
                    25 * making.classes,
                ),
                layer("L5_Softmax", &format!("{} classes", making.classes), 0),
            ],
            parameters: vec![
                parameter("L0_Dense_W", [24, features]),
                parameter("L2_BatchNormalization_gamma", [1, 24]),
                parameter("L4_Dense_W", [making.classes, 24]),
                parameter("L4_Dense_b", [1, making.classes]),
            ],
        },
        minibatches: 12,
        before: None,
    };
    let mut run = RunView::begun(RunNumber(number), start);
    for epoch in 0..making.epochs {
        hear_epoch(&mut run, making, epoch);
    }
    if making.epochs > 0 {
        look(&mut run, making, making.epochs - 1);
    }
    run
}

/// A run of the disk that has so many parameters.
pub fn past(id: &str, making: Making, parameters: usize) -> RunRecord {
    RunRecord {
        folder: format!("runs/{id}").into(),
        config: ExperimentConfig {
            exp_id: id.to_owned(),
            ..ExperimentConfig::default()
        },
        summary: Summary {
            run_id: id.to_owned(),
            status: Status::Finished,
            error: None,
            version: "0".to_owned(),
            device: "cpu".to_owned(),
            started: "2026-01-01T00:00:00Z".to_owned(),
            seconds: 1.0,
            classes: classes(making.classes),
            picture: making.picture,
            samples: PartitionSizes::default(),
            parameters,
            epochs_done: 0,
            training: None,
            dev: None,
            test: None,
            early_stop_epoch: None,
            best_epoch: None,
        },
        epochs: Vec::new(),
        minibatches: Vec::new(),
        rates: Vec::new(),
        confusions: Vec::new(),
        pictures: Vec::new(),
    }
}

/// An epoch is done.
pub fn hear_epoch(run: &mut RunView, making: Making, epoch: u32) {
    let time = f64::from(epoch) / 10.0;
    let wobble = |of: u32| 0.08 * (noise(making.seed + of, epoch) - 0.5);
    let slow = 1.0 + 0.4 * noise(making.seed, 1);
    let cost = 1.6 * (-time / slow).exp() + 0.05 + wobble(1).abs();
    let dev_cost = 1.6 * (-time / slow).exp() + 0.16 + 0.02 * time + wobble(2).abs();
    let dev = Evaluation {
        score: score(dev_cost, (1.0 - 0.42 * dev_cost).clamp(0.0, 1.0)),
        confusion: confusion(making, epoch),
    };
    let event = TrainingEvent::EpochFinished {
        epoch,
        minibatches: 12,
        training: score(cost, (1.0 - 0.4 * cost).clamp(0.0, 1.0)),
        dev: Some(dev),
        learning_rate: 0.01,
        early_stop: epoch == 20 + making.seed % 7,
    };
    let seconds = f64::from(epoch + 1) * (0.8 + 0.1 * f64::from(making.seed % 5));
    for name in [
        "003 L0_Dense_W",
        "007 L2_BatchNormalization_gamma",
        "011 L4_Dense_W",
    ] {
        let place = name.as_bytes()[2].into();
        let statistics = |name: String, mean, deviation| TensorStatistics {
            name,
            shape: [24, 10],
            mean,
            deviation,
            least: -1.0,
            most: 1.0,
        };
        let mean = 0.02 * (noise(place, epoch) - 0.5) + 0.01 * time;
        let shrinks = if place % 2 == 1 { 0.3 } else { 1.9 };
        let gradient = 0.05 * (-shrinks * time).exp() * (0.6 + noise(place + 1, epoch));
        let tensors = vec![
            statistics(name.to_owned(), mean, 0.1 + 0.05 * time),
            statistics(format!("{name} gradient"), 0.1 * gradient, gradient),
        ];
        run.hear(TrainingEvent::TensorsMeasured { epoch, tensors }, seconds);
    }
    run.hear(event, seconds);
}

/// Samples and units of an epoch.
pub fn look(run: &mut RunView, making: Making, epoch: u32) {
    let rows = 0..16;
    let labels: Vec<u32> = rows
        .clone()
        .map(|row| (row % making.classes.max(1)) as u32)
        .collect();
    let predicted = labels
        .iter()
        .zip(0u32..)
        .map(|(label, place)| match place % 5 {
            3 => (label + 1) % making.classes.max(1) as u32,
            _ => *label,
        });
    let samples = SeenSamples {
        values: rows.flat_map(|row| sample(making, row)).collect(),
        predicted: predicted.collect(),
        labels,
    };
    run.hear(TrainingEvent::SamplesSeen { epoch, samples }, 1.0);
    let features = making.picture.iter().product::<u32>() as usize;
    for (name, units, numbers) in [
        ("L0_Dense_W", 10, features),
        ("L4_Dense_W", making.classes, 24),
    ] {
        let value = |place: usize| {
            let wave = (place % numbers.max(1)) as f64 / 9.0 + (place / numbers.max(1)) as f64;
            (0.2 * wave.sin() + 0.1 * (noise(5, place as u32) - 0.5)) as f32
        };
        let units = TrackedUnits {
            parameter: name.to_owned(),
            shape: [units, numbers],
            values: (0..units * numbers).map(value).collect(),
        };
        run.hear(TrainingEvent::UnitsTracked { epoch, units }, 1.0);
    }
}

/// So many runs, the first of them selected; all but the first two are over.
pub fn state(runs: usize, making: Making) -> ViewState {
    let mut state = ViewState {
        device: "cpu (Made by hand 3000, 8 threads)".to_owned(),
        memory: Some((312 << 20, 350 << 20)),
        ..ViewState::default()
    };
    let ids = [
        "wide",
        "deep",
        "dropout 0.5",
        "no batch norm",
        "small learning rate",
    ];
    for number in 0..runs {
        let id = match ids.get(number) {
            Some(id) => (*id).to_owned(),
            None => format!("run {number}"),
        };
        let making = Making {
            seed: making.seed + number as u32,
            ..making
        };
        let mut run = run(number, &id, making);
        // Another experiment, not a repetition.
        run.config.optimizer.learning_rate /= (number + 1) as f64;
        let error = || "the device was lost: out of memory".to_owned();
        let outcome = match number {
            0 | 1 => None,
            3 => Some((Status::Failed, Some(error()))),
            4 => Some((Status::StoppedEarly, None)),
            _ => Some((Status::Finished, None)),
        };
        if let Some((status, error)) = outcome {
            run.end(&Outcome { status, error });
        }
        state.runs.push(run);
    }
    let colors = shadernets::report::colors(runs);
    for (run, color) in state.runs.iter_mut().zip(colors) {
        run.color = color;
    }
    state.selected = state.runs.first().map(|run| run.key.clone());
    state
}

/// The state with runs that wait.
pub fn waiting(mut state: ViewState, ids: &[&str]) -> ViewState {
    let queue = ids.iter().zip(100..).map(|(id, number)| {
        let config = ExperimentConfig {
            exp_id: (*id).to_owned(),
            ..ExperimentConfig::default()
        };
        (RunNumber(number), config)
    });
    state.take(Update::Queued(queue.collect()));
    state
}

pub fn key(number: usize) -> RunKey {
    RunKey::Live(RunNumber(number))
}
