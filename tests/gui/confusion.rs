//! The confusion matrix, its history, and the samples of a cell.

use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use shadernets::gui::action::Action;
use shadernets::gui::lab::{Answer, JobKind};
use shadernets::gui::panels::confusion::ConfusionPanel;
use shadernets::session::link::{Command, RunNumber};

use crate::made::{Making, Shown, confusion, key, show, state};

const SIZE: [f32; 2] = [760.0, 480.0];

/// What a cell says: blue samples taken for blue ones.
fn cell(epoch: u32) -> String {
    let matrix = confusion(Making::default(), epoch);
    let of_label: u32 = (0..5).map(|predicted| matrix.count(0, predicted)).sum();
    let count = matrix.count(0, 0);
    let share = 100.0 * f64::from(count) / f64::from(of_label);
    format!("blue taken for what it is: {count}, {share:.2}%")
}

#[test]
fn the_arrow_keys_go_back_through_the_epochs_and_it_follows_the_newest_again() {
    let state = state(1, Making::default());
    let mut harness = show(ConfusionPanel::default(), state, SIZE, ConfusionPanel::ui);
    assert!(harness.query_by_label(&cell(29)).is_some());
    harness
        .get_by_label("Epoch of the confusion matrix")
        .focus();
    harness.run_steps(4);
    for _ in 0..20 {
        harness.key_press(Key::ArrowLeft);
        harness.run_steps(2);
    }
    assert_ne!(cell(9), cell(29));
    assert!(harness.query_by_label(&cell(9)).is_some());
    harness.get_by_label("Newest").click();
    harness.run_steps(3);
    assert!(harness.query_by_label(&cell(29)).is_some());
}

#[test]
fn a_click_on_a_cell_asks_for_the_model_and_then_shows_its_samples() {
    let state = state(1, Making::default());
    let mut harness = show(ConfusionPanel::default(), state, SIZE, ConfusionPanel::ui);
    assert!(harness.state().panel.wants().is_none());
    harness
        .get_by_label_contains("blue taken for green:")
        .click();
    harness.run_steps(3);
    assert_eq!(harness.state().panel.wants(), Some((key(0), 0, 1)));
    let [Action::Tell(command)] = &harness.state().actions[..] else {
        panic!("{:?}", harness.state().actions);
    };
    assert_eq!(*command, Command::Look(RunNumber(0)));

    // Dev is samples 20 to 39, in turn of the five classes; the second blue one is taken for green.
    let mut predictions: Vec<u32> = (0..20).map(|row| row % 5).collect();
    predictions[5] = 1;
    harness.state_mut().panel.answer(&Answer::Predicted {
        run: key(0),
        classes: predictions,
    });
    harness.run_steps(3);
    assert!(harness.state().panel.wants().is_none());
    assert!(
        harness
            .query_by_label("1 sample, as the network is now")
            .is_some()
    );
    assert!(
        harness
            .query_by_label("sample 25: blue, taken for green")
            .is_some()
    );

    harness.get_by_label("Look again").click();
    harness.run_steps(3);
    assert_eq!(harness.state().panel.wants(), Some((key(0), 0, 1)));
    assert_eq!(harness.state().actions.len(), 2);
    harness.get_by_label("Close").click();
    harness.run_steps(3);
    assert!(harness.state().panel.wants().is_none());
    assert!(harness.query_by_label("Most frequent mistakes").is_some());
}

#[test]
fn samples_beside_a_matrix_of_an_earlier_epoch_say_that_they_are_of_now() {
    let state = state(1, Making::default());
    let mut harness = show(ConfusionPanel::default(), state, SIZE, ConfusionPanel::ui);
    harness
        .get_by_label_contains("blue taken for green:")
        .click();
    harness.run_steps(3);
    harness.state_mut().panel.answer(&Answer::Predicted {
        run: key(0),
        classes: vec![1; 20],
    });
    harness.run_steps(3);
    let says = |harness: &Harness<'_, Shown<ConfusionPanel>>| {
        let text = "The matrix is of epoch 28; the samples are as the network is now.";
        harness.query_by_label(text).is_some()
    };
    assert!(!says(&harness));
    let run = &harness.state_mut().state.runs[0];
    let epochs: Vec<u32> = run.confusions.epochs().collect();
    assert_eq!(epochs.last(), Some(&29));
    let shown = harness.state_mut();
    shown.panel.step(&shown.state.runs[0], false);
    harness.run_steps(3);
    assert!(says(&harness));
}

#[test]
fn why_there_are_no_pictures_is_said_and_can_be_tried_again() {
    let state = state(3, Making::default());
    let mut harness = show(ConfusionPanel::default(), state, SIZE, ConfusionPanel::ui);
    harness.state_mut().state.selected = Some(key(2));
    harness.run_steps(3);
    harness
        .get_by_label_contains("blue taken for green:")
        .click();
    harness.run_steps(3);
    harness.state_mut().panel.answer(&Answer::Failed {
        kind: JobKind::ReadDataset,
        run: Some(key(2)),
        what: "read the data set pets".to_owned(),
        error: "datasets/pets: there is no such folder".to_owned(),
    });
    harness.run_steps(3);
    let why = "No pictures: cannot read the data set pets: datasets/pets: there is no such folder";
    assert!(harness.query_by_label(why).is_some());
    assert_eq!(
        harness.state().panel.wants(),
        None,
        "it is not asked again and again"
    );
    harness.get_by_label("Look again").click();
    harness.run_steps(3);
    assert_eq!(harness.state().panel.wants(), Some((key(2), 0, 1)));
    assert!(harness.query_by_label(why).is_none());

    // A run that left nothing.
    let run = &mut harness.state_mut().state.runs[2];
    run.folder = None;
    run.state = None;
    harness.run_steps(3);
    assert!(
        harness
            .query_by_label_contains("it had no folder")
            .is_some()
    );
}

#[test]
fn another_run_closes_what_was_opened() {
    let state = state(2, Making::default());
    let mut harness = show(ConfusionPanel::default(), state, SIZE, ConfusionPanel::ui);
    harness
        .get_by_label_contains("blue taken for green:")
        .click();
    harness.run_steps(3);
    harness.state_mut().state.selected = Some(key(1));
    harness.run_steps(3);
    assert!(harness.state().panel.wants().is_none());
}

#[test]
fn the_matrix_of_many_classes_tells_its_cells_to_the_pointer() {
    let making = Making {
        classes: 40,
        epochs: 2,
        ..Making::default()
    };
    let state = state(1, making);
    let mut harness = show(ConfusionPanel::default(), state, SIZE, ConfusionPanel::ui);
    let matrix = harness
        .get_by_label("Confusion matrix of 40 classes")
        .rect();
    harness.hover_at(matrix.min + matrix.size() * 0.5 / 40.0);
    harness.run_steps(4);
    assert!(
        harness
            .query_by_label_contains("class 0 taken for what it is")
            .is_some()
    );
}
