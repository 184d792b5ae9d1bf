//! What may go wrong beside the window: it stays, and says so.

use std::fs;

use eframe::egui;
use egui_kittest::kittest::Queryable;
use shadernets::gui::state::{NoteLevel, Phase};
use shadernets::runs::Status;
use shadernets::session::link::{Command, RunNumber};

use crate::window::{COLORS, Window};

/// The error of the first run, once it is over.
fn error_of_run(window: &Window) -> Option<String> {
    match &window.state().runs.first()?.phase {
        Phase::Over(Status::Failed, error) => error.clone(),
        _ => None,
    }
}

/// The last error that concerns no run.
fn error(window: &Window) -> Option<String> {
    let messages = window.state().messages.iter();
    let mut errors = messages.filter(|note| note.level == NoteLevel::Error);
    errors.next_back().map(|note| note.text.clone())
}

fn is_idle(window: &Window) -> bool {
    !window.state().is_busy()
}

#[test]
fn a_data_set_that_is_deleted_while_it_trains_is_missed_when_it_is_read_again() {
    let mut window = Window::open_copy(&format!("{COLORS} --nbr-epochs=200"));
    window.until("it trains", |window| window.epochs() > 0);
    fs::remove_dir_all(window.folder.path().join("datasets")).unwrap();
    window.until("it trains to its end", is_idle);
    assert_eq!(
        window.state().runs[0].phase,
        Phase::Over(Status::Finished, None)
    );
    // Another size: the samples in memory are of no use.
    let mut again = window.state().runs[0].config.clone();
    again.data.preprocessing.resize.width = 7;
    window.train(vec![again]);
    window.until("an error", |window| error(window).is_some());
    let error = error(&window).unwrap();
    assert!(
        error.contains("datasets") && error.contains("colors"),
        "{error}"
    );
    window.steps(2);
}

#[test]
fn a_window_without_a_size_draws_nothing_and_goes_on() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=20"));
    for size in [
        egui::vec2(0.0, 0.0),
        egui::vec2(1.0, 1.0),
        egui::vec2(40.0, 4000.0),
    ] {
        window.harness.set_size(size);
        window.steps(3);
    }
    window.every_view(|window| window.steps(2));
    window.harness.set_size(egui::vec2(1280.0, 860.0));
    window.until("it trains to its end", is_idle);
}

#[test]
fn a_window_closes_while_shaders_compile() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=1000 --device=gpu"));
    window.steps(1);
    window.close();
    // Dropping it waits for the session.
    drop(window);
}

#[test]
fn closing_asks_while_runs_are_at_work() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=1000000"));
    window.until("it trains", |window| window.epochs() > 0);
    window.close();
    window.steps(1);
    window.harness.get_by_label("Keep training").click();
    window.steps(2);
    assert!(window.harness.query_by_label("Keep training").is_none());
    let epochs = window.epochs();
    window.until("it goes on", |window| window.epochs() > epochs);
    window.close();
    window.steps(1);
    window.harness.get_by_label("Stop, save and close").click();
    window.until("it is saved", |window| {
        let run = &window.state().runs[0];
        run.phase == Phase::Over(Status::Interrupted, None)
    });
}

#[test]
fn a_lost_device_fails_the_run_and_the_next_one_gets_another() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=1000000 --device=gpu"));
    window.until("it trains", |window| window.epochs() > 0);
    window.destroy_device();
    window.until("the run has failed", |window| {
        error_of_run(window).is_some()
    });
    let mut again = window.state().runs[0].config.clone();
    again.training.epochs = 3;
    window.train(vec![again]);
    window.until("another run ends", |window| {
        let runs = &window.state().runs;
        runs.len() == 2 && runs.iter().all(|run| !run.is_working())
    });
    let runs = &window.state().runs;
    assert!(
        runs.iter()
            .any(|run| run.phase == Phase::Over(Status::Finished, None)),
        "{:?}",
        runs.iter().map(|run| &run.phase).collect::<Vec<_>>()
    );
}

#[test]
fn a_damaged_run_is_named_and_the_others_open() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=2 --training-times=2"));
    window.until("they are trained", is_idle);
    let folders: Vec<_> = window
        .state()
        .runs
        .iter()
        .filter_map(|run| run.folder.clone())
        .collect();
    fs::write(
        folders[0].join("metrics.jsonl"),
        "{\"kind\":\"epoch\"\n{}\n",
    )
    .unwrap();
    window.drop_path(&folders[0]);
    window.until("an error", |window| error(window).is_some());
    let error = error(&window).unwrap();
    assert!(error.contains("metrics.jsonl"), "{error}");
    window.drop_path(&folders[1]);
    window.until("the other is there", |window| {
        window.state().runs.iter().any(|run| !run.is_live())
    });
    window.every_view(|window| window.steps(2));
}

