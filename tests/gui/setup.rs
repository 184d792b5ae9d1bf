//! The form that sets up an experiment.

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use shadernets::config::{DeviceChoice, ExperimentConfig, SessionConfig};
use shadernets::gui::action::Action;
use shadernets::gui::lab::{Answer, Job, Picture, Sample};
use shadernets::gui::panels::setup::SetupPanel;
use shadernets::gui::panels::start;
use shadernets::gui::state::ViewState;

use crate::made::{Shown, show};

fn panel() -> Harness<'static, Shown<SetupPanel>> {
    let panel = SetupPanel::default();
    let mut harness = show(panel, ViewState::default(), [1200.0, 900.0], SetupPanel::ui);
    harness.run_steps(3);
    harness
}

/// Types a text into a field that is in sight.
fn fill(harness: &mut Harness<'_, Shown<SetupPanel>>, name: &str, text: &str) {
    let field = harness.get_by_role_and_label(Role::TextInput, name);
    field.set_text_value_accesskit(text);
    harness.run_steps(3);
}

fn trained(harness: &mut Harness<'_, Shown<SetupPanel>>) -> Option<Vec<ExperimentConfig>> {
    harness.get_by_label("Train").click();
    harness.run_steps(2);
    let actions = std::mem::take(&mut harness.state_mut().actions);
    actions.into_iter().find_map(|action| match action {
        Action::Train(experiments) => Some(experiments),
        _ => None,
    })
}

#[test]
fn what_is_typed_is_trained() {
    let mut harness = panel();
    fill(&mut harness, "dataset", "numbers");
    fill(&mut harness, "layers", "16,8");
    harness
        .get_by_role_and_label(Role::CheckBox, "grayscale")
        .click();
    harness.run_steps(3);
    let experiments = trained(&mut harness).expect("an experiment");
    assert_eq!(experiments.len(), 1);
    let experiment = &experiments[0];
    assert_eq!(experiment.data.dataset, "numbers");
    assert_eq!(experiment.model.layers, [16, 8]);
    assert!(experiment.data.preprocessing.grayscale);
}

#[test]
fn a_wrong_value_says_what_is_expected_and_nothing_is_trained() {
    let mut harness = panel();
    fill(&mut harness, "learning-rate", "fast");
    assert!(
        harness
            .query_by_label_contains("Expected a number")
            .is_some()
    );
    assert!(trained(&mut harness).is_none());
    harness
        .get_by_label_contains("Reset learning-rate to")
        .click();
    harness.run_steps(3);
    assert_eq!(trained(&mut harness).map(|trained| trained.len()), Some(1));
}

#[test]
fn a_search_leaves_the_options_that_it_finds() {
    let mut harness = panel();
    let search = harness.get_by_role_and_label(Role::TextInput, "Search options");
    search.set_text_value_accesskit("l2 regularization");
    harness.run_steps(3);
    assert!(
        harness
            .query_by_role_and_label(Role::TextInput, "weight-decay")
            .is_some()
    );
    assert!(
        harness
            .query_by_role_and_label(Role::TextInput, "learning-rate")
            .is_none()
    );
}

#[test]
fn an_experiment_is_duplicated_and_one_thing_changed() {
    let mut config = ExperimentConfig {
        exp_id: "first".to_owned(),
        ..ExperimentConfig::default()
    };
    config.model.dropout_rate = 0.25;
    let mut harness = panel();
    harness.state_mut().panel.edit(config.clone());
    harness.run_steps(3);
    fill(&mut harness, "learning-rate", "0.5");
    config.optimizer.learning_rate = 0.5;
    assert_eq!(trained(&mut harness), Some(vec![config]));
}

#[test]
fn several_are_queued_and_trained_together() {
    let mut harness = panel();
    harness.get_by_label("Add to queue").click();
    harness.run_steps(3);
    fill(&mut harness, "learning-rate", "0.5");
    harness.get_by_label("Add to queue").click();
    harness.run_steps(3);
    harness.get_by_label("Train 2 experiments").click();
    harness.run_steps(3);
    let actions = std::mem::take(&mut harness.state_mut().actions);
    let rates = actions.iter().find_map(|action| match action {
        Action::Train(experiments) => Some(experiments.iter().map(|e| e.optimizer.learning_rate)),
        _ => None,
    });
    assert_eq!(rates.expect("two").collect::<Vec<_>>(), [0.001, 0.5]);
    assert!(harness.query_by_label("Train 2 experiments").is_none());
}

#[test]
fn a_dropped_folder_becomes_the_data_set_and_is_previewed() {
    let mut harness = panel();
    harness.state_mut().actions.clear();
    let folder = std::path::Path::new("/my pictures/pets");
    harness.state_mut().panel.drop_folder(folder);
    harness.run_steps(30);
    let actions = std::mem::take(&mut harness.state_mut().actions);
    let asked = actions.iter().find_map(|action| match action {
        Action::Do(Job::Preview(config)) => Some(config.clone()),
        _ => None,
    });
    let config = asked.expect("a preview");
    assert_eq!(config.dataset, "/my pictures/pets");

    let gray = |value| Picture::filled(8, 8, [value; 3]);
    harness.state_mut().panel.answer(&Answer::Previewed {
        config,
        classes: vec!["cats".to_owned(), "dogs".to_owned()],
        samples: vec![Sample {
            class: "dogs".to_owned(),
            original: gray(10),
            prepared: gray(20),
            augmented: vec![gray(30), gray(40)],
        }],
    });
    harness.run_steps(3);
    for name in ["dogs: the file", "dogs: prepared", "dogs: in epoch 2"] {
        assert!(harness.query_by_label(name).is_some(), "{name}");
    }
}

