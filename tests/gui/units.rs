//! Weights and samples as pictures.

use egui_kittest::kittest::{NodeT, Queryable};
use shadernets::gui::action::Action;
use shadernets::gui::panels::samples::SamplesPanel;
use shadernets::gui::panels::units::UnitsPanel;
use shadernets::session::link::{Command, RunNumber};

use crate::made::{Making, show, state};

#[test]
fn a_picked_parameter_is_asked_for_beside_the_others() {
    let state = state(1, Making::default());
    let mut harness = show(UnitsPanel::default(), state, [400.0, 500.0], UnitsPanel::ui);
    assert!(
        harness
            .query_by_label("L0_Dense_W, unit 9, 144 numbers")
            .is_some()
    );
    harness.get_by_label("Parameters…").click();
    harness.run_steps(4);
    harness.get_by_label("L4_Dense_b").click();
    harness.run_steps(4);
    let [Action::Tell(Command::Track(run, layers))] = &harness.state().actions[..] else {
        panic!("{:?}", harness.state().actions);
    };
    assert_eq!(*run, RunNumber(0));
    let asked: Vec<_> = layers.iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["L0_Dense_W,10", "L4_Dense_W,5", "L4_Dense_b,1"]);
}

#[test]
fn samples_tell_their_label_and_what_they_were_taken_for() {
    let state = state(1, Making::default());
    let harness = show(
        SamplesPanel::default(),
        state,
        [500.0, 600.0],
        SamplesPanel::ui,
    );
    let wrong = harness.query_all_by_label_contains(", taken for ");
    let wrong = wrong.filter(|node| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| !label.contains("what it is"))
    });
    assert_eq!(wrong.count(), 3);
    assert!(
        harness
            .query_by_label("teal, taken for what it is")
            .is_none()
    );
    assert!(harness.query_by_label("epoch 29: 13 of 16 right").is_some());
}
