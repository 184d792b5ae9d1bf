//! The status line.

use egui_kittest::kittest::Queryable;
use shadernets::gui::panels::status::StatusBar;
use shadernets::gui::state::{NoteLevel, ViewState};
use shadernets::train::{GradientReport, TrainingEvent};

use crate::made::{Making, show, state};

#[test]
fn the_runs_at_work_are_told_together() {
    let harness = show(
        StatusBar,
        state(3, Making::default()),
        [1200.0, 40.0],
        StatusBar::ui,
    );
    // The third is over.
    assert!(harness.query_by_label("2 runs, epoch 60 of 120").is_some());
    // The slower of two: 30 epochs of 0.9 s.
    assert!(harness.query_by_label("27 s left").is_some());
    assert!(harness.query_by_label("no warnings").is_some());
    assert!(harness.query_by_label("312 MiB").is_some());
}

#[test]
fn warnings_are_counted_and_listed() {
    let mut state = state(1, Making::default());
    state.tell(NoteLevel::Error, "runs/x cannot be read".to_owned());
    let report = GradientReport {
        distance: 0.25,
        parameter: "L0_Dense_W".to_owned(),
        limit: 0.01,
        compared: 100,
    };
    let event = TrainingEvent::GradientsChecked {
        epoch: 7,
        report,
        tensors: Vec::new(),
    };
    state.runs[0].hear(event, 1.0);
    let mut harness = show(StatusBar, state, [1000.0, 400.0], StatusBar::ui);
    assert!(harness.query_by_label("gradients off by 2.5e-1").is_some());
    harness.get_by_label("2 warnings").click();
    harness.run_steps(4);
    assert!(harness.query_by_label("runs/x cannot be read").is_some());
    let note = "the gradient of L0_Dense_W is off by 2.500e-1";
    assert!(harness.query_by_label(note).is_some());
}

#[test]
fn without_runs_it_is_idle() {
    let state = ViewState::default();
    let harness = show(StatusBar, state, [600.0, 40.0], StatusBar::ui);
    assert!(harness.query_by_label("idle").is_some());
}
