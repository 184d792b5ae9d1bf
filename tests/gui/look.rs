//! Draws panels that need a worker, for people to look at: `cargo test --test gui -- --ignored look`, then
//! target/tmp/panels.

use std::path::Path;

use eframe::egui::{CentralPanel, Theme, Ui};
use egui_kittest::Harness;
use shadernets::gui::action::{Action, Actions};
use shadernets::gui::lab::{Answer, Job};
use shadernets::gui::panels::setup::SetupPanel;
use shadernets::gui::panels::start::{self, StartPanel};
use shadernets::gui::panels::try_it::TryPanel;
use shadernets::gui::state::ViewState;

use crate::lab::{Bench, datasets, train};
use crate::made::Shown;
use crate::start::listed;
use crate::try_it::{draw, live};

/// Draws a panel in both themes; the worker does what it asks for.
fn look<P: 'static>(
    name: &str,
    panel: impl Fn() -> (P, ViewState),
    ui: fn(&mut P, &mut Ui, &ViewState, &mut Actions),
    prepare: impl Fn(&mut Harness<'static, Shown<P>>),
    answer: fn(&mut P, &Answer),
) {
    let bench = Bench::new();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panels");
    std::fs::create_dir_all(&folder).unwrap();
    for (theme, ending) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let (panel, state) = panel();
        let shown = Shown {
            panel,
            state,
            actions: Actions::new(),
        };
        let builder = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_theme(theme);
        let mut harness = builder.wgpu().build_ui_state(
            move |root, shown: &mut Shown<P>| {
                CentralPanel::default().show(root, |root| {
                    ui(&mut shown.panel, root, &shown.state, &mut shown.actions);
                });
            },
            shown,
        );
        harness.run_steps(4);
        prepare(&mut harness);
        harness.run_steps(4);
        let actions = std::mem::take(&mut harness.state_mut().actions);
        let jobs = actions.into_iter().filter_map(|action| match action {
            Action::Do(Job::ListRuns(_)) => None,
            Action::Do(job) => Some(job),
            _ => None,
        });
        let answers: Vec<_> = jobs.map(|job| bench.answer(job)).collect();
        for told in &answers {
            answer(&mut harness.state_mut().panel, told);
        }
        harness.run_steps(4);
        let image = harness.render().unwrap();
        image
            .save(folder.join(format!("{name}-{ending}.png")))
            .unwrap();
    }
}

#[test]
#[ignore = "for people to look at"]
fn look_at_panels() {
    let setup = || {
        let mut config = start::numbers();
        config.data.datasets_path = datasets();
        config.data.augmentation.rotation_degrees = 10.0;
        let mut panel = SetupPanel::default();
        panel.edit(config);
        (panel, ViewState::default())
    };
    let queue = |harness: &mut Harness<'static, Shown<SetupPanel>>| {
        use egui_kittest::kittest::Queryable as _;
        harness.get_by_label("Add to queue").click();
    };
    look("setup", setup, SetupPanel::ui, queue, SetupPanel::answer);

    let first = || (StartPanel::default(), ViewState::default());
    let past = |harness: &mut Harness<'static, Shown<StartPanel>>| {
        let runs = (0..40).map(listed).collect();
        let panel = &mut harness.state_mut().panel;
        panel.answer(&Answer::Runs("runs".into(), runs));
    };
    look("start", first, StartPanel::ui, past, StartPanel::answer);

    let mut config = start::numbers();
    config.data.datasets_path = datasets();
    let (model, _, _) = train(config);
    let try_it = || {
        let (state, key) = live(&model.config, &model.classes);
        let mut panel = TryPanel::default();
        panel.show_run(&key);
        panel.set_model(&key, model.clone());
        (panel, state)
    };
    let seven = |harness: &mut Harness<'static, Shown<TryPanel>>| {
        draw(harness, &[[0.25, 0.2], [0.75, 0.2], [0.4, 0.85]]);
        // Only the whole of it.
        harness.run_steps(30);
        let tried = harness.state_mut().actions.pop();
        harness.state_mut().actions = tried.into_iter().collect();
    };
    look("try", try_it, TryPanel::ui, seven, TryPanel::answer);
}
