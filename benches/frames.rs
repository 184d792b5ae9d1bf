//! What a frame of the window costs on its thread: layout and tessellation, without drawing.
//!
//!     cargo bench --bench frames

use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use eframe::egui;
use egui_kittest::Harness;
use shadernets::config::{ExperimentConfig, SessionConfig};
use shadernets::gui::action::View;
use shadernets::gui::app::{App, Kept};
use shadernets::gui::state::ViewState;
use shadernets::runs::{
    ConfusionLine, EpochLine, Figures, PartitionSizes, RunRecord, Status, Summary,
};
use shadernets::session::link::Command;

/// A run of so many epochs, whose costs fall.
fn record(number: usize, epochs: u32, classes: u32) -> RunRecord {
    let figures = |epoch: u32, worse: f64| {
        let wave = f64::from((epoch * 37 + number as u32 * 11) % 17) * 0.01;
        let cost = 2.3 * (-f64::from(epoch) / 150.0).exp() + wave + worse;
        Figures {
            cost,
            accuracy: (1.0 - cost / 3.0).clamp(0.0, 1.0),
        }
    };
    let config = ExperimentConfig {
        exp_id: format!("run {number}"),
        ..ExperimentConfig::default()
    };
    let lines = (0..epochs).map(|epoch| EpochLine {
        epoch,
        training: figures(epoch, 0.0),
        dev: Some(figures(epoch, 0.1)),
        learning_rate: 0.001,
        seconds: f64::from(epoch) * 0.01,
        samples_per_second: 1e5,
        early_stop: epoch == epochs / 2,
    });
    let confusions = (0..epochs).map(|epoch| ConfusionLine {
        epoch,
        partition: "dev".to_owned(),
        cells: (0..classes)
            .map(|i| [i, (i + epoch) % classes, 9])
            .collect(),
    });
    RunRecord {
        folder: PathBuf::from(format!("runs/{number}")),
        config,
        summary: Summary {
            run_id: format!("run {number}"),
            status: Status::Finished,
            error: None,
            version: "0".to_owned(),
            device: "CPU".to_owned(),
            started: "2026-01-01T00:00:00Z".to_owned(),
            seconds: 10.0,
            classes: (0..classes).map(|i| i.to_string()).collect(),
            picture: [16, 16, 1],
            samples: PartitionSizes::default(),
            // Of 16 x 16 inputs and a bias, for each class.
            parameters: 257 * classes as usize,
            epochs_done: epochs,
            training: Some(figures(epochs, 0.0)),
            dev: Some(figures(epochs, 0.1)),
            test: None,
            early_stop_epoch: Some(epochs / 2),
            best_epoch: Some(epochs / 2),
        },
        epochs: lines.collect(),
        minibatches: Vec::new(),
        rates: Vec::new(),
        confusions: confusions.collect(),
        pictures: Vec::new(),
    }
}

/// A window with so many runs of the disk.
fn window(runs: usize, epochs: u32, kept: &Kept) -> Harness<'static, App> {
    let config = SessionConfig {
        experiments: Vec::new(),
        ..SessionConfig::default()
    };
    let kept = Arc::clone(kept);
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1280.0, 860.0))
        .build_eframe(move |context| App::open(context, config, kept));
    let state: &mut ViewState = harness.state_mut().state_mut();
    (0..runs).for_each(|number| state.open(record(number, epochs, 10)));
    harness
}

fn frames(criterion: &mut Criterion) {
    for (runs, epochs) in [(1, 100), (100, 1000)] {
        let kept = Kept::default();
        let mut harness = window(runs, epochs, &kept);
        println!(
            "{runs} runs of {epochs} epochs: {} MiB in use",
            resident_mib()
        );
        for (view, name) in View::ALL {
            harness.state_mut().show(view);
            harness.run_steps(3);
            let name = format!("{name}: {runs} runs x {epochs} epochs");
            criterion.bench_function(&name, |bencher| {
                bencher.iter(|| {
                    harness.step();
                    let shapes = harness.output().shapes.clone();
                    harness.ctx.tessellate(shapes, 1.0)
                });
            });
        }
        if let Some(training) = &*kept.lock().unwrap() {
            training.ask(Command::Quit);
        }
    }
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

criterion_group!(benches, frames);
criterion_main!(benches);
