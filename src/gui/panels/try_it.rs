//! Try it: draw something, or name a picture, and see what a model takes it for.

mod bars;
mod draw;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Image, Label, RichText, TextureHandle, TextureOptions, Ui};

use super::canvas::Canvas;
use super::look;
use super::setup::texture;
use crate::gui::action::{Action, Actions};
use crate::gui::lab::{Answer, Job, JobKind, Picture, Trial};
use crate::gui::state::{RunKey, RunView, ViewState};
use crate::runs::Checkpoint;
use crate::session::link::Command;
use bars::bars;

/// Seconds from one look at a model that learns to the next.
const LOOK_EVERY: f64 = 2.0;
/// Seconds after which an answer is given up.
const PATIENCE: f64 = 5.0;
/// Of the canvas, in points.
const CANVAS: f32 = 336.0;

/// What is tried.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    Drawing,
    File(PathBuf),
}

/// What a model took a picture for.
struct Seen {
    shares: Vec<f32>,
    picture: Picture,
    texture: Option<TextureHandle>,
}

/// Shows what a model takes a picture for.
pub struct TryPanel {
    canvas: Canvas,
    source: Source,
    /// The file's path, as it is typed.
    path: String,
    /// The run whose model is used.
    run: Option<RunKey>,
    model: Option<Arc<Checkpoint>>,
    /// When the model was asked for, and how far the run was.
    looked: Option<(f64, u64)>,
    /// Something is to be tried that no answer is about.
    stale: bool,
    /// When it was asked, while there is no answer.
    asked: Option<f64>,
    seen: Option<Seen>,
    error: Option<String>,
}

impl Default for TryPanel {
    fn default() -> Self {
        Self {
            canvas: Canvas::default(),
            source: Source::Drawing,
            path: String::new(),
            run: None,
            model: None,
            looked: None,
            stale: false,
            asked: None,
            seen: None,
            error: None,
        }
    }
}

impl TryPanel {
    /// Takes a picture to be tried.
    pub fn drop_file(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.source = Source::File(path.to_owned());
        self.stale = true;
    }

    /// Whether it is without the model of the run that it shows.
    pub fn wants_model(&self) -> bool {
        self.run.is_some() && self.model.is_none()
    }

    /// The run whose model it uses.
    pub fn run(&self) -> Option<&RunKey> {
        self.run.as_ref()
    }

    /// Takes a run's model; the same as before changes nothing.
    pub fn set_model(&mut self, run: &RunKey, model: Arc<Checkpoint>) {
        if self.run.as_ref() != Some(run) || self.is_known(&model) {
            return;
        }
        self.model = Some(model);
        self.stale = true;
        self.error = None;
    }

