//! The list of runs.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use shadernets::gui::action::Action;
use shadernets::gui::panels::run_list::RunList;
use shadernets::session::link::{Command, RunNumber};

use crate::made::{Making, Shown, key, show, state, waiting};

fn list(runs: usize) -> Harness<'static, Shown<RunList>> {
    let state = waiting(
        state(
            runs,
            Making {
                epochs: 3,
                ..Making::default()
            },
        ),
        &["later"],
    );
    show(RunList, state, [260.0, 500.0], RunList::ui)
}

fn click(harness: &mut Harness<'static, Shown<RunList>>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(4);
}

/// The only thing that was asked for.
fn only<'a>(harness: &'a Harness<'static, Shown<RunList>>) -> &'a Action {
    match &harness.state().actions[..] {
        [action] => action,
        actions => panic!("{actions:?}"),
    }
}

#[test]
fn a_row_selects_its_run_and_tells_how_it_stands() {
    let mut harness = list(5);
    assert!(
        harness
            .query_by_label("dropout 0.5, finished, 3 epochs")
            .is_some()
    );
    let failed = "no batch norm, failed: the device was lost: out of memory";
    assert!(harness.query_by_label(failed).is_some());
    click(&mut harness, "deep, epoch 3 of 6");
    assert!(matches!(only(&harness), Action::Select(run) if *run == key(1)));
}

#[test]
fn a_box_hides_the_curves_of_a_run() {
    let mut harness = list(2);
    click(&mut harness, "Show curves of deep");
    assert!(matches!(only(&harness), Action::SetShown(run, false) if *run == key(1)));
}

#[test]
fn a_run_is_stopped_restarted_and_duplicated_by_its_menu() {
    type Is = fn(&Action) -> bool;
    let entries: [(&str, Is); 3] = [
        ("Stop", |a| {
            matches!(a, Action::Tell(Command::Stop(RunNumber(0))))
        }),
        (
            "Restart",
            |a| matches!(a, Action::Restart(run) if *run == key(0)),
        ),
        (
            "Duplicate…",
            |a| matches!(a, Action::Edit(config) if config.exp_id == "wide"),
        ),
    ];
    for (entry, is) in entries {
        let mut harness = list(2);
        click(&mut harness, "Actions of wide");
        click(&mut harness, entry);
        assert!(is(only(&harness)), "{entry}: {:?}", only(&harness));
    }
}

#[test]
fn a_finished_run_is_closed_and_a_waiting_one_removed() {
    let mut harness = list(3);
    click(&mut harness, "Actions of dropout 0.5");
    click(&mut harness, "Close");
    assert!(matches!(only(&harness), Action::Close(run) if *run == key(2)));
    harness.state_mut().actions.clear();
    click(&mut harness, "Remove later");
    let asked = only(&harness);
    assert!(
        matches!(asked, Action::Tell(Command::Forget(RunNumber(100)))),
        "{asked:?}"
    );
}

#[test]
fn of_many_runs_those_in_sight_are_drawn() {
    let state = state(
        200,
        Making {
            epochs: 1,
            ..Making::default()
        },
    );
    let harness = show(RunList, state, [260.0, 500.0], RunList::ui);
    assert!(harness.query_by_label_contains("run 9,").is_some());
    assert!(harness.query_by_label_contains("run 150,").is_none());
}
