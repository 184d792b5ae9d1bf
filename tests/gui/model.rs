//! The model: layers, parameters, spreads.

use egui_kittest::kittest::Queryable;
use shadernets::gui::panels::model::ModelPanel;
use shadernets::gui::state::ViewState;
use shadernets::train::{TensorStatistics, TrainingEvent};

use crate::made::{Making, past, show, state};

#[test]
fn layers_parameters_and_spreads_are_told() {
    let state = state(1, Making::default());
    let harness = show(ModelPanel, state, [1200.0, 500.0], ModelPanel::ui);
    for text in ["L2_BatchNormalization", "24 × 144", "144 inputs, 24 units"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    let plot = harness.query_by_label_contains("gradient of L0_Dense_W: deviation");
    assert!(plot.is_some());
    assert!(harness.query_by_label_contains("hardly learn").is_none());
}

#[test]
fn a_gradient_that_vanishes_is_warned_of() {
    let mut state = state(1, Making::default());
    let vanished = TensorStatistics {
        name: "003 L0_Dense_W gradient".to_owned(),
        shape: [24, 144],
        mean: 1e-10,
        deviation: 1e-9,
        least: 0.0,
        most: 0.0,
    };
    let event = TrainingEvent::TensorsMeasured {
        epoch: 40,
        tensors: vec![vanished],
    };
    state.runs[0].hear(event, 1.0);
    let harness = show(ModelPanel, state, [1200.0, 500.0], ModelPanel::ui);
    let warning = harness.query_by_label_contains("The gradient of L0_Dense_W is below 1e-7");
    assert!(warning.is_some());
}

#[test]
fn layers_of_past_runs_follow_from_their_configuration() {
    // Weights for 12 x 12 pixels and a bias, for each of 5 classes.
    for (parameters, is_known) in [(145 * 5, true), (1000, false)] {
        let mut state = ViewState::default();
        state.open(past("softmax", Making::default(), parameters));
        let harness = show(ModelPanel, state, [1200.0, 500.0], ModelPanel::ui);
        let has = |text| harness.query_all_by_label_contains(text).next().is_some();
        assert_eq!(has("5 × 144"), is_known);
        assert_eq!(has("725"), is_known);
        assert_eq!(has("its files do not keep them"), is_known);
        assert_eq!(has("does not add up"), !is_known);
    }
}
