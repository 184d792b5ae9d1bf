//! The line at the foot of the window.

use eframe::egui::{self, Color32, RichText, ScrollArea, Ui};

use super::look::{self, Mark};
use crate::gui::action::Actions;
use crate::gui::state::{Note, NoteLevel, RunView, ViewState};

/// Epochs whose mean says how long one takes.
const RECENT: usize = 8;

/// What trains and how far it is, and what is to be known of it.
#[derive(Default)]
pub struct StatusBar;

impl StatusBar {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, _actions: &mut Actions) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            notes(ui, state);
            if !state.device.is_empty() {
                let device = ui.label(look::shortened(&state.device, 48));
                device.on_hover_text(match &state.notice {
                    Some(notice) => format!("{}\n{notice}", state.device),
                    None => state.device.clone(),
                });
            }
            if let Some(loading) = &state.loading {
                ui.spinner();
                let (done, total) = (loading.done as u64, loading.total as u64);
                let [done, total] = [done, total].map(look::grouped);
                ui.label(format!(
                    "reading {}: {done} of {total} images",
                    loading.dataset
                ));
            }
            work(ui, state);
            check(ui, state);
            if let Some(bytes) = state.device_memory {
                ui.label(format!("device {}", look::bytes(bytes)))
                    .on_hover_text("The device's memory that this program has");
            }
            if let Some((now, most)) = state.memory {
                ui.label(look::bytes(now)).on_hover_text(format!(
                    "Memory of this program; the most so far: {}",
                    look::bytes(most)
                ));
            }
        });
    }
}

/// How far the runs at work are together.
fn work(ui: &mut Ui, state: &ViewState) {
    let working: Vec<&RunView> = state.runs.iter().filter(|run| run.is_working()).collect();
    if working.is_empty() {
        if state.queue.is_empty() {
            ui.weak("idle");
        } else {
            ui.weak("starting…");
        }
        return;
    }
    let counts = working.iter().map(|run| look::progress(run));
    let (done, epochs) = counts.fold((0, 0), |sum, (done, epochs)| {
        (sum.0 + u64::from(done), sum.1 + u64::from(epochs))
    });
    let [done, epochs] = [done, epochs].map(look::grouped);
    let runs = working.len();
    let text = match runs {
        1 => format!("epoch {done} of {epochs}"),
        _ => format!("{runs} runs, epoch {done} of {epochs}"),
    };
    ui.label(text)
        .on_hover_text("Finished epochs of all runs at work");
    let (resting, training) = state.resting_and_training();
    match (resting, training) {
        (0, _) => {}
        (_, 0) => {
            ui.strong("paused");
            return;
        }
        _ => {
            ui.strong(format!("{resting} paused"));
        }
    }
    let working: Vec<_> = working.into_iter().filter(|run| !run.rests).collect();
    let speed: f64 = working.iter().filter_map(|run| speed(run)).sum();
    if speed.is_finite() && speed > 0.0 {
        ui.label(format!("{} samples/s", look::grouped(speed.round() as u64)))
            .on_hover_text("Trained, of all runs at work, while each has its turn");
    }
    let left = working.iter().filter_map(|run| time_left(run));
    if let Some(left) = left.reduce(f64::max) {
        let about = match state.queue.len() {
            0 => "Until all runs at work are done, unless they stop early".to_owned(),
            waiting => format!("Until all runs at work are done; {waiting} wait"),
        };
        ui.label(format!("{} left", look::duration(left)))
            .on_hover_text(about);
    }
}

fn speed(run: &RunView) -> Option<f64> {
    run.epochs.last().map(|last| last.samples_per_second)
}

