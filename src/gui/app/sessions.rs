//! Sessions: one that is at work takes more experiments; once it rests, what holds for a session may have changed,
//! and then the next experiments get another one.

use eframe::{egui, egui_wgpu};

use super::{App, FRAME, SHARED_SOFTWARE_FRAME, SOFTWARE_FRAME};
use crate::backend::gpu::{Gpu, is_chosen, is_software};
use crate::cli::config_file;
use crate::config::{ExperimentConfig, RunsPath, SessionConfig};
use crate::gui::action::View;
use crate::gui::state::{NoteLevel, RunKey};
use crate::gui::training::Training;
use crate::runs::replace_file;
use crate::session::link::Command;

/// The window's device, for sessions that train on it.
pub struct Shared {
    render: Option<egui_wgpu::RenderState>,
    /// The CPU draws.
    software: bool,
    gpu: Option<Gpu>,
}

impl Shared {
    pub fn of(render: Option<&egui_wgpu::RenderState>) -> Self {
        let is_software = |render: &egui_wgpu::RenderState| is_software(&render.adapter.get_info());
        let is_able =
            |render: &&egui_wgpu::RenderState| render.device.limits() == render.adapter.limits();
        Self {
            render: render.filter(is_able).cloned(),
            software: render.is_none_or(is_software),
            gpu: None,
        }
    }

    pub fn is_software(&self) -> bool {
        self.software
    }

    /// The device, where a session would open the same adapter. From the first time on it tells its trouble to those
    /// that train on it.
    fn gpu(&mut self, config: &SessionConfig) -> Option<Gpu> {
        let render = self.render.as_ref()?;
        // A profile needs a device that was opened for it.
        if config.profiling || !is_chosen(&render.adapter.get_info(), &config.device) {
            return None;
        }
        if self.gpu.is_none() {
            let (device, queue) = (render.device.clone(), render.queue.clone());
            self.gpu = Gpu::of(&render.adapter, device, queue).ok();
        }
        self.gpu.clone()
    }
}

/// What a session keeps from its start to its end: without what says which experiments it begins with.
fn lasting(config: &SessionConfig) -> SessionConfig {
    SessionConfig {
        experiments: Vec::new(),
        config: None,
        resume: None,
        save_config: None,
        shard: None,
        ..config.clone()
    }
}

impl App {
    /// Starts a session, whose runs are numbered on from those that were there; it begins when the one before has
    /// ended.
    pub(super) fn start(&mut self, ctx: &egui::Context, config: SessionConfig) {
        self.hear_session();
        let known = self.state.runs.iter().filter_map(|run| run.number());
        let first = known.map(|number| number.0 + 1).max().unwrap_or(0);
        let gpu = self.shared.gpu(&config);
        self.pace.set(match (self.shared.software, gpu.is_some()) {
            (false, _) => FRAME,
            (true, false) => SOFTWARE_FRAME,
            (true, true) => SHARED_SOFTWARE_FRAME,
        });
        self.begun = Some(lasting(&config));
        self.state.busy = true;
        self.state.logs |= config.debug || config.log_file.is_some();
        let before = self.training().take();
        let wake = self.pace.waker(ctx);
        let training = Training::start(config, first, gpu, wake, before);
        *self.training() = Some(training);
    }

    /// Trains experiments, in the session that is at work, if there is one.
    pub(super) fn train(&mut self, ctx: &egui::Context, experiments: Vec<ExperimentConfig>) {
        self.view = View::Watch;
        let session = SessionConfig {
            experiments,
            resume: None,
            ..self.config.clone()
        };
        let session = match session.finished() {
            Ok(session) => session,
            Err(error) => return self.state.tell(NoteLevel::Error, error.to_string()),
        };
        self.save_config(&session);
        let is_another = self.begun != Some(lasting(&session));
        if self.is_over() || is_another && !self.state.is_busy() {
            return self.start(ctx, session);
        }
        self.state.busy = true;
        self.ask(Command::Train(session.experiments));
    }

    /// Stops a run and trains its experiment anew.
    pub(super) fn restart(&mut self, ctx: &egui::Context, key: &RunKey) {
        let Some(run) = self.state.run(key) else {
            return;
        };
        let config = run.config.clone();
        if let Some(number) = run.number().filter(|_| run.is_working()) {
            self.ask(Command::Stop(number));
        }
        self.train(ctx, vec![config]);
    }

    /// Takes what holds for the sessions that begin from now on.
    pub(super) fn configure(&mut self, config: SessionConfig) {
        if config.runs_path != self.config.runs_path
            && let RunsPath::Folder(runs) = &config.runs_path
        {
            self.panels.start.set_path(runs.to_string_lossy());
        }
        self.config = config;
    }

    /// Writes the experiments into the file that a person has named for them, once.
    fn save_config(&mut self, session: &SessionConfig) {
        let Some(file) = self.config.save_config.take() else {
            return;
        };
        self.panels.setup.config_is_saved();
        let text = config_file::write(session);
        match replace_file(&file, text.as_bytes()) {
            Ok(()) => self
                .state
                .tell(NoteLevel::Info, format!("Wrote {}", file.display())),
            Err(error) => self
                .state
                .tell(NoteLevel::Error, format!("--save-config: {error}")),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.training().as_ref().is_none_or(Training::is_over)
    }
}
