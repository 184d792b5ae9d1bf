//! Pictures of panels under target/tmp, for people: `cargo test --test gui -- --ignored look`.

use eframe::egui::Theme;
use shadernets::gui::action::Action;
use shadernets::gui::lab::Job;
use shadernets::gui::panels::setup::SetupPanel;
use shadernets::gui::panels::start::StartPanel;
use shadernets::gui::panels::try_it::TryPanel;
use shadernets::gui::state::ViewState;

use crate::lab::{Bench, trained};
use crate::support::{datasets, live, picture, themed};

const THEMES: [(Theme, &str); 2] = [(Theme::Dark, "dark"), (Theme::Light, "light")];

#[test]
#[ignore = "for people"]
fn look() {
    let bench = Bench::new();
    for (theme, name) in THEMES {
        let mut config = shadernets::gui::panels::start::numbers();
        config.data.datasets_path = datasets();
        config.data.augmentation.rotation_degrees = 10.0;
        let mut panel = SetupPanel::default();
        panel.edit(config);
        let mut harness = themed(
            panel,
            ViewState::default(),
            [1280.0, 800.0],
            theme,
            true,
            SetupPanel::ui,
        );
        harness.run_steps(20);
        let actions = std::mem::take(&mut harness.state_mut().actions);
        for action in actions {
            if let Action::Do(job @ (Job::Preview(_) | Job::ListDatasets(_))) = action {
                let answer = bench.answer(job);
                harness.state_mut().panel.answer(&answer);
            }
        }
        harness.run_steps(3);
        picture(&mut harness, &format!("setup-{name}"));

        let runs = (0..40).map(crate::start::listed).collect();
        let answer = shadernets::gui::lab::Answer::Runs("runs".into(), runs);
        let mut harness = themed(
            StartPanel::default(),
            ViewState::default(),
            [1280.0, 800.0],
            theme,
            true,
            StartPanel::ui,
        );
        harness.run_steps(2);
        harness.state_mut().panel.answer(&answer);
        harness.run_steps(3);
        picture(&mut harness, &format!("start-{name}"));

        let (model, dataset) = trained();
        let (state, key) = live(&model.config, &model.classes);
        let mut harness = themed(
            TryPanel::default(),
            state,
            [1280.0, 800.0],
            theme,
            true,
            TryPanel::ui,
        );
        harness.run_steps(2);
        harness.state_mut().panel.set_model(&key, model);
        harness.state_mut().panel.drop_file(&dataset.paths[0]);
        harness.run_steps(2);
        let actions = std::mem::take(&mut harness.state_mut().actions);
        for action in actions {
            if let Action::Do(job @ Job::Try { .. }) = action {
                let answer = bench.answer(job);
                harness.state_mut().panel.answer(&answer);
            }
        }
        harness.run_steps(3);
        picture(&mut harness, &format!("try-{name}"));
    }
}
