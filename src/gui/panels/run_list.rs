//! The list of runs: those of this session, those opened from the disk, and those that wait.

use eframe::egui::{
    self, Align, Color32, Key, Layout, ProgressBar, Rect, RichText, Role, ScrollArea, Sense,
    Stroke, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::look;
use crate::config::ExperimentConfig;
use crate::gui::action::{Action, Actions};
use crate::gui::state::{Phase, RunView, ViewState};
use crate::runs::Status;
use crate::session::link::{Command, RunNumber};

/// Height of a row.
const ROW: f32 = 46.0;

/// The runs, each with its colour, how far it is, and what can be done with it.
#[derive(Default)]
pub struct RunList;

impl RunList {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        if state.runs.is_empty() && state.queue.is_empty() {
            look::nothing(ui, "No runs yet.");
            return;
        }
        self.head(ui, state, actions);
        let names = state.names();
        let rows = state.runs.len() + state.queue.len();
        ui.spacing_mut().item_spacing.y = 2.0;
        ScrollArea::vertical()
            .id_salt("runs")
            .auto_shrink([false, false])
            .show_rows(ui, ROW, rows, |ui, shown| {
                for row in shown {
                    if let (Some(run), Some(name)) = (state.runs.get(row), names.get(row)) {
                        run_row(ui, run, name, state, actions);
                    } else if let Some(waiting) = state.queue.get(row - state.runs.len()) {
                        waiting_row(ui, waiting, actions);
                    }
                }
            });
    }

    fn head(&self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        let shown = state.runs.iter().filter(|run| run.shown).count();
        ui.horizontal(|ui| {
            ui.strong("Runs");
            ui.weak(match state.queue.len() {
                0 => format!("{shown} of {} shown", state.runs.len()),
                waiting => format!("{}, {waiting} waiting", state.runs.len()),
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let all = shown == state.runs.len();
                let text = if all { "Hide all" } else { "Show all" };
                let button =
                    ui.add_enabled(!state.runs.is_empty(), egui::Button::new(text).small());
                if button.on_hover_text("The curves of all runs").clicked() {
                    let set = |run: &RunView| Action::SetShown(run.key.clone(), !all);
                    actions.extend(state.runs.iter().filter(|run| run.shown == all).map(set));
                }
            });
        });
        ui.add_space(2.0);
    }
}

fn run_row(ui: &mut Ui, run: &RunView, name: &str, state: &ViewState, actions: &mut Actions) {
    let is_selected = state.selected.as_ref() == Some(&run.key);
    ui.push_id(&run.key, |ui| {
        let (rect, row) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        row.widget_info(|| {
            let text = format!("{name}, {}", words(run));
            WidgetInfo::selected(Role::ListItem, true, is_selected, text)
        });
        paint_ground(ui, rect, is_selected, &row);
        let inner = rect.shrink2(vec2(6.0, 3.0));
        let upper = Rect::from_min_size(inner.min, vec2(inner.width(), 20.0));
        let lower = Rect::from_min_max(inner.min + vec2(24.0, 21.0), inner.max);
        ui.scope_builder(line(upper), |ui| {
            let mut shown = run.shown;
            let check = ui.checkbox(&mut shown, "");
            check.widget_info(|| {
                let text = format!("Show curves of {name}");
                WidgetInfo::selected(Role::CheckBox, true, run.shown, text)
            });
            if check.on_hover_text("Draw its curves").changed() {
                actions.push(Action::SetShown(run.key.clone(), shown));
            }
            let (place, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            paint_swatch(ui, place, look::run_color(ui, run), run.shown);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let menu = ui.menu_button("…", |ui| menu(ui, run, actions)).response;
                menu.on_hover_text("What can be done with this run")
                    .widget_info(|| {
                        WidgetInfo::labeled(Role::Button, true, format!("Actions of {name}"))
                    });
                if let Some(figures) = run.epochs.last().and_then(|last| last.dev) {
                    ui.label(look::percent(figures.accuracy));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = RichText::new(name);
                    let text = if is_selected { text.strong() } else { text };
                    ui.add(egui::Label::new(text).truncate().selectable(false));
                });
            });
        });
        ui.scope_builder(line(lower), |ui| standing(ui, run));
        if row.clicked() {
            actions.push(Action::Select(run.key.clone()));
        }
        let row = match &run.phase {
            Phase::Over(_, Some(error)) => row.on_hover_text(error),
            _ => row,
        };
        row.context_menu(|ui| menu(ui, run, actions));
        let closes = row.has_focus() && ui.input(|input| input.key_pressed(Key::Delete));
        if closes && !run.is_working() {
            actions.push(Action::Close(run.key.clone()));
        }
    });
}

