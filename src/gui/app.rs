//! The window's state and its views; carries out what panels ask for.

mod models;
mod news;
mod sessions;
mod views;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui;

use super::action::{Action, Actions, View};
use super::closing::{Answer as Close, Closing};
use super::frames::Frames;
use super::lab::{Job, Lab};
use super::panels::Panels;
use super::state::{NoteLevel, RunKey, ViewState};
use super::toolbar::{self, Toolbar};
use super::training::Training;
use crate::config::{RunsPath, SessionConfig};
use crate::runs::Checkpoint;
use crate::session::link::Command;
use sessions::Shared;

/// Shortest time from one frame to the next that nothing but news asks for.
const FRAME: Duration = Duration::from_millis(33);
/// The same where the CPU draws.
const SOFTWARE_FRAME: Duration = Duration::from_millis(100);
/// The same where the CPU draws with what also trains: a frame then costs the training a tenth of a second.
const SHARED_SOFTWARE_FRAME: Duration = Duration::from_millis(500);
/// How often memory is looked at.
const MEMORY: Duration = Duration::from_secs(1);
/// Units that are shown of a run that names none.
const UNITS: usize = 10;

/// The training, where the one who opened the window finds it when that is closed.
pub type Kept = Arc<Mutex<Option<Training>>>;

/// The window.
pub struct App {
    state: ViewState,
    training: Kept,
    /// What holds for sessions that are started from here.
    config: SessionConfig,
    /// What holds for the session that was started last.
    begun: Option<SessionConfig>,
    shared: Shared,
    pace: Pace,
    lab: Lab,
    view: View,
    toolbar: Toolbar,
    panels: Panels,
    closing: Closing,
    frames: Frames,
    /// The models that panels were given, the newest of each run.
    models: BTreeMap<RunKey, Arc<Checkpoint>>,
    /// Files to write when the model of their run is there.
    exports: Vec<(RunKey, PathBuf)>,
    looked_at_memory: Option<Instant>,
    /// The run whose predictions were asked for last.
    predicted: Option<RunKey>,
}

impl App {
    /// Opens the window's contents. The session is started if it has experiments, and put where `training` says.
    pub fn open(
        context: &eframe::CreationContext<'_>,
        config: SessionConfig,
        training: Kept,
    ) -> Self {
        let shared = Shared::of(context.wgpu_render_state.as_ref());
        let ctx = &context.egui_ctx;
        let pace = Pace::default();
        pace.set(FRAME);
        if shared.is_software() {
            pace.set(SOFTWARE_FRAME);
            // A fade draws many frames.
            ctx.all_styles_mut(|style| style.animation_time = 0.0);
        }
        let starts_empty = config.experiments.is_empty();
        let mut panels = Panels::default();
        if let RunsPath::Folder(runs) = &config.runs_path {
            panels.start.set_path(runs.to_string_lossy());
        }
        // Written already.
        let config = SessionConfig {
            save_config: None,
            ..config
        };
        panels.setup.set_session(&config);
        let mut app = Self {
            state: ViewState::default(),
            training,
            config: SessionConfig {
                experiments: Vec::new(),
                ..config.clone()
            },
            begun: None,
            shared,
            lab: Lab::start(pace.waker(ctx)),
            pace,
            view: match starts_empty {
                true => View::Start,
                false => View::Watch,
            },
            toolbar: Toolbar::default(),
            panels,
            closing: Closing::default(),
            frames: Frames::default(),
            models: BTreeMap::new(),
            exports: Vec::new(),
            looked_at_memory: None,
            predicted: None,
        };
        if !starts_empty {
            app.start(ctx, config);
        }
        app
    }

    /// What the window knows, for tests.
    pub fn state(&self) -> &ViewState {
        &self.state
    }

    /// The same, to be filled by benches and tests.
    pub fn state_mut(&mut self) -> &mut ViewState {
        &mut self.state
    }

    /// Shows a view.
    pub fn show(&mut self, view: View) {
        self.view = view;
    }

