//! The whole window in a test, without a display.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shadernets::cli::{self, Invocation};
use shadernets::config::{ExperimentConfig, SessionConfig};
use shadernets::gui::action::{Action, View};
use shadernets::gui::app::{App, Kept};
use shadernets::gui::state::ViewState;
use shadernets::gui::window;
use shadernets::session::link::Command;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The window and its session.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub folder: tempfile::TempDir,
    training: Kept,
    device: Shared<Option<wgpu::Device>>,
}

/// Options of a short training of a small network on `colors`.
pub const COLORS: &str =
    "--dataset=colors --resize=6,6 --model=NLayers --layers=8 --max-minibatch-size=32";

/// The session that options describe, with the shipped data sets, and runs in `folder`.
pub fn session(options: &str, folder: &Path) -> SessionConfig {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let options = format!(
        "--datasets-path={} --runs-path={} {options}{}",
        datasets.display(),
        folder.join("runs").display(),
        if options.contains("--device") {
            ""
        } else {
            " --device=cpu"
        }
    );
    match cli::parse(options.split_whitespace().map(Into::into)) {
        Ok(Invocation::Train(config)) => config,
        other => panic!("{other:?}"),
    }
}

impl Window {
    /// Opens a window on a session.
    pub fn open(options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = session(options, folder.path());
        Self::of(config, folder)
    }

    /// The same, with a copy of the data set `colors` that may be spoilt.
    pub fn open_copy(options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let datasets = folder.path().join("datasets");
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/colors"),
            &datasets.join("colors"),
        );
        let mut config = session(options, folder.path());
        for experiment in &mut config.experiments {
            experiment.data.datasets_path.clone_from(&datasets);
        }
        Self::of(config, folder)
    }

    /// Opens a window on no session: on its start page.
    pub fn open_empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = SessionConfig {
            experiments: Vec::new(),
            ..session("", folder.path())
        };
        Self::of(config, folder)
    }

    fn of(config: SessionConfig, folder: tempfile::TempDir) -> Self {
        let device: Shared<Option<wgpu::Device>> = Arc::default();
        let opened = Arc::clone(&device);
        let training = Kept::default();
        let kept = Arc::clone(&training);
        let harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 860.0))
            .wgpu_setup(window::setup(&config.device))
            .build_eframe(move |context| {
                let render = context.wgpu_render_state.as_ref();
                *opened.lock().unwrap() = render.map(|render| render.device.clone());
                App::open(context, config, kept)
            });
        Self {
            harness,
            folder,
            training,
            device,
        }
    }

    pub fn state(&self) -> &ViewState {
        self.harness.state().state()
    }

    /// Draws frames until something is so.
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        loop {
            self.harness.step();
            if is_so(self) {
                return;
            }
            let told = &self.state().messages;
            assert!(begun.elapsed() < PATIENCE, "not so: {what}; {told:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Draws some frames.
    pub fn steps(&mut self, count: usize) {
        self.harness.run_steps(count);
    }

    /// Epochs that the window has heard of, of its first run.
    pub fn epochs(&self) -> usize {
        self.state().runs.first().map_or(0, |run| run.epochs.len())
    }

    /// The last epoch of the first run.
    pub fn last_epoch(&self) -> u32 {
        let last = self.state().runs.first().and_then(|run| run.epochs.last());
        last.map_or(0, |last| last.epoch)
    }

    /// Whether all that was to be trained is.
    pub fn is_idle(&self) -> bool {
        !self.state().is_busy()
    }

    /// Draws frames for a while: what comes would have come.
    pub fn rest(&mut self) {
        for _ in 0..20 {
            self.harness.step();
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Draws a line on the canvas, from one place of it to another.
    pub fn draw(&mut self, from: [f32; 2], to: [f32; 2]) {
        let rect = self.harness.get_by_label("Drawing canvas").rect();
        let place = |[x, y]: [f32; 2]| rect.lerp_inside(egui::vec2(x, y));
        let button = |pos, pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        self.harness.event(egui::Event::PointerMoved(place(from)));
        self.harness.event(button(place(from), true));
        self.harness.step();
        for step in 1..=8 {
            let t = step as f32 / 8.0;
            let between = [0, 1].map(|axis| from[axis] + t * (to[axis] - from[axis]));
            self.harness
                .event(egui::Event::PointerMoved(place(between)));
            self.harness.step();
        }
        self.harness.event(button(place(to), false));
        self.harness.step();
    }

    pub fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// Asks the session for something.
    pub fn ask(&self, command: Command) {
        if let Some(training) = &*self.training.lock().unwrap() {
            training.ask(command);
        }
    }

    /// Asks the window for something, as a panel does.
    pub fn act(&mut self, action: Action) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().carry_out(&ctx, action);
    }

    pub fn train(&mut self, experiments: Vec<ExperimentConfig>) {
        self.act(Action::Train(experiments));
    }

    /// Exports the model of the first run.
    pub fn export(&mut self, to: &Path) {
        let key = self.state().runs[0].key.clone();
        self.act(Action::ExportModel(key, to.to_owned()));
    }

    /// Shows each view in turn.
    pub fn every_view(&mut self, mut look: impl FnMut(&mut Self)) {
        for (view, _) in View::ALL {
            self.harness.state_mut().show(view);
            look(self);
        }
    }

    /// Asks the window to close, as the desktop does.
    pub fn close(&mut self) {
        let id = egui::ViewportId::ROOT;
        let viewport = self.harness.input_mut().viewports.entry(id).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        self.harness.step();
        if let Some(viewport) = self.harness.input_mut().viewports.get_mut(&id) {
            viewport.events.clear();
        }
    }

    /// Takes the device that the window and the training share away.
    pub fn destroy_device(&self) {
        if let Some(device) = &*self.device.lock().unwrap() {
            device.destroy();
        }
    }

    /// Drops a file or folder on the window.
    pub fn drop_path(&mut self, path: &Path) {
        let file = Arc::new(Dropped(path.to_owned()));
        self.harness.input_mut().dropped_files.push(file);
        self.harness.step();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let training = self
            .training
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(training) = training {
            training.ask(Command::Quit);
            let _ = training.wait();
        }
    }
}

/// A file of the desktop.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}

/// What a closure leaves for others.
pub type Shared<T> = Arc<Mutex<T>>;
