//! The page that the program opens with: what can be done, and past runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use eframe::egui::{
    self, Button, Color32, Grid, Label, Rect, RichText, Role, ScrollArea, Sense, TextEdit, Ui,
    pos2, vec2,
};

use super::look::{named, percent};
use crate::config::{ExperimentConfig, ModelKind, Size};
use crate::gui::action::{Action, Actions, View};
use crate::gui::lab::{Answer, Job, JobKind, ListedRun};
use crate::gui::state::ViewState;

/// Of a row of the list, in points.
const ROW: f32 = 24.0;
/// Height of the list of past runs, in points, where the window leaves less.
const LEAST_LIST: f32 = 240.0;
/// Of the page, in points.
const WIDTH: f32 = 860.0;

/// What can be done, and past runs.
pub struct StartPanel {
    /// The folder of past runs, as it is typed.
    path: String,
    /// The folder that was asked for last.
    listed: Option<PathBuf>,
    /// Its runs, once they are there.
    runs: Option<Vec<ListedRun>>,
    /// Those that are to be opened.
    chosen: BTreeSet<PathBuf>,
    error: Option<String>,
    /// The data sets that are here, once that is known; asked for once.
    datasets: Option<Vec<String>>,
    asked: bool,
}

impl Default for StartPanel {
    fn default() -> Self {
        Self {
            path: "runs".to_owned(),
            listed: None,
            runs: None,
            chosen: BTreeSet::new(),
            error: None,
            datasets: None,
            asked: false,
        }
    }
}

impl StartPanel {
    /// Takes another folder of past runs.
    pub fn set_path(&mut self, path: impl Into<String>) {
        self.path = path.into();
        self.listed = None;
    }

    /// Reads the list anew with the next frame: a run may have ended.
    pub fn refresh(&mut self) {
        self.listed = None;
    }