    /// What frames cost so far.
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    fn training(&self) -> MutexGuard<'_, Option<Training>> {
        self.training.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, command: Command) {
        if let Some(training) = &*self.training() {
            training.ask(command);
        }
    }

    /// Does what a panel asks for.
    pub fn carry_out(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Tell(Command::Look(number)) => self.want_model(&RunKey::Live(number)),
            Action::Tell(command) => self.ask(command),
            Action::Do(job) => self.lab.ask(job),
            Action::Show(view) => {
                if view == View::Start {
                    self.panels.start.refresh();
                }
                self.view = view;
            }
            Action::Select(key) => self.state.selected = Some(key),
            Action::SetShown(key, shown) => {
                if let Some(run) = self.state.run_mut(&key) {
                    run.shown = shown;
                }
            }
            Action::Close(key) => {
                self.models.remove(&key);
                self.state.close(&key);
            }
            Action::Edit(config) => {
                self.panels.setup.edit(*config);
                self.view = View::Setup;
            }
            Action::Configure(config) => self.configure(*config),
            Action::Train(experiments) => self.train(ctx, experiments),
            Action::Restart(key) => self.restart(ctx, &key),
            Action::ExportModel(key, to) => {
                self.exports.push((key.clone(), to));
                self.want_model(&key);
            }
            Action::Open(folders) => self.lab.ask(Job::Open(folders)),
            Action::Copy(text) => ctx.copy_text(text),
            Action::Note(text) => self.state.tell(NoteLevel::Info, text),
        }
    }

    /// The arrow keys go through the epochs of the matrix.
    fn step_epochs(&mut self, ctx: &egui::Context) {
        if self.view != View::Watch || !toolbar::has_keys(ctx) {
            return;
        }
        let Some(run) = self.state.selected() else {
            return;
        };
        for (key, forward) in [(egui::Key::ArrowLeft, false), (egui::Key::ArrowRight, true)] {
            if ctx.input(|input| input.key_pressed(key)) {
                self.panels.confusion.step(run, forward);
            }
        }
    }

    /// Takes what was dropped on the window: a folder of runs, a data set, or a picture.
    fn take_dropped(&mut self, ctx: &egui::Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        for path in dropped.iter().map(|file| file.path().to_owned()) {
            if !path.is_dir() {
                self.panels.try_it.drop_file(&path);
                self.view = View::Try;
            } else if path.join(crate::runs::SUMMARY).is_file() {
                self.lab.ask(Job::Open(vec![path]));
            } else {
                self.panels.setup.drop_folder(&path);
                self.view = View::Setup;
            }
        }
    }

    fn closing(&mut self, ctx: &egui::Context) {
        let is_working = self.state.is_working() && !self.is_over();
        self.closing.hear(ctx, is_working);
        let working = self.state.runs.iter().filter(|run| run.is_working());
        let runs = working.count() + self.state.queue.len();
        if self.closing.ui(ctx, runs) == Some(Close::Stop) {
            self.ask(Command::Quit);
        }
        if self.closing == Closing::Now {
            self.ask(Command::Quit);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.frames.begin();
        self.hear(ctx);
        self.take_dropped(ctx);
        let mut actions = Actions::new();
        // A plot takes none of the keys that steer.
        if toolbar::has_keys(ctx) || self.panels.curves.has_focus(ctx) {
            self.toolbar.keys(ctx, &self.state, &mut actions);
        }
        for action in actions {
            self.carry_out(ctx, action);
        }
        self.step_epochs(ctx);
        self.closing(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        let mut actions = Actions::new();
        self.views(ui, &mut actions);
        let ctx = ui.ctx().clone();
        for action in actions {
            self.carry_out(&ctx, action);
        }
        self.want_predictions();
        // What was drawn may be looked at anew.
        if matches!(self.view, View::Watch | View::Model)
            && let Some(training) = &*self.training()
        {
            training.look_again();
        }
    }

    fn on_exit(&mut self) {
        if (self.config.debug || self.config.profiling)
            && let Some(summary) = self.frames.summary()
        {
            eprintln!("Window: {summary}");
        }
    }
}

/// How soon the window draws what is new.
#[derive(Clone, Default)]
struct Pace(Arc<AtomicU64>);

impl Pace {
    /// Draws so long after there is something new: what comes meanwhile is drawn with it.
    fn set(&self, after: Duration) {
        self.0.store(after.as_millis() as u64, Ordering::Relaxed);
    }

    /// Wakes the window.
    fn waker(&self, ctx: &egui::Context) -> impl Fn() + Send + Sync + Clone + 'static {
        let (ctx, after) = (ctx.clone(), Arc::clone(&self.0));
        move || {
            let after = Duration::from_millis(after.load(Ordering::Relaxed));
            ctx.request_repaint_after(after);
        }
    }
}
