//! Panels in a harness, and what they ask for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Theme, Ui, Vec2};
use egui_kittest::Harness;
use shadernets::config::{ExperimentConfig, Size};
use shadernets::data::{Dataset, Partitions};
use shadernets::gui::action::Actions;
use shadernets::gui::state::{RunKey, ViewState};
use shadernets::report::RunInfo;
use shadernets::runs::PartitionSizes;
use shadernets::session::link::{RunNumber, RunStart, Update};

/// A panel with what it is shown, and what it asked for.
pub struct Shown<P> {
    pub panel: P,
    pub state: ViewState,
    pub actions: Actions,
}

/// A panel on a window of this size.
pub fn show<'a, P: 'a>(
    panel: P,
    state: ViewState,
    size: impl Into<Vec2>,
    ui: fn(&mut P, &mut Ui, &ViewState, &mut Actions),
) -> Harness<'a, Shown<P>> {
    themed(panel, state, size, Theme::Dark, false, ui)
}

/// The same with a theme, and with pictures if they are asked for.
pub fn themed<'a, P: 'a>(
    panel: P,
    state: ViewState,
    size: impl Into<Vec2>,
    theme: Theme,
    renders: bool,
    ui: fn(&mut P, &mut Ui, &ViewState, &mut Actions),
) -> Harness<'a, Shown<P>> {
    let shown = Shown {
        panel,
        state,
        actions: Vec::new(),
    };
    let builder = Harness::builder().with_step_dt(1.0 / 60.0);
    let mut builder = builder.with_size(size).with_theme(theme);
    if renders {
        builder = builder.wgpu();
    }
    builder.build_ui_state(
        move |area, shown: &mut Shown<P>| {
            let frame = egui::Frame::central_panel(area.style());
            frame.show(area, |area| {
                ui(&mut shown.panel, area, &shown.state, &mut shown.actions);
            });
        },
        shown,
    )
}

/// Writes what a harness shows, to be looked at.
pub fn picture<P>(harness: &mut Harness<'_, P>, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp");
    std::fs::create_dir_all(&folder).unwrap();
    let image = harness.render().unwrap();
    image.save(folder.join(format!("{name}.png"))).unwrap();
}

/// A data set that comes with the program.
pub fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

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
        layers: Vec::new(),
        parameters: Vec::new(),
        minibatches: 1,
        before: None,
    };
    let mut state = ViewState::default();
    state.take(Update::Started(RunNumber(0), Box::new(start)));
    (state, RunKey::Live(RunNumber(0)))
}
