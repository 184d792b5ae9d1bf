//! The comparison table.

use egui_kittest::kittest::{NodeT, Queryable};
use shadernets::gui::action::Action;
use shadernets::gui::lab::Job;
use shadernets::gui::panels::compare::ComparePanel;
use shadernets::report::Outcome;
use shadernets::runs::Status;
use shadernets::train::{Evaluation, TrainingEvent};

use crate::made::{Making, confusion, key, score, show, state};

const SIZE: [f32; 2] = [1300.0, 300.0];
const NAMES: [&str; 5] = [
    "wide",
    "deep",
    "dropout 0.5",
    "no batch norm",
    "small learning rate",
];

/// The runs from the top.
fn order(
    harness: &egui_kittest::Harness<'static, crate::made::Shown<ComparePanel>>,
) -> Vec<&'static str> {
    let mut places = NAMES.map(|name| (harness.get_by_label(name).rect().top(), name));
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    places.map(|(_, name)| name).to_vec()
}

#[test]
fn a_click_on_a_heading_sorts_the_best_first_and_another_turns_it_round() {
    let mut state = state(5, Making::default());
    for (run, accuracy) in state.runs.iter_mut().zip([0.3, 0.9, 0.5, f64::NAN, 0.7]) {
        let dev = Evaluation {
            score: score(1.0, accuracy),
            confusion: confusion(Making::default(), 0),
        };
        let event = TrainingEvent::Finished {
            training: score(1.0, 0.5),
            dev: Some(dev),
            test: None,
        };
        run.hear(event, 1.0);
    }
    let mut harness = show(ComparePanel::default(), state, SIZE, ComparePanel::ui);
    assert_eq!(order(&harness), NAMES, "as they began");
    harness.get_by_label("dev acc.").click();
    harness.run_steps(3);
    let best_first = [
        "deep",
        "small learning rate",
        "dropout 0.5",
        "wide",
        "no batch norm",
    ];
    assert_eq!(order(&harness), best_first);
    harness.get_by_label("dev acc.").click();
    harness.run_steps(3);
    let best_last = [
        "wide",
        "dropout 0.5",
        "small learning rate",
        "deep",
        "no batch norm",
    ];
    assert_eq!(order(&harness), best_last, "what is no number stays last");
}

#[test]
fn repetitions_stay_together_above_their_mean_and_deviation() {
    let mut state = state(5, Making::default());
    let repeated = state.runs[0].config.clone();
    for (place, accuracy) in [0.3, 0.9, 0.5, 0.6, 0.7].into_iter().enumerate() {
        let run = &mut state.runs[place];
        if place % 2 == 0 {
            run.config = repeated.clone();
            run.config.model.seed = place as u64;
        }
        let dev = Evaluation {
            score: score(1.0, accuracy),
            confusion: confusion(Making::default(), 0),
        };
        let event = TrainingEvent::Finished {
            training: score(1.0, 0.5),
            dev: Some(dev),
            test: None,
        };
        run.hear(event, 1.0);
        let (status, error) = (Status::Finished, None);
        run.end(&Outcome { status, error });
    }
    let mut harness = show(ComparePanel::default(), state, SIZE, ComparePanel::ui);
    let rows = |harness: &egui_kittest::Harness<'static, _>| {
        let several = ["wide: mean of 3", "wide: standard deviation"];
        let mut places: Vec<_> = NAMES
            .into_iter()
            .chain(several)
            .map(|name| (harness.get_by_label(name).rect().top(), name))
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        places.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let [wide, deep, dropout, plain, slow] = NAMES;
    let [mean, deviation] = ["wide: mean of 3", "wide: standard deviation"];
    let as_they_began = [wide, dropout, slow, mean, deviation, deep, plain];
    assert_eq!(rows(&harness), as_they_began);
    // As in the tables of the report.
    let [mean_text, deviation_text] = ["50.00%", "± 20.00%"];
    let is_beside = |text: &str, row: &str| {
        let top = harness.get_by_label(row).rect().center().y;
        let mut cells = harness.query_all_by_label(text);
        cells.any(|cell| (cell.rect().center().y - top).abs() < 4.0)
    };
    assert!(is_beside(mean_text, mean) && is_beside(deviation_text, deviation));

    harness.get_by_label("dev acc.").click();
    harness.run_steps(3);
    let best_first = [deep, plain, slow, dropout, wide, mean, deviation];
    assert_eq!(rows(&harness), best_first);
    harness.get_by_label("dev acc.").click();
    harness.run_steps(3);
    let best_last = [wide, dropout, slow, mean, deviation, plain, deep];
    assert_eq!(rows(&harness), best_last);
}

#[test]
fn every_column_has_a_number_where_a_run_has_all() {
    let mut state = state(1, Making::default());
    let done = || Evaluation {
        score: score(0.5, 0.8),
        confusion: confusion(Making::default(), 0),
    };
    let event = TrainingEvent::Finished {
        training: score(0.4, 0.9),
        dev: Some(done()),
        test: Some(done()),
    };
    state.runs[0].hear(event, 1.0);
    let harness = show(ComparePanel::default(), state, SIZE, ComparePanel::ui);
    assert!(harness.query_by_label("-").is_none());
    // The final model's, not those of the last epoch: bias and variance as well.
    assert!(harness.query_by_label("90.00%").is_some());
    assert_eq!(harness.query_all_by_label("10.00%").count(), 2);
}

#[test]
fn a_run_is_selected_and_table_and_plot_are_written() {
    let state = state(3, Making::default());
    let mut harness = show(ComparePanel::default(), state, SIZE, ComparePanel::ui);
    harness.get_by_label("deep").click();
    harness.run_steps(3);
    harness.get_by_label("Export table").click();
    harness.run_steps(3);
    harness.get_by_label("Export plot").click();
    harness.run_steps(3);
    let [Action::Select(run), Action::Do(table), Action::Do(plot)] = &harness.state().actions[..]
    else {
        panic!("{:?}", harness.state().actions);
    };
    assert_eq!(*run, key(1));
    assert!(matches!(table, Job::ExportTable { runs, .. } if runs.len() == 3));
    assert!(matches!(plot, Job::ExportPlot { to, .. } if to.ends_with("curves.svg")));
}

#[test]
fn runs_without_a_folder_cannot_be_written() {
    let mut state = state(2, Making::default());
    state.runs.iter_mut().for_each(|run| run.folder = None);
    let harness = show(ComparePanel::default(), state, SIZE, ComparePanel::ui);
    let button = harness.get_by_label("Export table");
    assert!(button.accesskit_node().is_disabled());
}
