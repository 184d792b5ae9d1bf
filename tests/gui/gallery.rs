//! Draws the panels for people to look at: `cargo test --test gui -- --ignored gallery`, then target/tmp/panels.

use std::path::Path;

use eframe::egui::{CentralPanel, Theme, Ui};
use shadernets::gui::action::Actions;
use shadernets::gui::panels::{
    compare::ComparePanel, confusion::ConfusionPanel, curves::CurvesPanel, model::ModelPanel,
    run_list::RunList, samples::SamplesPanel, status::StatusBar, units::UnitsPanel,
};
use shadernets::gui::state::ViewState;

use crate::made::{Making, Shown, key, state, waiting};

fn draw<P: Default + 'static>(
    name: &str,
    size: [f32; 2],
    state: impl Fn() -> ViewState,
    prepare: impl Fn(&mut egui_kittest::Harness<'static, Shown<P>>),
    ui: impl Fn(&mut P, &mut Ui, &ViewState, &mut Actions) + Copy + 'static,
) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panels");
    std::fs::create_dir_all(&folder).unwrap();
    for (theme, ending) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let shown = Shown {
            panel: P::default(),
            state: state(),
            actions: Actions::new(),
        };
        let mut harness = egui_kittest::Harness::builder()
            .with_size(eframe::egui::vec2(size[0], size[1]))
            .with_theme(theme)
            .with_max_steps(40)
            .wgpu()
            .build_ui_state(
                move |root, shown: &mut Shown<P>| {
                    CentralPanel::default().show(root, |root| {
                        ui(&mut shown.panel, root, &shown.state, &mut shown.actions);
                    });
                },
                shown,
            );
        harness.run_steps(6);
        prepare(&mut harness);
        harness.run_steps(6);
        let image = harness.render().unwrap();
        image
            .save(folder.join(format!("{name}-{ending}.png")))
            .unwrap();
    }
}

fn nothing<P>(_: &mut egui_kittest::Harness<'static, Shown<P>>) {}

#[test]
#[ignore = "for people to look at"]
fn gallery() {
    let three = || {
        state(
            5,
            Making {
                epochs: 60,
                ..Making::default()
            },
        )
    };
    let many = || {
        state(
            40,
            Making {
                epochs: 400,
                ..Making::default()
            },
        )
    };
    draw::<CurvesPanel>("curves", [1000.0, 460.0], three, nothing, CurvesPanel::ui);
    draw::<CurvesPanel>(
        "curves-hover",
        [1000.0, 380.0],
        three,
        |harness| {
            harness.hover_at(eframe::egui::pos2(150.0, 215.0));
        },
        CurvesPanel::ui,
    );
    draw::<CurvesPanel>(
        "curves-many",
        [700.0, 560.0],
        many,
        nothing,
        CurvesPanel::ui,
    );
    let list = || waiting(three(), &["next one", "and another"]);
    draw::<RunList>("runs", [250.0, 460.0], list, nothing, RunList::ui);
    draw::<ConfusionPanel>(
        "confusion",
        [640.0, 460.0],
        three,
        nothing,
        ConfusionPanel::ui,
    );
    draw::<ConfusionPanel>(
        "confusion-small",
        [330.0, 300.0],
        three,
        nothing,
        ConfusionPanel::ui,
    );
    let open = |harness: &mut egui_kittest::Harness<'static, Shown<ConfusionPanel>>| {
        use egui_kittest::kittest::Queryable;
        harness
            .get_by_label_contains("green taken for what it is")
            .click();
        harness.run_steps(3);
        let predictions = (0..20).map(|row| row % 5).collect();
        harness
            .state_mut()
            .panel
            .set_predictions(key(0), predictions);
    };
    draw::<ConfusionPanel>(
        "confusion-open",
        [760.0, 460.0],
        three,
        open,
        ConfusionPanel::ui,
    );
    draw::<ConfusionPanel>(
        "confusion-open-small",
        [330.0, 300.0],
        three,
        open,
        ConfusionPanel::ui,
    );
    let digits = || {
        state(
            2,
            Making {
                classes: 10,
                ..Making::default()
            },
        )
    };
    draw::<ConfusionPanel>(
        "confusion-10",
        [520.0, 460.0],
        digits,
        nothing,
        ConfusionPanel::ui,
    );
    let large = || {
        state(
            1,
            Making {
                classes: 500,
                epochs: 4,
                picture: [4, 4, 1],
                ..Making::default()
            },
        )
    };
    draw::<ConfusionPanel>(
        "confusion-500",
        [640.0, 460.0],
        large,
        nothing,
        ConfusionPanel::ui,
    );
    draw::<UnitsPanel>("units", [330.0, 420.0], three, nothing, UnitsPanel::ui);
    let colored = || {
        state(
            1,
            Making {
                picture: [10, 10, 3],
                ..Making::default()
            },
        )
    };
    draw::<UnitsPanel>(
        "units-rgb",
        [480.0, 300.0],
        colored,
        nothing,
        UnitsPanel::ui,
    );
    draw::<SamplesPanel>("samples", [330.0, 420.0], three, nothing, SamplesPanel::ui);
    draw::<ModelPanel>("model", [1180.0, 420.0], three, nothing, ModelPanel::ui);
    draw::<ModelPanel>(
        "model-narrow",
        [640.0, 560.0],
        three,
        nothing,
        ModelPanel::ui,
    );
    draw::<ComparePanel>("compare", [1250.0, 300.0], three, nothing, ComparePanel::ui);
    draw::<StatusBar>("status", [1000.0, 40.0], three, nothing, StatusBar::ui);
}
