//! Panels in states that nobody wishes for: none may panic.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui, vec2};
use egui_kittest::Harness;
use shadernets::gui::action::Actions;
use shadernets::gui::lab::Answer;
use shadernets::gui::panels::{
    compare::ComparePanel, confusion::ConfusionPanel, curves::CurvesPanel, model::ModelPanel,
    run_list::RunList, samples::SamplesPanel, status::StatusBar, units::UnitsPanel,
};
use shadernets::gui::state::{RunKey, ViewState};
use shadernets::train::{
    ConfusionMatrix, Evaluation, SeenSamples, TensorStatistics, TrackedUnits, TrainingEvent,
};

use crate::made::{Making, score, state};

#[derive(Default)]
struct All {
    compare: ComparePanel,
    confusion: ConfusionPanel,
    curves: CurvesPanel,
    model: ModelPanel,
    samples: SamplesPanel,
    units: UnitsPanel,
    runs: RunList,
    status: StatusBar,
}

impl All {
    /// Each panel in a space of this size.
    fn ui(&mut self, ui: &mut Ui, size: [f32; 2], state: &ViewState, actions: &mut Actions) {
        let size = vec2(size[0], size[1]);
        let layout = *ui.layout();
        let mut part = |ui: &mut Ui, name: &str, draw: &mut dyn FnMut(&mut Ui, &mut Actions)| {
            ui.push_id(name, |ui| {
                ui.allocate_ui_with_layout(size, layout, |ui| draw(ui, actions));
            });
        };
        part(ui, "curves", &mut |ui, a| self.curves.ui(ui, state, a));
        part(ui, "confusion", &mut |ui, a| {
            self.confusion.ui(ui, state, a)
        });
        part(ui, "units", &mut |ui, a| self.units.ui(ui, state, a));
        part(ui, "samples", &mut |ui, a| self.samples.ui(ui, state, a));
        part(ui, "model", &mut |ui, a| self.model.ui(ui, state, a));
        part(ui, "compare", &mut |ui, a| self.compare.ui(ui, state, a));
        part(ui, "runs", &mut |ui, a| self.runs.ui(ui, state, a));
        part(ui, "status", &mut |ui, a| self.status.ui(ui, state, a));
    }
}

fn draw(state: ViewState, size: [f32; 2]) -> Harness<'static, (All, ViewState, Actions)> {
    let mut harness = Harness::builder()
        .with_size(vec2(1280.0, 900.0))
        .allow_missing_glyphs()
        .build_ui_state(
            move |ui, (all, state, actions): &mut (All, ViewState, Actions)| {
                ScrollArea::both().show(ui, |ui| all.ui(ui, size, state, actions));
            },
            (All::default(), state, Actions::new()),
        );
    harness.run_steps(3);
    harness
}

fn draw_in_all_sizes(make: impl Fn() -> ViewState) {
    for size in [
        [900.0, 420.0],
        [330.0, 300.0],
        [120.0, 60.0],
        [8.0, 8.0],
        [0.0, 0.0],
    ] {
        draw(make(), size);
    }
}

#[test]
fn no_runs_at_all() {
    draw_in_all_sizes(ViewState::default);
}

#[test]
fn runs_without_epochs() {
    draw_in_all_sizes(|| {
        state(
            5,
            Making {
                epochs: 0,
                ..Making::default()
            },
        )
    });
}

#[test]
fn one_epoch() {
    draw_in_all_sizes(|| {
        state(
            2,
            Making {
                epochs: 1,
                ..Making::default()
            },
        )
    });
}

#[test]
fn five_hundred_classes() {
    let making = Making {
        classes: 500,
        epochs: 2,
        picture: [4, 4, 1],
        ..Making::default()
    };
    draw_in_all_sizes(|| state(1, making));
}

#[test]
fn a_run_that_selects_nothing_or_is_gone() {
    draw_in_all_sizes(|| {
        let mut state = state(2, Making::default());
        state.selected = Some(RunKey::Past(PathBuf::from("runs/gone")));
        state
    });
}

#[test]
fn numbers_that_are_none() {
    draw_in_all_sizes(|| {
        let mut state = state(
            2,
            Making {
                epochs: 4,
                ..Making::default()
            },
        );
        let run = &mut state.runs[0];
        for (epoch, value) in (4..).zip([f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300, 1e-300]) {
            let event = TrainingEvent::EpochFinished {
                epoch,
                minibatches: 1,
                training: score(value, value),
                dev: None,
                learning_rate: value,
                early_stop: true,
            };
            run.hear(event, value);
            let tensor = |name: &str| TensorStatistics {
                name: name.to_owned(),
                shape: [1, 1],
                mean: value,
                deviation: value,
                least: value,
                most: value,
            };
            let tensors = vec![
                tensor("003 L0_Dense_W"),
                tensor("003 L0_Dense_W gradient"),
                tensor(""),
            ];
            run.hear(TrainingEvent::TensorsMeasured { epoch, tensors }, 1.0);
        }
        state
    });
}

#[test]
fn classes_pictures_and_units_that_do_not_fit_together() {
    draw_in_all_sizes(|| {
        let mut state = state(
            1,
            Making {
                epochs: 2,
                ..Making::default()
            },
        );
        let run = &mut state.runs[0];
        run.picture = [0, 0, 0];
        run.classes = vec!["猫\n\t".to_owned(), String::new()];
        run.dataset = None;
        let samples = SeenSamples {
            values: vec![f32::NAN; 7],
            labels: vec![9, u32::MAX, 0],
            predicted: vec![0],
        };
        run.hear(TrainingEvent::SamplesSeen { epoch: 3, samples }, 1.0);
        for (name, shape, count) in [("a", [0, 0], 0), ("b", [3, 5], 4), ("c", [1, 1], 1)] {
            let units = TrackedUnits {
                parameter: name.to_owned(),
                shape,
                values: vec![f32::INFINITY; count],
            };
            run.hear(TrainingEvent::UnitsTracked { epoch: 3, units }, 1.0);
        }
        let matrix = |classes, count| ConfusionMatrix {
            classes,
            counts: vec![u32::MAX; count],
        };
        let dev = Evaluation {
            score: score(1.0, 0.5),
            confusion: matrix(7, 12),
        };
        let event = TrainingEvent::EpochFinished {
            epoch: 3,
            minibatches: 1,
            training: score(1.0, 0.5),
            dev: Some(dev),
            learning_rate: 0.1,
            early_stop: false,
        };
        run.hear(event, f64::NAN);
        run.test_confusion = Some(Arc::new(matrix(0, 0)));
        state
    });
}

#[test]
fn predictions_of_samples_that_are_not_there() {
    let mut harness = draw(state(1, Making::default()), [760.0, 460.0]);
    use egui_kittest::kittest::Queryable;
    harness
        .get_by_label_contains("blue taken for green")
        .click();
    harness.run_steps(3);
    let run = harness.state().1.runs[0].key.clone();
    let predictions = vec![1; 1000];
    harness.state_mut().0.confusion.answer(&Answer::Predicted {
        run,
        classes: predictions,
    });
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("4 samples").is_some());
}