/// The lower line of a row: how far the run is.
fn standing(ui: &mut Ui, run: &RunView) {
    let (done, epochs) = look::progress(run);
    if run.is_working() {
        let share = done as f32 / epochs.max(1) as f32;
        let height = 6.0;
        let width = (ui.available_width() - 92.0).max(20.0);
        let bar = ProgressBar::new(share)
            .desired_width(width)
            .desired_height(height)
            .fill(look::run_color(ui, run));
        ui.add(bar).widget_info(|| {
            let text = format!("{done} of {epochs} epochs");
            WidgetInfo::labeled(Role::ProgressIndicator, true, text)
        });
        let text = match run.rests {
            true => "paused".to_owned(),
            false => format!("{done}/{epochs}"),
        };
        ui.label(RichText::new(text).size(look::SMALL).weak());
        return;
    }
    let text = RichText::new(words(run)).size(look::SMALL);
    let is_failed = matches!(run.phase, Phase::Over(Status::Failed, _));
    let text = match is_failed {
        true => {
            look::mark(ui, look::Mark::Warning, ui.visuals().error_fg_color);
            text.color(ui.visuals().error_fg_color)
        }
        false => text.weak(),
    };
    ui.add(egui::Label::new(text).truncate().selectable(false));
}

/// How far a run is, in words.
fn words(run: &RunView) -> String {
    let (done, epochs) = look::progress(run);
    match &run.phase {
        Phase::Working if run.rests => format!("paused, epoch {done} of {epochs}"),
        Phase::Working => format!("epoch {done} of {epochs}"),
        Phase::Over(Status::Failed, Some(error)) => {
            let first = error.lines().next().unwrap_or_default();
            format!("failed: {first}")
        }
        Phase::Over(Status::Failed, None) => "failed".to_owned(),
        Phase::Over(Status::Finished, _) => format!("finished, {done} epochs"),
        Phase::Over(_, _) => format!("{}, {done} of {epochs} epochs", look::phase(run)),
    }
}

fn menu(ui: &mut Ui, run: &RunView, actions: &mut Actions) {
    let mut entry = |ui: &mut Ui, enabled: bool, text: &str, about: &str, action: Action| {
        let button = ui.add_enabled(enabled, egui::Button::new(text));
        if button.on_hover_text(about).clicked() {
            actions.push(action);
            ui.close();
        }
    };
    if let Some(number) = run.number() {
        entry(
            ui,
            run.is_working(),
            "Stop",
            "Ends it as Ctrl-C does: saved, to be resumed later",
            Action::Tell(Command::Stop(number)),
        );
        entry(
            ui,
            true,
            "Restart",
            "Stops it and trains it anew from the beginning",
            Action::Restart(run.key.clone()),
        );
    }
    entry(
        ui,
        true,
        "Duplicate…",
        "Opens the same experiment where it can be changed",
        Action::Edit(Box::new(run.config.clone())),
    );
    entry(
        ui,
        !run.is_working(),
        "Close",
        "Takes it out of the window; its files stay",
        Action::Close(run.key.clone()),
    );
}

fn waiting_row(
    ui: &mut Ui,
    (number, config): &(RunNumber, ExperimentConfig),
    actions: &mut Actions,
) {
    let name = &config.exp_id;
    ui.push_id(("waiting", number), |ui| {
        let (rect, row) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        look::named(&row, Role::ListItem, &format!("{name}, waiting"));
        let inner = rect.shrink2(vec2(6.0, 3.0));
        let upper = Rect::from_min_size(
            inner.min + vec2(24.0, 0.0),
            vec2(inner.width() - 24.0, 20.0),
        );
        let lower = Rect::from_min_max(inner.min + vec2(24.0, 21.0), inner.max);
        ui.scope_builder(line(upper), |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = ui.small_button("Remove");
                button.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Remove {name}"))
                });
                if button.on_hover_text("Takes it out of the queue").clicked() {
                    actions.push(Action::Tell(Command::Forget(*number)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = RichText::new(name).weak();
                    ui.add(egui::Label::new(text).truncate().selectable(false));
                });
            });
        });
        ui.scope_builder(line(lower), |ui| {
            let text = format!("waiting, {} epochs", config.training.epochs);
            ui.label(RichText::new(text).size(look::SMALL).weak());
        });
    });
}

fn line(rect: Rect) -> UiBuilder {
    UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center))
}

fn paint_ground(ui: &Ui, rect: Rect, is_selected: bool, row: &egui::Response) {
    let visuals = ui.visuals();
    let ground = match (is_selected, row.hovered()) {
        (true, _) => visuals.selection.bg_fill.gamma_multiply(0.35),
        (false, true) => visuals.faint_bg_color,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 4.0, ground);
    if row.has_focus() {
        let stroke = Stroke::new(1.0, visuals.selection.stroke.color);
        ui.painter()
            .rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Inside);
    }
}

/// Filled where the curves are drawn, else an outline.
fn paint_swatch(ui: &Ui, rect: Rect, color: Color32, filled: bool) {
    match filled {
        true => ui.painter().rect_filled(rect, 2.0, color),
        false => {
            ui.painter()
                .rect_stroke(rect, 2.0, Stroke::new(1.5, color), egui::StrokeKind::Inside)
        }
    };
}