    /// Takes what came of a job, if it is its own.
    pub fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Runs(folder, runs) if self.listed.as_ref() == Some(folder) => {
                let there: BTreeSet<_> = runs.iter().map(|run| &run.folder).collect();
                self.chosen.retain(|folder| there.contains(folder));
                self.runs = Some(runs.clone());
                self.error = None;
            }
            Answer::Datasets(folder, names) if *folder == colors().data.datasets_path => {
                self.datasets = Some(names.clone());
            }
            Answer::Failed {
                kind: JobKind::ListRuns,
                error,
                ..
            } => {
                self.runs = Some(Vec::new());
                self.error = Some(error.clone());
            }
            _ => {}
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, _: &ViewState, actions: &mut Actions) {
        if self.listed.is_none() {
            self.list(actions);
        }
        if !std::mem::replace(&mut self.asked, true) {
            let folder = colors().data.datasets_path;
            actions.push(Action::Do(Job::ListDatasets(folder)));
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = ui.available_width().min(WIDTH);
            let margin = (ui.available_width() - width) / 2.0;
            ui.horizontal_top(|ui| {
                ui.add_space(margin);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.add_space(24.0);
                    ui.label(RichText::new("shadernets").heading().size(28.0).strong());
                    ui.label("Train image classifiers on any GPU, and watch them learn.");
                    ui.add_space(20.0);
                    self.begin(ui, actions);
                    ui.add_space(24.0);
                    self.past(ui, actions);
                    ui.add_space(24.0);
                });
            });
        });
    }

    /// What begins something new.
    fn begin(&self, ui: &mut Ui, actions: &mut Actions) {
        Grid::new("begin").spacing(vec2(16.0, 10.0)).show(ui, |ui| {
            for (title, text, experiment) in [
                (
                    "Train the digits",
                    "A network of one hidden layer learns to read digits of any typeface, size and colour.",
                    Some(numbers()),
                ),
                (
                    "Train the colours",
                    "A softmax regression tells red, green and blue apart.",
                    Some(colors()),
                ),
                (
                    "Set up an experiment",
                    "Your own pictures, any option of the command line, several experiments at once.",
                    None,
                ),
            ] {
                let missing = experiment.as_ref().and_then(|of| self.missing(of));
                let button = Button::new(RichText::new(title).strong()).min_size(vec2(200.0, 36.0));
                let button = ui.add_enabled(missing.is_none(), button).on_hover_text(text);
                if button.clicked() {
                    let view = match experiment {
                        Some(_) => View::Watch,
                        None => View::Setup,
                    };
                    actions.extend(experiment.map(|of| Action::Train(vec![of])));
                    actions.push(Action::Show(view));
                }
                ui.label(missing.unwrap_or_else(|| text.to_owned()));
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        ui.weak(
            "Or drop something on the window: a folder with a folder of pictures for each class, the folder of a \
             run, or a picture for a network to look at.",
        );
    }

    /// What to do where an experiment's data set is known not to be here.
    fn missing(&self, experiment: &ExperimentConfig) -> Option<String> {
        let name = &experiment.data.dataset;
        let folder = experiment.data.datasets_path.join(name);
        let is_missing = self
            .datasets
            .as_ref()
            .is_some_and(|names| !names.contains(name));
        is_missing.then(|| {
            format!(
                "There is no {} here; `shadernets dataset generate {name}` draws it.",
                folder.display()
            )
        })
    }

    fn list(&mut self, actions: &mut Actions) {
        let folder = PathBuf::from(self.path.trim());
        self.runs = None;
        self.error = None;
        self.listed = Some(folder.clone());
        actions.push(Action::Do(Job::ListRuns(folder)));
    }

    /// Past runs, and what opens them.
    fn past(&mut self, ui: &mut Ui, actions: &mut Actions) {
        ui.heading("Past runs");
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let label = ui.label("Folder");
            let edit = TextEdit::singleline(&mut self.path)
                .id_salt("folder of runs")
                .hint_text("folder of runs")
                .desired_width(320.0);
            let edit = ui.add(edit).labelled_by(label.id);
            let enter = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if ui.button("List runs").clicked() || enter {
                self.list(actions);
            }
            let chosen = ui.add_enabled(
                !self.chosen.is_empty(),
                Button::new(format!("Open selected ({})", self.chosen.len())),
            );
            if chosen.clicked() {
                let folders = std::mem::take(&mut self.chosen);
                actions.push(Action::Open(folders.into_iter().collect()));
                actions.push(Action::Show(View::Watch));
            }
            let some = self.runs.as_ref().is_some_and(|runs| !runs.is_empty());
            if ui.add_enabled(some, Button::new("Open all")).clicked() {
                let folders = self.listed.iter().cloned().collect();
                actions.push(Action::Open(folders));
                actions.push(Action::Show(View::Compare));
            }
        });
        ui.add_space(4.0);
        if let Some(error) = &self.error {
            let text = RichText::new(error).color(ui.visuals().error_fg_color);
            ui.add(Label::new(text).wrap());
        }
        match &self.runs {
            None => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.weak("Reading the folder ...");
                });
            }
            Some(runs) if runs.is_empty() && self.error.is_none() => {
                let folder = self.listed.as_deref().unwrap_or("".as_ref());
                let folder = folder.display();
                ui.weak(format!(
                    "No runs in {folder} yet. Each run that you train leaves a folder."
                ));
            }
            Some(runs) => {
                for folder in table(ui, runs, &mut self.chosen) {
                    actions.push(Action::Open(vec![folder]));
                    actions.push(Action::Show(View::Watch));
                }
            }
        }
    }
}

/// Where the columns of the list begin, in points: run, data set, accuracy, epochs, date.
const COLUMNS: [(&str, f32); 5] = [
    ("run", 28.0),
    ("data set", 270.0),
    ("dev accuracy", 430.0),
    ("status", 560.0),
    ("begun (UTC)", 680.0),
];

/// The runs, of which those in sight are drawn. Those to open.
fn table(ui: &mut Ui, runs: &[ListedRun], chosen: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut opened = Vec::new();
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    for (title, x) in COLUMNS {
        cell(
            ui,
            head,
            x,
            f32::INFINITY,
            title,
            ui.visuals().weak_text_color(),
        );
    }
    let left = ui.clip_rect().bottom() - head.bottom() - 2.0 * ROW;
    ScrollArea::vertical()
        .id_salt("past runs")
        .max_height(left.max(LEAST_LIST))
        .auto_shrink([false, true])
        .show_rows(ui, ROW, runs.len(), |ui, rows| {
            for run in runs.get(rows).unwrap_or_default() {
                if row(ui, run, chosen) {
                    opened.push(run.folder.clone());
                }
            }
        });
    opened
}

