//! The curves.

use eframe::egui::pos2;
use egui_kittest::kittest::Queryable;
use shadernets::gui::panels::curves::CurvesPanel;

use crate::made::{Making, hear_epoch, show, state};

const SIZE: [f32; 2] = [600.0, 600.0];

#[test]
fn the_pointer_reads_the_numbers_of_the_nearest_point() {
    let state = state(1, Making::default());
    let last = state.runs[0].epochs[29];
    let mut harness = show(CurvesPanel::default(), state, SIZE, CurvesPanel::ui);
    let plot = harness.get_by_label("Cost").rect();
    // The curve of training ends at the right, near the bottom.
    harness.hover_at(pos2(plot.right() - 14.0, plot.bottom() - 40.0));
    harness.run_steps(4);
    assert!(harness.query_by_label_contains("epoch 29").is_some());
    assert!(
        harness
            .query_by_label(&format!("{:.4}", last.training.cost))
            .is_some()
    );
    assert!(
        harness
            .query_by_label(&format!("{:.2}%", 100.0 * last.dev.unwrap().accuracy))
            .is_some()
    );
}

#[test]
fn hidden_runs_have_no_curves() {
    let mut state = state(1, Making::default());
    state.runs[0].shown = false;
    let harness = show(CurvesPanel::default(), state, SIZE, CurvesPanel::ui);
    assert!(harness.query_by_label("Cost").is_none());
    assert!(
        harness
            .query_by_label_contains("All curves are hidden")
            .is_some()
    );
}

#[test]
fn every_scale_draws_and_new_epochs_are_followed() {
    let making = Making::default();
    let state = state(2, making);
    let mut harness = show(CurvesPanel::default(), state, SIZE, CurvesPanel::ui);
    for control in [
        "Time", "Log cost", "Training", "Fit", "Epochs", "Training", "Dev",
    ] {
        harness.get_by_label(control).click();
        harness.run_steps(3);
        let title = harness.query_by_label_contains("Cost");
        assert!(title.is_some(), "after {control}");
    }
    harness.get_by_label("Log cost").click();
    harness.get_by_label("Dev").click();
    hear_epoch(&mut harness.state_mut().state.runs[0], making, 30);
    harness.run_steps(3);
    let plot = harness.get_by_label("Cost").rect();
    harness.hover_at(pos2(plot.right() - 14.0, plot.bottom() - 40.0));
    harness.run_steps(4);
    assert!(harness.query_by_label_contains("epoch 30").is_some());
}
