//! The window's state and its views; carries out what panels ask for.

mod models;
mod views;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui;

use super::action::{Action, Actions, View};
use super::closing::{Answer as Close, Closing};
use super::frames::Frames;
use super::lab::{Answer, Job, JobKind, Lab};
use super::panels::Panels;
use super::state::{NoteLevel, RunKey, ViewState};
use super::toolbar::{self, Toolbar};
use super::training::Training;
use crate::backend::gpu::{Gpu, is_chosen, is_software};
use crate::config::{ExperimentConfig, RunsPath, SessionConfig, TrackLayer};
use crate::host;
use crate::runs::Checkpoint;
use crate::session::link::{Command, Update};

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
    /// What sessions that are started from here are like.
    config: SessionConfig,
    gpu: Option<Gpu>,
    frame: Duration,
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
    /// Opens the window's contents and starts the session, which is put where `training` says.
    pub fn open(
        context: &eframe::CreationContext<'_>,
        config: SessionConfig,
        training: Kept,
    ) -> Self {
        let render = context.wgpu_render_state.as_ref();
        let info = render.map(|render| render.adapter.get_info());
        let software = info.as_ref().is_none_or(is_software);
        // A profile needs a device that was opened for it.
        let shared = render.filter(|render| {
            let is_able = render.device.limits() == render.adapter.limits();
            is_able && !config.profiling && is_chosen(&render.adapter.get_info(), &config.device)
        });
        let gpu = shared.and_then(|render| {
            let (device, queue) = (render.device.clone(), render.queue.clone());
            Gpu::of(&render.adapter, device, queue).ok()
        });
        let ctx = &context.egui_ctx;
        if software {
            // A fade draws many frames.
            ctx.all_styles_mut(|style| style.animation_time = 0.0);
        }
        let frame = match (software, gpu.is_some()) {
            (false, _) => FRAME,
            (true, false) => SOFTWARE_FRAME,
            (true, true) => SHARED_SOFTWARE_FRAME,
        };
        let starts_empty = config.experiments.is_empty();
        let mut panels = Panels::default();
        if let RunsPath::Folder(runs) = &config.runs_path {
            panels.start.set_path(runs.to_string_lossy());
        }
        let app = Self {
            state: ViewState::default(),
            training,
            config,
            gpu,
            frame,
            lab: Lab::start(waker(ctx, frame)),
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
        app.start(ctx, app.config.clone());
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

    /// Starts a session, whose runs are numbered on from those that were there.
    fn start(&self, ctx: &egui::Context, config: SessionConfig) {
        let known = self.state.runs.iter().filter_map(|run| run.number());
        let first = known.map(|number| number.0 + 1).max().unwrap_or(0);
        let wake = waker(ctx, self.frame);
        let training = Training::start(config, first, self.gpu.clone(), wake);
        *self.training() = Some(training);
    }

    fn ask(&self, command: Command) {
        if let Some(training) = &*self.training() {
            training.ask(command);
        }
    }

    /// Takes what happened since the last frame.
    fn hear(&mut self, ctx: &egui::Context) {
        let updates = self.training().as_ref().map(Training::updates);
        for update in updates.into_iter().flatten() {
            let model = match &update {
                Update::State(number, ..) => Some(RunKey::Live(*number)),
                _ => None,
            };
            if matches!(update, Update::Ended(..)) {
                self.panels.start.refresh();
            }
            let begun = match &update {
                Update::Started(number, _) => Some(RunKey::Live(*number)),
                _ => None,
            };
            self.state.take(update);
            if let Some(key) = begun {
                self.track_first(&key);
            }
            if let Some(key) = model {
                self.model_of_state(&key);
            }
        }
        for answer in self.lab.answers() {
            self.answered(answer);
        }
        let ended = self.training().as_mut().map(Training::was_interrupted);
        if ended == Some(true) || self.closing == Closing::Saving && self.is_over() {
            self.closing = Closing::Now;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        if self.looked_at_memory.is_none_or(|at| at.elapsed() > MEMORY) {
            self.looked_at_memory = Some(Instant::now());
            self.state.memory = host::memory_bytes();
        }
    }

    /// Shows units of a run's first parameter, where it does not say which are to be seen.
    fn track_first(&self, key: &RunKey) {
        let Some(run) = self.state.run(key) else {
            return;
        };
        let (Some(number), Some(first)) = (run.number(), run.anatomy.parameters.first()) else {
            return;
        };
        if run.config.training.track_layers.is_empty() {
            let track = TrackLayer {
                parameter: first.name.clone(),
                units: first.shape[0].min(UNITS),
            };
            self.ask(Command::Track(number, vec![track]));
        }
    }

    fn is_over(&self) -> bool {
        self.training().as_ref().is_none_or(Training::is_over)
    }

    fn answered(&mut self, answer: Answer) {
        self.panels.answer(&answer);
        match answer {
            Answer::Model(key, model) => self.model_is_there(key, model),
            Answer::Dataset(key, dataset) => {
                if let Some(run) = self.state.run_mut(&key) {
                    run.dataset = Some(dataset);
                }
                if let Some(model) = self.models.get(&key) {
                    self.predict(&key, Arc::clone(model));
                }
            }
            Answer::Opened(records) => {
                let count = records.len();
                records
                    .into_iter()
                    .for_each(|record| self.state.open(record));
                if count > 0 {
                    self.view = View::Watch;
                }
            }
            Answer::Wrote(path) => {
                let text = format!("Wrote {}", path.display());
                self.state.tell(NoteLevel::Info, text);
            }
            // Told where it was asked for.
            Answer::Failed {
                kind: JobKind::Preview | JobKind::Try,
                ..
            } => {}
            Answer::Failed { what, error, .. } => {
                self.state
                    .tell(NoteLevel::Error, format!("cannot {what}: {error}"));
            }
            _ => {}
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

    /// Trains experiments, in a session of their own where the one that was there has ended.
    fn train(&mut self, ctx: &egui::Context, experiments: Vec<ExperimentConfig>) {
        self.view = View::Watch;
        if !self.is_over() {
            return self.ask(Command::Train(experiments));
        }
        let mut config = SessionConfig {
            experiments,
            resume: None,
            ..self.config.clone()
        };
        config.make_ids_unique();
        match config.validate() {
            Ok(()) => self.start(ctx, config),
            Err(error) => self.state.tell(NoteLevel::Error, error.to_string()),
        }
    }

    fn restart(&mut self, ctx: &egui::Context, key: &RunKey) {
        let Some(run) = self.state.run(key) else {
            return;
        };
        let config = run.config.clone();
        if let Some(number) = run.number().filter(|_| run.is_working()) {
            self.ask(Command::Stop(number));
        }
        self.train(ctx, vec![config]);
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

/// Wakes the window when there is something new, a frame later: what comes meanwhile is drawn with it.
fn waker(ctx: &egui::Context, frame: Duration) -> impl Fn() + Send + Sync + Clone + 'static {
    let ctx = ctx.clone();
    move || ctx.request_repaint_after(frame)
}
