//! A picture is drawn or named, and a network says what it is.

use std::sync::Arc;

use eframe::egui::{Event, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use shadernets::config::{ExperimentConfig, Size};
use shadernets::data::{Dataset, Partitions};
use shadernets::gui::action::Action;
use shadernets::gui::lab::{Answer, Job, Picture, Trial};
use shadernets::gui::panels::try_it::TryPanel;
use shadernets::gui::state::{RunKey, ViewState};
use shadernets::report::RunInfo;
use shadernets::runs::{Checkpoint, PartitionSizes};
use shadernets::session::link::{Anatomy, Command, RunNumber, RunStart, Update};

use crate::lab::{Bench, trained};
use crate::made::{Shown, show};

/// A state with one run that has begun.
pub fn live(config: &ExperimentConfig, classes: &[String]) -> (ViewState, RunKey) {
    let Size { width, height } = config.data.preprocessing.resize;
    let info = RunInfo {
        id: "main".to_owned(),
        config: config.clone(),
        device: "CPU".to_owned(),
        classes: classes.to_vec(),
        picture: [width, height, 3],
        samples: PartitionSizes::default(),
        parameters: 0,
    };
    let dataset = Dataset {
        classes: classes.to_vec(),
        width,
        height,
        channels: 3,
        samples: Arc::default(),
        labels: Vec::new(),
        partitions: Partitions::from_sizes([0; 3]),
        sample_numbers: Vec::new(),
        paths: Vec::new(),
        skipped: Vec::new(),
        ignored: 0,
    };
    let start = RunStart {
        info,
        dataset: Arc::new(dataset),
        folder: None,
        anatomy: Anatomy::default(),
        minibatches: 1,
        before: None,
    };
    let mut state = ViewState::default();
    state.take(Update::Started(RunNumber(0), Box::new(start)));
    (state, RunKey::Live(RunNumber(0)))
}

/// A panel with a run that learns, and its model.
fn panel(model: &Arc<Checkpoint>) -> (Harness<'static, Shown<TryPanel>>, RunKey) {
    let (state, key) = live(&model.config, &model.classes);
    let mut harness = show(TryPanel::default(), state, [1000.0, 700.0], TryPanel::ui);
    harness.run_steps(3);
    (harness, key)
}

/// Draws a line from place to place of the canvas.
pub fn draw(harness: &mut Harness<'_, Shown<TryPanel>>, places: &[[f32; 2]]) {
    let rect = harness.get_by_label("Drawing canvas").rect();
    let place = |[x, y]: [f32; 2]| {
        let (x, y) = (x * rect.width(), y * rect.height());
        Pos2::new(rect.left() + x, rect.top() + y)
    };
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let first = place(places[0]);
    harness.event(Event::PointerMoved(first));
    harness.event(button(first, true));
    harness.run_steps(1);
    for pair in places.windows(2) {
        for step in 1..=8 {
            let t = step as f32 / 8.0;
            let between = [0, 1].map(|axis| pair[0][axis] + t * (pair[1][axis] - pair[0][axis]));
            harness.event(Event::PointerMoved(place(between)));
            harness.run_steps(1);
        }
    }
    let last = place(places[places.len() - 1]);
    harness.event(button(last, false));
    harness.run_steps(2);
}

fn asked(harness: &mut Harness<'_, Shown<TryPanel>>) -> Vec<Job> {
    let actions = std::mem::take(&mut harness.state_mut().actions);
    let jobs = actions.into_iter().filter_map(|action| match action {
        Action::Do(job) => Some(job),
        _ => None,
    });
    jobs.collect()
}

#[test]
fn what_is_drawn_is_classified() {
    let (model, _) = trained();
    let (mut harness, key) = panel(&model);
    let looks = |action: &&Action| matches!(action, Action::Tell(Command::Look(_)));
    assert_eq!(harness.state().actions.iter().filter(looks).count(), 1);
    assert!(harness.state().panel.wants_model());
    harness
        .state_mut()
        .panel
        .set_model(&key, Arc::clone(&model));
    assert!(!harness.state().panel.wants_model());
    harness.run_steps(2);
    assert!(asked(&mut harness).is_empty(), "nothing is drawn yet");

    draw(&mut harness, &[[0.2, 0.5], [0.8, 0.5]]);
    let jobs = asked(&mut harness);
    let [
        job @ Job::Try {
            trial: Trial::Drawn(picture),
            ..
        },
    ] = &jobs[..]
    else {
        panic!("expected one trial while none is answered, found {jobs:?}");
    };
    assert_eq!(picture.width, 28);

    let answer = Bench::new().answer(job.clone());
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(2);
    for class in &model.classes {
        let label = format!("{class}: ");
        assert!(harness.query_by_label_contains(&label).is_some(), "{class}");
    }
    assert!(
        harness
            .query_by_label("The picture as the network sees it")
            .is_some()
    );
    // What was drawn meanwhile is asked for next, with all of the line.
    let jobs = asked(&mut harness);
    let [
        Job::Try {
            trial: Trial::Drawn(later),
            ..
        },
    ] = &jobs[..]
    else {
        panic!("expected the rest of the line, found {jobs:?}");
    };
    let ink = |picture: &Picture| picture.pixels.iter().filter(|value| **value < 128).count();
    assert!(ink(later) > ink(picture));
}

#[test]
fn a_dropped_picture_is_classified_as_its_class() {
    let (model, dataset) = trained();
    let (mut harness, key) = panel(&model);
    harness
        .state_mut()
        .panel
        .set_model(&key, Arc::clone(&model));
    let row = dataset.partitions.dev.start;
    let class = &dataset.classes[dataset.labels[row].index()];
    harness.state_mut().panel.drop_file(&dataset.paths[row]);
    harness.run_steps(2);
    let job = asked(&mut harness).pop().expect("a trial");
    let answer = Bench::new().answer(job);
    let Answer::Tried { shares, seen, .. } = &answer else {
        panic!("{answer:?}");
    };
    let sum: f32 = shares.iter().sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert_eq!([seen.width, seen.height], [4, 4]);
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(2);
    let bars = harness.query_all_by_label_contains("%");
    let bars = bars.filter_map(|bar| {
        let node = bar.accesskit_node();
        node.label().or_else(|| node.value())
    });
    let label = bars
        .into_iter()
        .find(|bar| bar.contains(": "))
        .expect("a bar");
    assert!(label.starts_with(&**class), "{label}, expected {class}");
}

#[test]
fn a_file_that_is_no_picture_is_told() {
    let (model, _) = trained();
    let (mut harness, key) = panel(&model);
    harness
        .state_mut()
        .panel
        .set_model(&key, Arc::clone(&model));
    harness
        .state_mut()
        .panel
        .drop_file("/nowhere/digit.png".as_ref());
    harness.run_steps(2);
    let job = asked(&mut harness).pop().expect("a trial");
    let answer = Bench::new().answer(job);
    assert!(matches!(answer, Answer::Failed { .. }));
    harness.state_mut().panel.answer(&answer);
    harness.run_steps(2);
    assert!(
        harness
            .query_by_label_contains("/nowhere/digit.png")
            .is_some()
    );
}

#[test]
fn any_answer_can_be_drawn() {
    let (model, _) = trained();
    let (mut harness, run) = panel(&model);
    for shares in [
        vec![],
        vec![f32::NAN; 3],
        vec![f32::INFINITY, -1.0],
        vec![0.002; 500],
    ] {
        let seen = Picture {
            width: 3,
            height: 0,
            pixels: vec![1],
        };
        let answer = Answer::Tried {
            run: run.clone(),
            shares,
            seen,
        };
        harness.state_mut().panel.answer(&answer);
        harness.run_steps(2);
    }
    for size in [[0.0, 0.0], [10.0, 10.0], [320.0, 200.0]] {
        let mut none = show(
            TryPanel::default(),
            ViewState::default(),
            size,
            TryPanel::ui,
        );
        none.run_steps(2);
        let (state, _) = live(&model.config, &model.classes);
        let mut some = show(TryPanel::default(), state, size, TryPanel::ui);
        some.run_steps(2);
    }
}