#[test]
fn typing_asks_for_one_preview() {
    let mut harness = panel();
    harness.state_mut().actions.clear();
    for text in ["1", "16", "16,", "16,1", "16,16"] {
        // A quarter of a second each.
        let field = harness.get_by_role_and_label(Role::TextInput, "resize");
        field.set_text_value_accesskit(text);
        harness.run_steps(1);
    }
    harness.run_steps(30);
    let previews = |action: &&Action| matches!(action, Action::Do(Job::Preview(_)));
    let count = harness.state().actions.iter().filter(previews).count();
    assert_eq!(count, 1);
}

#[test]
fn the_command_line_is_copied() {
    let mut harness = panel();
    fill(&mut harness, "dataset", "two words");
    harness.get_by_label("Copy as command line").click();
    harness.run_steps(3);
    let copied = harness
        .state()
        .actions
        .iter()
        .find_map(|action| match action {
            Action::Copy(text) => Some(text.as_str()),
            _ => None,
        });
    assert_eq!(copied, Some("shadernets train --dataset='two words'"));
}

/// What the window was told to hold for sessions, last.
fn configured(harness: &Harness<'_, Shown<SetupPanel>>) -> Option<SessionConfig> {
    let actions = harness.state().actions.iter().rev();
    actions.into_iter().find_map(|action| match action {
        Action::Configure(session) => Some((**session).clone()),
        _ => None,
    })
}

/// Leaves the options that a search finds, with their sections open.
fn search(harness: &mut Harness<'_, Shown<SetupPanel>>, text: &str) {
    let search = harness.get_by_role_and_label(Role::TextInput, "Search options");
    search.set_text_value_accesskit(text);
    harness.run_steps(3);
}

#[test]
fn what_holds_for_the_session_is_chosen_and_copied() {
    let mut harness = panel();
    harness.get_by_label("This session").click();
    harness.run_steps(30);
    search(&mut harness, "device");
    fill(&mut harness, "device", "cpu");
    search(&mut harness, "jobs");
    fill(&mut harness, "jobs", "0");
    let session = configured(&harness).expect("the device");
    assert_eq!((session.device, session.jobs), (DeviceChoice::Cpu, 1));
    assert!(trained(&mut harness).is_none(), "jobs are wrong");
    fill(&mut harness, "jobs", "3");
    let session = configured(&harness).expect("jobs");
    assert_eq!((session.device, session.jobs), (DeviceChoice::Cpu, 3));
    // Another experiment, the same session.
    harness.state_mut().panel.edit(start::colors());
    harness.run_steps(3);
    harness.get_by_label("Copy as command line").click();
    harness.run_steps(3);
    let actions = harness.state().actions.iter();
    let mut copied = actions.filter_map(|action| match action {
        Action::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    let copied = copied.next_back().expect("a command line");
    assert!(
        copied.starts_with("shadernets train --jobs=3 --device=cpu --exp-id=colors "),
        "{copied}"
    );
}

#[test]
fn what_holds_for_the_session_stays_while_runs_are_at_work() {
    let mut harness = panel();
    harness.state_mut().state.busy = true;
    let is_enabled = |harness: &mut Harness<'_, Shown<SetupPanel>>, role, name: &str| {
        search(harness, name);
        let field = harness.get_by_role_and_label(role, name);
        !field.accesskit_node().is_disabled()
    };
    for name in ["device", "jobs", "runs-path", "log-file", "resume"] {
        assert!(!is_enabled(&mut harness, Role::TextInput, name), "{name}");
    }
    assert!(!is_enabled(&mut harness, Role::CheckBox, "profiling"));
    for name in ["dataset", "exp-id", "shard", "save-config"] {
        assert!(is_enabled(&mut harness, Role::TextInput, name), "{name}");
    }
    harness.state_mut().state.busy = false;
    for name in ["device", "jobs", "runs-path", "log-file"] {
        assert!(is_enabled(&mut harness, Role::TextInput, name), "{name}");
    }
    for name in ["config", "resume"] {
        assert!(!is_enabled(&mut harness, Role::TextInput, name), "{name}");
    }
    harness.state_mut().state.logs = true;
    assert!(!is_enabled(&mut harness, Role::TextInput, "log-file"));
}

#[test]
fn what_the_program_was_called_with_is_shown() {
    let mut harness = panel();
    harness.state_mut().panel.set_session(&SessionConfig {
        config: Some("my file.toml".into()),
        device: DeviceChoice::Gpu,
        ..SessionConfig::default()
    });
    harness.run_steps(3);
    for (name, value) in [("config", "my file.toml"), ("device", "gpu")] {
        search(&mut harness, name);
        let field = harness.get_by_role_and_label(Role::TextInput, name);
        assert_eq!(field.accesskit_node().value().as_deref(), Some(value));
    }
    assert_eq!(configured(&harness), None, "it is known");
}

#[test]
fn it_fits_any_window() {
    for size in [
        [0.0, 0.0],
        [10.0, 10.0],
        [320.0, 200.0],
        [700.0, 400.0],
        [3000.0, 2000.0],
    ] {
        let mut harness = show(
            SetupPanel::default(),
            ViewState::default(),
            size,
            SetupPanel::ui,
        );
        harness.run_steps(3);
    }
}