/// Seconds that a run still needs, if its epochs take as long as the last ones.
fn time_left(run: &RunView) -> Option<f64> {
    let (done, epochs) = look::progress(run);
    let last = run.epochs.last()?;
    let place = run.epochs.len().saturating_sub(1 + RECENT);
    let first = run
        .epochs
        .get(place)
        .filter(|first| first.epoch < last.epoch);
    let (seconds, count) = match first {
        Some(first) => (last.seconds - first.seconds, last.epoch - first.epoch),
        None => (last.seconds, last.epoch + 1),
    };
    let left = f64::from(epochs - done) * seconds / f64::from(count);
    left.is_finite().then_some(left.max(0.0))
}

/// The newest gradient check, of the selected run if it has one.
fn check(ui: &mut Ui, state: &ViewState) {
    let others = state.runs.iter().filter(|run| run.is_working());
    let checked = state.selected().into_iter().chain(others);
    let Some((run, (epoch, distance, limit))) =
        checked.filter_map(|run| Some((run, run.checks?))).next()
    else {
        return;
    };
    let passed = distance <= limit;
    let (mark, color) = match passed {
        true => (Mark::Right, ui.visuals().text_color()),
        false => (Mark::Warning, ui.visuals().warn_fg_color),
    };
    let text = format!("gradients off by {distance:.1e}");
    let label = marked(ui, mark, color, |ui| ui.colored_label(color, text));
    label.on_hover_text(format!(
        "Gradient check of {} in epoch {epoch}: the largest relative distance is {distance:.3e}, the limit {limit:.0e}",
        run.id
    ));
}

/// How many warnings there are; opens all that was noted.
fn notes(ui: &mut Ui, state: &ViewState) {
    let of_runs = state.runs.iter().flat_map(|run| &run.notes);
    let warnings = of_runs
        .chain(&state.messages)
        .filter(|note| note.level != NoteLevel::Info)
        .count();
    let title = match warnings {
        0 => "no warnings".to_owned(),
        1 => "1 warning".to_owned(),
        many => format!("{many} warnings"),
    };
    let (mark, color) = match warnings {
        0 => (Mark::Right, ui.visuals().weak_text_color()),
        _ => (Mark::Warning, ui.visuals().warn_fg_color),
    };
    let title = RichText::new(title).color(color);
    let button = marked(ui, mark, color, |ui| {
        ui.menu_button(title, |ui| list(ui, state)).response
    });
    button.on_hover_text("What was noted of the runs");
}

fn list(ui: &mut Ui, state: &ViewState) {
    ui.set_min_width(420.0);
    let of_runs = state
        .runs
        .iter()
        .flat_map(|run| run.notes.iter().rev().map(move |note| (Some(run), note)));
    let general = state.messages.iter().rev().map(|note| (None, note));
    let notes: Vec<(Option<&RunView>, &Note)> = general.chain(of_runs).collect();
    if notes.is_empty() {
        ui.weak("Nothing was noted so far.");
        return;
    }
    let shown = ScrollArea::vertical().max_height(320.0);
    shown.auto_shrink([false, true]).show(ui, |ui| {
        for (run, note) in notes.iter().take(500) {
            ui.horizontal_wrapped(|ui| {
                let (mark, color) = level(ui, note.level);
                look::mark(ui, mark, color);
                if let Some(run) = run {
                    ui.colored_label(look::run_color(ui, run), &run.id);
                }
                if let Some(epoch) = note.epoch {
                    ui.weak(format!("epoch {epoch}"));
                }
                ui.label(&note.text);
            });
        }
    });
}

/// Something behind a sign.
fn marked(
    ui: &mut Ui,
    mark: Mark,
    color: Color32,
    show: impl FnOnce(&mut Ui) -> egui::Response,
) -> egui::Response {
    let both = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        look::mark(ui, mark, color);
        show(ui)
    });
    both.inner
}

fn level(ui: &Ui, level: NoteLevel) -> (Mark, Color32) {
    let visuals = ui.visuals();
    match level {
        NoteLevel::Info => (Mark::Info, visuals.weak_text_color()),
        NoteLevel::Warning => (Mark::Warning, visuals.warn_fg_color),
        NoteLevel::Error => (Mark::Wrong, visuals.error_fg_color),
    }
}