#[test]
fn a_past_run_whose_data_set_is_gone_says_so_where_its_samples_would_be() {
    let mut window = Window::open_copy(&format!("{COLORS} --nbr-epochs=2"));
    window.until("it is trained", is_idle);
    let folder = window.state().runs[0].folder.clone().unwrap();
    fs::remove_dir_all(window.folder.path().join("datasets")).unwrap();
    let mut later = Window::open_empty();
    later.drop_path(&folder);
    later.until("it is there", |window| window.state().runs.len() == 1);
    later.steps(2);
    let cells = later.harness.query_all_by_label_contains(" taken for ");
    cells.into_iter().next().unwrap().click();
    later.until("why there are none", |window| {
        let told = window
            .harness
            .query_all_by_label_contains("No pictures: cannot read");
        told.count() > 0
    });
    assert!(error(&later).unwrap().contains("colors"));
}

#[test]
fn a_runs_folder_that_vanishes_fails_the_run_with_its_name() {
    let mut window = Window::open(&format!(
        "{COLORS} --nbr-epochs=1000000 --checkpoint-every=1"
    ));
    window.until("it trains", |window| window.epochs() > 0);
    // Until it gets between two checkpoints.
    while fs::remove_dir_all(window.runs()).is_err() && window.runs().exists() {}
    window.until("the run has failed", |window| {
        error_of_run(window).is_some()
    });
    let error = error_of_run(&window).unwrap();
    assert!(error.contains("runs"), "{error}");
    window.steps(2);
}

#[test]
fn five_hundred_classes_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    for class in 0..500 {
        let class_folder = folder.path().join(format!("many/class {class:03}"));
        fs::create_dir_all(&class_folder).unwrap();
        for image in 0..4u32 {
            let color = [
                (class % 256) as u8,
                (class / 2 % 256) as u8,
                (60 * image) as u8,
            ];
            let image_file = class_folder.join(format!("{image}.png"));
            image::RgbImage::from_pixel(3, 3, image::Rgb(color))
                .save(image_file)
                .unwrap();
        }
    }
    let options = format!(
        "--dataset={} --resize=3,3 --model=NLayers --layers=4 --nbr-epochs=3 --partitions=training=0.5,dev=0.5",
        folder.path().join("many").display()
    );
    let mut window = Window::open(&options);
    window.until("it is trained", is_idle);
    let runs = &window.state().runs;
    assert_eq!(runs.len(), 1, "{:?}", window.state().messages);
    assert_eq!(runs[0].classes.len(), 500);
    window.every_view(|window| window.steps(3));
}

#[test]
fn costs_that_are_no_numbers_are_drawn_around() {
    let mut window = Window::open(&format!(
        "{COLORS} --nbr-epochs=5 --learning-rate=1e38 --optimizer=Constant --batch-norm=false --gradient-checks=off"
    ));
    window.until("it is trained", is_idle);
    window.every_view(|window| window.steps(3));
    let notes = &window.state().runs[0].notes;
    assert!(
        notes.iter().any(|note| note.level == NoteLevel::Warning),
        "{notes:?}"
    );
}

#[test]
fn a_file_that_is_no_picture_is_told_of() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=2"));
    window.until("it is trained", is_idle);
    let file = window.folder.path().join("text.png");
    fs::write(&file, "no picture").unwrap();
    window.drop_path(&file);
    window.until("an error", |window| {
        let told = window.harness.query_all_by_label_contains("text.png");
        told.count() > 0
    });
    window.steps(2);
}

#[test]
fn an_export_that_cannot_be_written_is_told_of() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=2"));
    window.until("it is trained", is_idle);
    let nowhere = window.folder.path().join("nowhere/model.onnx");
    window.export(&nowhere);
    window.until("an error", |window| error(window).is_some());
    let error = error(&window).unwrap();
    assert!(error.contains("nowhere"), "{error}");
    let model = window.folder.path().join("model.onnx");
    window.export(&model);
    window.until("the file is there", |_| model.is_file());
}

#[test]
fn commands_for_runs_that_are_over_do_nothing() {
    let mut window = Window::open(&format!("{COLORS} --nbr-epochs=2"));
    window.until("it is trained", is_idle);
    for command in [
        Command::Stop(RunNumber(0)),
        Command::Save(RunNumber(0)),
        Command::Look(RunNumber(99)),
        Command::Pause,
        Command::StepMinibatch,
    ] {
        window.ask(command);
    }
    window.steps(3);
    let again = window.state().runs[0].config.clone();
    window.ask(Command::Resume);
    window.train(vec![again]);
    window.until("another run ends", |window| {
        window.state().runs.len() == 2 && is_idle(window)
    });
}