    /// Takes what came of a job, if it is its own.
    pub fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Tried { run, shares, seen } if self.run.as_ref() == Some(run) => {
                self.asked = None;
                self.error = None;
                self.seen = Some(Seen {
                    shares: shares.clone(),
                    picture: seen.clone(),
                    texture: None,
                });
            }
            Answer::Model(run, model) => self.set_model(run, Arc::clone(model)),
            Answer::Failed {
                kind: JobKind::Try | JobKind::ReadModel,
                run,
                error,
                ..
            } if self.run == *run => {
                self.asked = None;
                self.seen = None;
                self.error = Some(error.clone());
            }
            _ => {}
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        let Some(run) = state.selected() else {
            self.choose(None);
            look::nothing(
                ui,
                "No run yet. Train a network or open a past run, then draw something for it here.",
            );
            return;
        };
        self.choose(Some(&run.key));
        self.look(ui, run, actions);
        egui::ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(CANVAS);
                    self.draw(ui);
                });
                ui.add_space(24.0);
                ui.vertical(|ui| self.result(ui, run));
            });
        });
        self.ask(ui, actions);
    }

    /// Goes to another run, as it does when that is selected.
    pub fn show_run(&mut self, run: &RunKey) {
        self.choose(Some(run));
    }

    /// Goes to another run.
    fn choose(&mut self, run: Option<&RunKey>) {
        if self.run.as_ref() != run {
            self.run = run.cloned();
            self.model = None;
            self.looked = None;
            self.asked = None;
            self.seen = None;
            self.error = None;
            self.stale = true;
        }
    }

    /// Asks for the model as it is now: of a run that learns every now and then, of others once.
    fn look(&mut self, ui: &Ui, run: &RunView, actions: &mut Actions) {
        let now = ui.input(|input| input.time);
        let is_due = match self.looked {
            None => true,
            Some((when, version)) => now - when >= LOOK_EVERY && run.version != version,
        };
        if run.is_working() {
            ui.ctx().request_repaint_after_secs(LOOK_EVERY as f32);
        }
        if !is_due {
            return;
        }
        self.looked = Some((now, run.version));
        actions.push(match &run.key {
            RunKey::Live(number) => Action::Tell(Command::Look(*number)),
            RunKey::Past(folder) => Action::Do(Job::ReadModel(run.key.clone(), folder.clone())),
        });
    }

    /// Whether a model is the one that it has.
    fn is_known(&self, model: &Checkpoint) -> bool {
        let known = self.model.as_ref();
        known.is_some_and(|known| Arc::ptr_eq(&known.state, &model.state))
    }

    /// What the model takes it for.
    fn result(&mut self, ui: &mut Ui, run: &RunView) {
        ui.strong(match &self.source {
            Source::Drawing => "What the network takes your drawing for".to_owned(),
            Source::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                format!("What the network takes {name} for")
            }
        });
        let epoch = self.model.as_ref().map(|model| match model.state.epoch {
            Some(epoch) => format!("{}, after epoch {}", run.id, epoch + 1),
            None => format!("{}, not trained yet", run.id),
        });
        ui.weak(
            epoch.unwrap_or_else(|| match run.is_working() || run.folder.is_some() {
                true => format!("{}: waiting for its model ...", run.id),
                false => format!("{} is over, and kept no model: it had no folder", run.id),
            }),
        );
        ui.add_space(6.0);
        if let Some(error) = &self.error {
            let text = RichText::new(error).color(ui.visuals().error_fg_color);
            ui.add(Label::new(text).wrap());
            return;
        }
        let Some(seen) = &mut self.seen else {
            if self.model.is_some() {
                ui.weak("Draw something on the canvas.");
            }
            return;
        };
        bars(ui, &seen.shares, &run.classes);
        ui.add_space(12.0);
        let [width, height] = [seen.picture.width, seen.picture.height];
        ui.strong("As the network sees it");
        ui.weak(format!(
            "{width} \u{d7} {height} pixels, after the run's preprocessing"
        ));
        let texture = seen
            .texture
            .get_or_insert_with(|| texture(ui.ctx(), &seen.picture, TextureOptions::NEAREST));
        let longest = texture.size_vec2().max_elem().max(1.0);
        let image = Image::from_texture(&*texture)
            .fit_to_exact_size(texture.size_vec2() * (140.0 / longest))
            .alt_text("The picture as the network sees it");
        ui.add(image);
    }

    /// Asks for what the picture is taken for, one at a time.
    fn ask(&mut self, ui: &Ui, actions: &mut Actions) {
        let now = ui.input(|input| input.time);
        let waits = self.asked.is_some_and(|when| now - when < PATIENCE);
        let (Some(run), Some(model)) = (&self.run, &self.model) else {
            return;
        };
        if !self.stale || waits {
            return;
        }
        let trial = match &self.source {
            Source::Drawing if self.canvas.is_empty() => {
                self.stale = false;
                return;
            }
            Source::Drawing => Trial::Drawn(self.canvas.picture(side_for(model))),
            Source::File(path) => Trial::File(path.clone()),
        };
        self.stale = false;
        self.asked = Some(now);
        actions.push(Action::Do(Job::Try {
            run: run.clone(),
            model: Arc::clone(model),
            trial,
        }));
    }
}

/// Of a drawing: fine enough that resizing it shades edges, as it does those of photographs.
fn side_for(model: &Checkpoint) -> usize {
    let [width, height, _] = model.picture;
    (2 * width.max(height) as usize).clamp(28, 256)
}
