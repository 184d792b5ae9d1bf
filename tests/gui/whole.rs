//! The whole window: a run is watched, steered, copied, tried.

use std::path::Path;

use eframe::egui::{self, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{SnapshotOptions, SnapshotResults};
use shadernets::gui::action::{Action, View};
use shadernets::gui::panels::start;
use shadernets::gui::state::{Phase, ViewState};
use shadernets::runs::{RunRecord, Status};

use crate::made::{Making, state};
use crate::window::{COLORS, Window};

/// More than any test waits for.
const FOREVER: &str = "--nbr-epochs=10000000";

#[test]
fn a_run_is_paused_stepped_and_given_another_learning_rate() {
    let mut window = Window::open(&format!("{COLORS} {FOREVER}"));
    window.until("it trains", |window| window.epochs() > 2);
    window.harness.get_by_label("Pause").click();
    window.until("it rests", |window| window.state().paused);
    window.rest();
    let epochs = window.last_epoch();
    window.rest();
    assert_eq!(window.last_epoch(), epochs, "it rests");

    window.harness.get_by_label("Step minibatch").click();
    window.until("a step", |window| window.state().runs[0].step.is_some());
    window.harness.get_by_label("Step epoch").click();
    window.until("an epoch", |window| window.last_epoch() > epochs);
    window.rest();
    let stepped = window.last_epoch();
    window.harness.key_press(egui::Key::E);
    window.until("an epoch by a key", |window| window.last_epoch() > stepped);
    window.rest();
    assert_eq!(window.last_epoch(), stepped + 1);

    let rate = window
        .harness
        .get_by_role_and_label(Role::SpinButton, "learning rate");
    rate.set_value_accesskit(0.25);
    window.until("the rate is another one", |window| {
        window.state().runs[0].rates().learning_rate == 0.25
    });
    window.harness.get_by_label("Resume").click();
    window.until("it goes on", |window| {
        let last = window.state().runs[0].epochs.last();
        last.is_some_and(|last| last.epoch > stepped + 2 && last.learning_rate == 0.25)
    });
    window.harness.get_by_label("Stop").click();
    window.until("it has stopped", |window| {
        window.state().runs[0].phase == Phase::Over(Status::Interrupted, None)
    });
    let folder = window.state().runs[0].folder.clone().unwrap();
    let record = RunRecord::read(&folder).unwrap();
    assert_eq!(record.rates.len(), 1);
    assert_eq!(record.rates[0].rates.learning_rate, 0.25);
}

#[test]
fn the_space_key_pauses() {
    let mut window = Window::open(&format!("{COLORS} {FOREVER}"));
    window.until("it trains", |window| window.epochs() > 0);
    window.harness.key_press(egui::Key::Space);
    window.until("it rests", |window| window.state().paused);
    // A plot that was clicked leaves it to the window.
    window.harness.get_by_label("Cost").click();
    window.steps(3);
    window.harness.key_press(egui::Key::Space);
    window.until("it goes on", |window| !window.state().paused);
}

#[test]
fn what_is_trained_while_others_rest_trains_beside_them() {
    let mut window = Window::open(&format!("{COLORS} {FOREVER}"));
    window.until("it trains", |window| window.epochs() > 0);
    window.harness.get_by_label("Pause").click();
    window.until("it rests", |window| window.state().runs[0].rests);
    window.rest();
    let epochs = window.epochs();
    let mut another = window.state().runs[0].config.clone();
    another.training.epochs = 10_000_000;
    window.train(vec![another]);
    window.until("another trains", |window| {
        let second = window.state().runs.get(1);
        second.is_some_and(|run| run.epochs.len() > 2)
    });
    assert_eq!(window.epochs(), epochs, "the first still rests");
    // One can be paused, and the other go on.
    for name in ["Pause", "Resume"] {
        assert!(window.harness.query_by_label(name).is_some(), "{name}");
    }
    window.harness.get_by_label("Resume").click();
    window.until("the first goes on", |window| window.epochs() > epochs);
    window.harness.key_press(egui::Key::Space);
    window.until("both rest", |window| {
        window.state().resting_and_training() == (2, 0)
    });
    assert!(window.harness.query_by_label("Pause").is_none());
}

#[test]
fn arrow_keys_go_through_the_epochs_of_the_matrix() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=4"));
    window.until("it is trained", |window| window.is_idle());
    let mut shows = |key: Option<egui::Key>, epoch: u32| {
        if let Some(key) = key {
            window.harness.key_press(key);
        }
        let text = format!("epoch {epoch}");
        window.until(&text, |window| {
            window.harness.query_by_label(&text).is_some()
        });
    };
    shows(None, 3);
    shows(Some(egui::Key::ArrowLeft), 2);
    shows(Some(egui::Key::ArrowLeft), 1);
    shows(Some(egui::Key::ArrowLeft), 0);
    shows(Some(egui::Key::ArrowLeft), 0);
    shows(Some(egui::Key::ArrowRight), 1);
    shows(Some(egui::Key::ArrowRight), 2);
    shows(Some(egui::Key::ArrowRight), 3);
    shows(Some(egui::Key::ArrowRight), 3);
    // A plot that was clicked takes them, until it is left.
    window.harness.get_by_label("Cost").click();
    window.steps(3);
    window.harness.key_press(egui::Key::ArrowLeft);
    window.steps(3);
    assert!(window.harness.query_by_label("epoch 3").is_some());
    window.harness.key_press(egui::Key::Escape);
    window.steps(3);
    window.harness.key_press(egui::Key::ArrowLeft);
    window.until("the epoch before", |window| {
        window.harness.query_by_label("epoch 2").is_some()
    });
}