/// A run. Whether it is to be opened.
fn row(ui: &mut Ui, run: &ListedRun, chosen: &mut BTreeSet<PathBuf>) -> bool {
    let folder = run.folder.display().to_string();
    let name = run.folder.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let about = match &run.about {
        Ok(about) => about,
        Err(error) => {
            let color = ui.visuals().error_fg_color;
            cell(
                ui,
                rect,
                COLUMNS[0].1,
                f32::INFINITY,
                &format!("{name}: {error}"),
                color,
            );
            let response = ui.interact(rect, ui.scope_id().with(&folder), Sense::hover());
            let text = format!("{name} is damaged: {error}");
            named(&response, Role::Label, &text);
            response.on_hover_text(text);
            return false;
        }
    };
    let mut is_chosen = chosen.contains(&run.folder);
    let check = Rect::from_min_size(rect.min, vec2(24.0, ROW));
    let select = format!("Select {name}");
    let checkbox = ui.name_inputs(select.clone(), |ui| {
        ui.put(check, egui::Checkbox::without_text(&mut is_chosen))
    });
    if checkbox.on_hover_text(select).changed() {
        match is_chosen {
            true => chosen.insert(run.folder.clone()),
            false => chosen.remove(&run.folder),
        };
    }
    let rest = rect.with_min_x(check.right());
    let response = ui.interact(rest, ui.scope_id().with(&folder), Sense::click());
    let summary = &about.summary;
    let dev = summary.dev.map(|dev| percent(dev.accuracy));
    let dev = dev.unwrap_or_else(|| "none".to_owned());
    let texts = [
        summary.run_id.clone(),
        about.dataset.clone(),
        dev.clone(),
        summary.status.name().to_owned(),
        date(&summary.started),
    ];
    let label = format!(
        "Open {name}: data set {}, dev accuracy {dev}",
        about.dataset
    );
    named(&response, Role::Button, &label);
    if response.hovered() || response.has_focus() {
        let fill = ui.visuals().widgets.hovered.weak_bg_fill;
        ui.painter().rect_filled(rest, 3.0, fill);
    }
    let ends = COLUMNS.iter().skip(1).map(|(_, x)| *x);
    let ends = ends.chain([f32::INFINITY]);
    for (((_, from), to), text) in COLUMNS.into_iter().zip(ends).zip(&texts) {
        cell(ui, rect, from, to, text, ui.visuals().text_color());
    }
    response.on_hover_text(format!("Open {folder}")).clicked()
}

/// A text that ends where the next column begins.
fn cell(ui: &Ui, row: Rect, from: f32, to: f32, text: &str, color: Color32) {
    let left = row.left() + from;
    let right = row.right().min(row.left() + to - 8.0);
    let clip = Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
    let font = egui::TextStyle::Body.resolve(ui.style());
    let painter = ui.painter_at(clip.intersect(ui.clip_rect()));
    painter.text(
        pos2(left, row.center().y),
        egui::Align2::LEFT_CENTER,
        text,
        font,
        color,
    );
}

/// Date and time to the minute, of RFC 3339.
fn date(stamp: &str) -> String {
    match stamp.get(..16).and_then(|start| start.split_once('T')) {
        Some((date, time)) => format!("{date} {time}"),
        None => stamp.to_owned(),
    }
}

/// The digits: a network of a hidden layer, on pictures that are trimmed and small.
pub fn numbers() -> ExperimentConfig {
    let mut config = small("numbers", 32);
    let stages = &mut config.data.preprocessing;
    stages.trim = true;
    stages.grayscale = true;
    stages.minmax_normalize = true;
    stages.adaptive_invert = true;
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![100];
    config
}

/// The colours: a softmax regression, on tiny pictures.
pub fn colors() -> ExperimentConfig {
    small("colors", 8)
}

/// A data set that comes with the program, its pictures of so many pixels either way, and a rate that suits them.
fn small(dataset: &str, side: u32) -> ExperimentConfig {
    let mut config = ExperimentConfig {
        exp_id: dataset.to_owned(),
        ..ExperimentConfig::default()
    };
    config.data.dataset = dataset.to_owned();
    config.data.preprocessing.resize = Size {
        width: side,
        height: side,
    };
    config.optimizer.learning_rate = 1e-2;
    config
}
