//! The curves.

use eframe::egui::Key;
use eframe::egui::pos2;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use shadernets::gui::panels::curves::CurvesPanel;

use crate::made::{Making, Shown, hear_epoch, show, state};

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

/// What a plot shows of its x axis and of its y axis.
fn range(harness: &Harness<'static, Shown<CurvesPanel>>, plot: &str) -> [[f64; 2]; 2] {
    let text = harness.get_by_label(plot).accesskit_node().value().unwrap();
    let axis = |text: &str| {
        let (from, to) = text.rsplit_once(" to ").unwrap();
        let from = from.rsplit_once(' ').map_or(from, |(_, from)| from);
        [from, to].map(|end| end.trim_end_matches('%').parse().unwrap())
    };
    let (x, y) = text.split_once(", ").unwrap();
    [axis(x), axis(y)]
}

#[test]
fn a_plot_with_the_focus_is_moved_and_zoomed_by_keys() {
    let mut harness = show(
        CurvesPanel::default(),
        state(1, Making::default()),
        SIZE,
        CurvesPanel::ui,
    );
    let whole = range(&harness, "Cost");
    let press = |harness: &mut Harness<'static, Shown<CurvesPanel>>, key| {
        harness.key_press(key);
        harness.run_steps(3);
    };
    press(&mut harness, Key::ArrowRight);
    assert_eq!(range(&harness, "Cost"), whole, "without the focus");

    harness.get_by_label("Accuracy").focus();
    harness.run_steps(3);
    let [x, y] = range(&harness, "Accuracy");
    for _ in 0..3 {
        press(&mut harness, Key::ArrowRight);
    }
    press(&mut harness, Key::ArrowUp);
    let [moved_x, moved_y] = range(&harness, "Accuracy");
    let [by_x, by_y] = [x, y].map(|[from, to]| to - from);
    assert!((moved_x[0] - x[0] - 0.3 * by_x).abs() < 0.2, "{moved_x:?}");
    assert!((moved_y[0] - y[0] - 0.1 * by_y).abs() < 0.2, "{moved_y:?}");
    assert_eq!(range(&harness, "Cost")[0], moved_x, "the same x axis");
    assert_eq!(range(&harness, "Cost")[1], whole[1], "a y axis of its own");

    press(&mut harness, Key::Plus);
    let [zoomed_x, _] = range(&harness, "Accuracy");
    let shown = zoomed_x[1] - zoomed_x[0];
    assert!((1.25 * shown - by_x).abs() < 0.3, "{zoomed_x:?}");
    press(&mut harness, Key::Minus);
    assert_eq!(range(&harness, "Cost")[0], moved_x);

    press(&mut harness, Key::Home);
    assert_eq!(range(&harness, "Cost"), whole);
    assert_eq!(range(&harness, "Accuracy"), [x, y]);
    harness.get_by_label("Cost").click();
    harness.run_steps(3);
    press(&mut harness, Key::ArrowLeft);
    assert!(range(&harness, "Cost")[0][0] < whole[0][0]);
    press(&mut harness, Key::Num0);
    assert_eq!(range(&harness, "Cost"), whole);
    for key in [Key::Plus, Key::Minus, Key::Minus] {
        (0..200).for_each(|_| harness.key_press(key));
        harness.run_steps(3);
        let shown = range(&harness, "Cost");
        assert!(shown.as_flattened().iter().all(|end| end.is_finite()));
    }
    press(&mut harness, Key::Escape);
    press(&mut harness, Key::Home);
    assert_ne!(range(&harness, "Cost"), whole, "the focus is given back");
}