/// Opens the cell of the matrix that has the most samples, and waits for some of them.
fn open_largest_cell(window: &mut Window) {
    let run = &window.state().runs[0];
    let matrix = &run.confusions.last().unwrap().1;
    let cells = 0..matrix.counts.len();
    let cell = cells.max_by_key(|cell| matrix.counts[*cell]).unwrap();
    let (label, predicted) = (cell / matrix.classes, cell % matrix.classes);
    let count = matrix.counts[cell] as usize;
    let taken = match label == predicted {
        true => "what it is".to_owned(),
        false => run.classes[predicted].clone(),
    };
    let name = format!("{} taken for {taken}", run.classes[label]);
    window.harness.get_by_label_contains(&name).click();
    window.until("its pictures", |window| {
        let shown = window.harness.query_all_by_role(Role::Image);
        let labels = shown.filter_map(|picture| picture.accesskit_node().label());
        labels.filter(|label| label.starts_with("sample ")).count() >= count.min(3)
    });
}

#[test]
fn a_cell_of_the_matrix_shows_its_samples() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=3"));
    window.until("it is trained", |window| window.is_idle());
    open_largest_cell(&mut window);
}

#[test]
fn an_experiment_is_duplicated_changed_and_trained() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=3"));
    window.until("it is trained", |window| window.is_idle());
    window.harness.get_by_label("Duplicate").click();
    window.steps(3);
    let search = window
        .harness
        .get_by_role_and_label(Role::TextInput, "Search options");
    search.set_text_value_accesskit("nbr-epochs");
    window.steps(3);
    let epochs = window
        .harness
        .get_by_role_and_label(Role::TextInput, "nbr-epochs");
    epochs.set_text_value_accesskit("5");
    window.steps(3);
    window.harness.get_by_label("Train").click();
    window.until("another run ends", |window| {
        window.state().runs.len() == 2 && window.is_idle()
    });
    let runs = &window.state().runs;
    assert_ne!(runs[0].id, runs[1].id);
    assert_eq!(runs[1].epochs.len(), 5);
    assert_eq!(runs[1].config.model, runs[0].config.model);
}

#[test]
fn a_folder_dropped_on_the_window_becomes_a_data_set() {
    let mut window = Window::open_empty();
    window.steps(3);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/colors");
    window.drop_path(&folder);
    window.until("it is previewed", |window| {
        window.harness.query_all_by_label_contains("red").count() > 0
    });
    window.harness.get_by_label("Train").click();
    window.until("it trains", |window| window.epochs() > 0);
    let config = &window.state().runs[0].config;
    assert!(
        config.data.dataset.ends_with("colors"),
        "{}",
        config.data.dataset
    );
}

#[test]
fn a_drawn_digit_is_read() {
    let mut window = Window::open_empty();
    let mut config = start::numbers();
    config.data.datasets_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    config.training.epochs = 60;
    window.train(vec![config]);
    window.until("it is trained", |window| {
        window.epochs() > 0 && window.is_idle()
    });
    assert!(
        window.state().runs[0]
            .epochs
            .last()
            .unwrap()
            .dev
            .unwrap()
            .accuracy
            > 0.8
    );
    window.harness.state_mut().show(View::Try);
    window.until("the canvas", |window| {
        window.harness.query_by_label("Drawing canvas").is_some()
    });
    window.draw([0.5, 0.15], [0.5, 0.85]);
    window.until("the classes", |window| {
        window.harness.query_by_label_contains("1: ").is_some()
    });
    window.rest();
    let bars = window.harness.query_all_by_role(Role::Label);
    let first = bars
        .filter_map(|bar| {
            let node = bar.accesskit_node();
            node.label().or_else(|| node.value())
        })
        .find(|label| label.contains(": ") && label.ends_with('%'));
    let first = first.unwrap();
    assert!(
        first.starts_with("1: "),
        "a vertical line is a 1, found {first}"
    );
}

#[test]
fn the_window_without_an_experiment_opens_on_its_start_page() {
    let mut window = Window::open_empty();
    window.steps(3);
    assert!(window.harness.query_by_label("Train the digits").is_some());
}

