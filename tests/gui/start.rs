//! The page that the program opens with.

use std::path::{Path, PathBuf};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shadernets::gui::action::{Action, View};
use shadernets::gui::lab::{Answer, Job, ListedRun, RunInShort};
use shadernets::gui::panels::start::{self, StartPanel};
use shadernets::gui::state::ViewState;
use shadernets::runs::{Figures, PartitionSizes, Status, Summary};

use crate::made::{Shown, show};

fn panel() -> Harness<'static, Shown<StartPanel>> {
    let mut harness = show(
        StartPanel::default(),
        ViewState::default(),
        [1000.0, 900.0],
        StartPanel::ui,
    );
    harness.run_steps(3);
    harness
}

pub fn listed(number: usize) -> ListedRun {
    let summary = Summary {
        run_id: format!("run-{number}"),
        status: Status::Finished,
        error: None,
        version: "0.1.0".to_owned(),
        device: "CPU".to_owned(),
        started: "2026-11-24T10:15:00Z".to_owned(),
        seconds: 1.0,
        classes: vec![],
        picture: [8, 8, 3],
        samples: PartitionSizes::default(),
        parameters: 100,
        epochs_done: 100,
        training: None,
        dev: Some(Figures {
            cost: 0.1,
            accuracy: 0.934,
        }),
        test: None,
        early_stop_epoch: None,
        best_epoch: None,
    };
    ListedRun {
        folder: PathBuf::from(format!("runs/20261124T101500Z-run-{number}")),
        about: Ok(RunInShort {
            summary,
            dataset: "numbers".to_owned(),
        }),
    }
}

#[test]
fn one_click_trains_the_digits() {
    let mut harness = panel();
    harness.get_by_label("Train the digits").click();
    harness.run_steps(2);
    let actions = &harness.state().actions;
    let trained = actions.iter().find_map(|action| match action {
        Action::Train(experiments) => Some(experiments),
        _ => None,
    });
    let [experiment] = &trained.expect("a training")[..] else {
        panic!("expected one experiment");
    };
    assert_eq!(experiment.data.dataset, "numbers");
    assert_eq!(experiment.validate(), Ok(()));
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Show(View::Watch)))
    );
}

#[test]
fn what_the_page_trains_learns() {
    for mut config in [start::numbers(), start::colors()] {
        assert_eq!(config.validate(), Ok(()));
        config.data.datasets_path = crate::lab::datasets();
        let (_, _, accuracy) = crate::lab::train(config.clone());
        println!("{}: {accuracy}", config.exp_id);
        assert!(accuracy > 0.9, "{accuracy} of {}", config.exp_id);
    }
}

#[test]
fn hundreds_of_past_runs_are_listed_and_one_is_opened() {
    let mut harness = panel();
    let asked = harness.state().actions.iter();
    let asked = asked.filter(|action| matches!(action, Action::Do(Job::ListRuns(_))));
    assert_eq!(asked.count(), 1, "asked once, not in every frame");
    let mut runs = vec![ListedRun {
        folder: PathBuf::from("runs/broken"),
        about: Err("summary.json: EOF while parsing".to_owned()),
    }];
    runs.extend((0..500).map(listed));
    let answer = Answer::Runs(PathBuf::from("runs"), runs);
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(3);
    assert!(
        harness
            .query_by_label_contains("broken is damaged")
            .is_some()
    );
    let rows = harness
        .query_all_by_label_contains("dev accuracy 93.40%")
        .count();
    assert!((5..50).contains(&rows), "only those in sight: {rows}");

    harness.state_mut().actions.clear();
    harness
        .get_by_label_contains("Open 20261124T101500Z-run-1:")
        .click();
    harness.run_steps(2);
    let opened = harness
        .state()
        .actions
        .iter()
        .find_map(|action| match action {
            Action::Open(folders) => Some(folders.clone()),
            _ => None,
        });
    assert_eq!(
        opened,
        Some(vec![PathBuf::from("runs/20261124T101500Z-run-1")])
    );
}

#[test]
fn several_past_runs_are_opened_together() {
    let mut harness = panel();
    let runs = (0..3).map(listed).collect();
    let answer = Answer::Runs(PathBuf::from("runs"), runs);
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(3);
    for run in [0, 2] {
        let label = format!("Select 20261124T101500Z-run-{run}");
        harness.get_by_label(&label).click();
        harness.run_steps(3);
    }
    harness.get_by_label("Open selected (2)").click();
    harness.run_steps(2);
    let opened = harness
        .state()
        .actions
        .iter()
        .find_map(|action| match action {
            Action::Open(folders) => Some(folders.len()),
            _ => None,
        });
    assert_eq!(opened, Some(2));
}

#[test]
fn a_folder_without_runs_is_told() {
    let bench = crate::lab::Bench::new();
    let mut harness = panel();
    let folder = Path::new("/nowhere/at all").to_owned();
    harness.state_mut().panel.set_path("/nowhere/at all");
    harness.run_steps(2);
    let answer = bench.answer(Job::ListRuns(folder));
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("/nowhere/at all").is_some());
}

#[test]
fn where_a_data_set_is_missing_the_page_says_how_to_draw_it() {
    let mut harness = panel();
    let answer = Answer::Datasets("./datasets".into(), vec!["colors".to_owned()]);
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(2);
    assert!(
        harness
            .query_by_label_contains("dataset generate numbers")
            .is_some()
    );
    assert!(
        harness
            .query_by_label_contains("dataset generate colors")
            .is_none()
    );
    harness.get_by_label("Train the digits").click();
    harness.run_steps(2);
    let trains = |action: &Action| matches!(action, Action::Train(_));
    assert!(!harness.state().actions.iter().any(trains));
}

#[test]
fn it_fits_any_window() {
    for size in [[0.0, 0.0], [10.0, 10.0], [320.0, 200.0], [3000.0, 2000.0]] {
        let mut harness = show(
            StartPanel::default(),
            ViewState::default(),
            size,
            StartPanel::ui,
        );
        harness
            .state_mut()
            .panel
            .answer(&Answer::Runs("runs".into(), vec![listed(1)]));
        harness.run_steps(3);
    }
}