/// Fills in an option of the form.
fn set(window: &mut Window, name: &str, text: &str) {
    let mut fill = |name: &str, text: &str| {
        let field = window.harness.get_by_role_and_label(Role::TextInput, name);
        field.set_text_value_accesskit(text);
        window.harness.run_steps(3);
    };
    fill("Search options", name);
    fill(name, text);
}

#[test]
fn what_is_chosen_for_a_session_holds_for_the_next_one() {
    let mut window = Window::open_empty();
    assert!(!window.state().is_busy());
    let mut config = start::colors();
    config.data.datasets_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    config.training.epochs = 2;
    window.act(Action::Edit(Box::new(config)));
    window.steps(3);
    let folder = window.folder.path().to_owned();
    let places = ["elsewhere", "there"].map(|name| folder.join(name));
    set(&mut window, "runs-path", &places[0].display().to_string());
    set(
        &mut window,
        "save-config",
        &folder.join("a.toml").display().to_string(),
    );
    window.harness.get_by_label("Train").click();
    window.until("a run ends", |window| {
        window.state().runs.len() == 1 && window.is_idle()
    });
    // The same session takes another one, and the file is not written again.
    std::fs::write(folder.join("a.toml"), "mine").unwrap();
    window.harness.state_mut().show(View::Setup);
    window.steps(3);
    window.harness.get_by_label("Train").click();
    window.until("another ends", |window| {
        window.state().runs.len() == 2 && window.is_idle()
    });
    assert_eq!(
        std::fs::read_to_string(folder.join("a.toml")).unwrap(),
        "mine"
    );
    window.harness.state_mut().show(View::Setup);
    window.steps(3);
    set(&mut window, "runs-path", &places[1].display().to_string());
    set(&mut window, "shard", "2/3");
    set(&mut window, "training-times", "5");
    window.harness.get_by_label("Train").click();
    window.until("a share of them ends", |window| {
        window.state().runs.len() == 4 && window.is_idle()
    });
    let runs = &window.state().runs;
    let keys: std::collections::BTreeSet<_> = runs.iter().map(|run| &run.key).collect();
    assert_eq!(keys.len(), 4);
    let ids = runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids, ["colors", "colors_0", "colors_1", "colors_4"]);
    for (run, place) in runs.iter().zip([0, 0, 1, 1]) {
        let folder = run.folder.as_ref().unwrap();
        assert!(folder.starts_with(&places[place]), "{}", folder.display());
    }
}

#[test]
fn the_start_page_lists_the_runs_of_the_session_that_it_belongs_to() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=2"));
    window.until("it is trained", |window| window.is_idle());
    window.harness.state_mut().show(View::Start);
    let folder = window.state().runs[0].folder.clone().unwrap();
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    window.until("the run is listed", |window| {
        window.harness.query_all_by_label_contains(&name).count() > 0
    });
}

#[test]
fn a_past_run_is_tried_and_its_matrix_opened() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=3"));
    window.until("it is trained", |window| window.is_idle());
    let folder = window.state().runs[0].folder.clone().unwrap();
    let datasets = window.state().runs[0].config.data.datasets_path.clone();
    let mut later = Window::open_empty();
    later.drop_path(&folder);
    later.until("it is there", |window| window.state().runs.len() == 1);
    let run = &later.state().runs[0];
    assert_eq!(run.config.data.datasets_path, datasets);
    assert_eq!(run.epochs.len(), 3);
    // Its samples are read again for it.
    later.harness.state_mut().show(View::Watch);
    later.steps(2);
    open_largest_cell(&mut later);
    let picture = datasets.join("colors");
    let class = std::fs::read_dir(picture)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let file = std::fs::read_dir(&class)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    later.drop_path(&file);
    later.until("its classes", |window| {
        window.harness.query_by_label_contains("%").is_some()
    });
}

/// Runs made by hand, of which nothing changes from one machine to another.
fn made(state_of_window: &mut ViewState) {
    let made = state(
        3,
        Making {
            epochs: 60,
            ..Making::default()
        },
    );
    let memory = state_of_window.memory;
    *state_of_window = made;
    state_of_window.memory = memory.map(|_| (300 << 20, 400 << 20));
}

#[test]
fn the_views_look_as_they_did() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let mut window = Window::open_empty();
        window.harness.ctx.set_theme(theme);
        window.steps(3);
        for (view, title) in [
            (View::Watch, "watch"),
            (View::Model, "model"),
            (View::Compare, "compare"),
            (View::Try, "try"),
            (View::Setup, "setup"),
        ] {
            made(window.harness.state_mut().state_mut());
            window.harness.state_mut().show(view);
            window.steps(30);
            made(window.harness.state_mut().state_mut());
            window.steps(4);
            // Memory and what else is the machine's own.
            let bar = egui::Rect::from_min_max(egui::pos2(0.0, 828.0), egui::pos2(1280.0, 860.0));
            window.harness.mask(bar);
            let options = SnapshotOptions::new().threshold(1.0).max_failed_pixels(200);
            let name = format!("{title}-{name}");
            results.add(window.harness.try_snapshot_options(name, &options));
        }
    }
}
