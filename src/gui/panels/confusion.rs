//! What is taken for what.

mod cells;
mod mistakes;
mod pictures;
mod table;

use std::sync::Arc;

use eframe::egui::{self, Layout, Rect, Slider, Ui, UiBuilder, Vec2, vec2};

use super::look;
use super::picture::Sheet;
use crate::gui::action::{Action, Actions};
use crate::gui::lab::{Answer, JobKind};
use crate::gui::state::{RunKey, RunView, ViewState};
use crate::session::link::Command;
use crate::train::ConfusionMatrix;
use cells::Painted;
use mistakes::mistakes;
use pictures::{Known, Opened, Pictures, Predictions, Wish};
use table::Table;

/// Width of what stands beside the slider of epochs.
const BESIDE: f32 = 150.0;
const LEAST_SLIDER: f32 = 48.0;

/// The confusion matrix of the selected run, back through its history, and the samples of a cell.
#[derive(Default)]
pub struct ConfusionPanel {
    run: Option<RunKey>,
    of_test: bool,
    /// The epoch that is looked at; none: the newest.
    epoch: Option<u32>,
    table: Option<Table>,
    colors: Sheet<Painted>,
    opened: Option<Opened>,
    predictions: Option<Predictions>,
    /// Why a run's predictions could not be had.
    failed: Option<(RunKey, String)>,
    /// Of predictions that came so far.
    came: u64,
    pictures: Pictures,
}

impl ConfusionPanel {
    /// The run whose predictions are needed to show what was opened: with the label and the prediction of the cell.
    pub fn wants(&self) -> Option<(RunKey, usize, usize)> {
        let Opened {
            run,
            label,
            predicted,
        } = self.opened.as_ref()?;
        let is_there = self.predictions.as_ref().is_some_and(|p| p.run == *run);
        let is_in_vain = self.failed.as_ref().is_some_and(|(of, _)| of == run);
        (!is_there && !is_in_vain).then(|| (run.clone(), *label, *predicted))
    }

    /// Takes what came of a job, if it is about the samples.
    pub fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Predicted { run, classes } => {
                self.came += 1;
                self.failed = None;
                self.predictions = Some(Predictions {
                    run: run.clone(),
                    classes: classes.clone(),
                    number: self.came,
                });
            }
            Answer::Failed {
                kind: JobKind::Predict | JobKind::ReadModel | JobKind::ReadDataset,
                run: Some(run),
                what,
                error,
            } => self.failed = Some((run.clone(), format!("No pictures: cannot {what}: {error}"))),
            _ => {}
        }
    }

    /// Goes to the epoch after the one that is shown, or to the one before it.
    pub fn step(&mut self, run: &RunView, forward: bool) {
        let epochs: Vec<u32> = run.confusions.epochs().collect();
        let shown = self.epoch.unwrap_or(u32::MAX);
        self.epoch = match forward {
            true => epochs.iter().copied().find(|epoch| *epoch > shown),
            false => {
                let last = epochs.last().copied().unwrap_or(0);
                let mut before = epochs.iter().rev().copied();
                before.find(|epoch| *epoch < shown.min(last)).or(self.epoch)
            }
        };
        // The newest is followed.
        self.epoch = self.epoch.filter(|epoch| Some(epoch) != epochs.last());
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        let Some(run) = state.selected() else {
            look::nothing(ui, "Select a run to see its confusion matrix.");
            return;
        };
        if self.run.as_ref() != Some(&run.key) {
            self.run = Some(run.key.clone());
            self.epoch = None;
            self.of_test = false;
            self.opened = None;
        }
        self.of_test &= run.test_confusion.is_some();
        let matrix = self.controls(ui, run);
        let Some(matrix) = matrix else {
            let text = match run.config.training.eval_dev {
                true => "The confusion matrix of dev is drawn after the first epoch.",
                false => "This run does not evaluate dev (--eval-dev).",
            };
            look::nothing(ui, text);
            return;
        };
        let is_known = |table: &Table| Arc::ptr_eq(&table.matrix, &matrix);
        if !self.table.as_ref().is_some_and(is_known) {
            self.table = Some(Table::new(matrix));
        }
        let Some(table) = self.table.take() else {
            return;
        };
        self.parts(ui, run, &table, actions);
        self.table = Some(table);
    }

    /// Partition and epoch; gives the matrix that they name.
    fn controls(&mut self, ui: &mut Ui, run: &RunView) -> Option<Arc<ConfusionMatrix>> {
        let mut shown = None;
        ui.horizontal_wrapped(|ui| {
            ui.strong("Confusion");
            if run.test_confusion.is_some() {
                ui.selectable_value(&mut self.of_test, false, "Dev");
                ui.selectable_value(&mut self.of_test, true, "Test");
            }
            if self.of_test {
                shown = run.test_confusion.clone();
                ui.weak("of the final model");
                return;
            }
            let spare = ui.available_size_before_wrap().x - BESIDE;
            ui.spacing_mut().slider_width = spare.clamp(LEAST_SLIDER, 220.0);
            let epochs: Vec<u32> = run.confusions.epochs().collect();
            let Some(newest) = epochs.len().checked_sub(1) else {
                return;
            };
            let at = |epoch| epochs.partition_point(|other| *other <= epoch).max(1) - 1;
            let mut place = self.epoch.map_or(newest, at);
            if newest > 0 {
                let slider = Slider::new(&mut place, 0..=newest).show_value(false);
                let slider = ui
                    .add(slider)
                    .accessible_name("Epoch of the confusion matrix");
                let slider = slider.on_hover_text(
                    "Back through the epochs; the arrow keys step, once it has the focus",
                );
                if slider.changed() {
                    self.epoch = (place < newest).then(|| epochs[place.min(newest)]);
                }
                let epoch = format!("epoch {}", epochs[place.min(newest)]);
                ui.add(egui::Label::new(epoch).extend());
                // In little room only where it does something.
                if self.epoch.is_some() || spare >= LEAST_SLIDER {
                    let back = ui.add_enabled(self.epoch.is_some(), egui::Button::new("Newest"));
                    if back.on_hover_text("Follows the training again").clicked() {
                        self.epoch = None;
                        place = newest;
                    }
                }
            } else {
                ui.weak(format!("epoch {}", epochs[newest]));
            }
            let entry = run.confusions.at(epochs[place.min(newest)]);
            shown = entry.map(|(_, matrix)| Arc::clone(matrix));
        });
        shown
    }

    /// The matrix, and beside or below it the samples of the opened cell, or the most frequent mistakes.
    fn parts(&mut self, ui: &mut Ui, run: &RunView, table: &Table, actions: &mut Actions) {
        ui.weak(format!(
            "{} of {} samples right, {}",
            look::grouped(table.right),
            look::grouped(table.samples),
            look::percent(table.accuracy())
        ))
        .on_hover_text("Shares and colours are of the samples with a label: rows add up to 100%");
        let space = ui.available_rect_before_wrap();
        if !space.is_finite() || space.width() < 60.0 || space.height() < 60.0 {
            return;
        }
        let has_opened = self.opened.is_some() && !self.of_test;
        let [first, second] = arrange(space, has_opened);
        let opened = self.opened.as_ref().filter(|_| !self.of_test);
        let cell = opened.map(|opened| (opened.label, opened.predicted));
        let mut clicked = None;
        if let Some(rect) = first {
            ui.scope_builder(part(rect), |ui| {
                let space = rect.size();
                clicked = cells::show(ui, &mut self.colors, table, &run.classes, space, cell);
            });
        }
        if let Some(rect) = second {
            ui.scope_builder(part(rect), |ui| {
                let listed = self.side(ui, run, table, actions);
                clicked = clicked.or(listed);
            });
        }
        if let Some((label, predicted)) = clicked.filter(|_| !self.of_test) {
            self.open(run, label, predicted, actions);
        }
        ui.advance_cursor_after_rect(space);
    }

    fn side(
        &mut self,
        ui: &mut Ui,
        run: &RunView,
        table: &Table,
        actions: &mut Actions,
    ) -> Option<(usize, usize)> {
        if self.of_test {
            mistakes(ui, run, table, false);
            return None;
        }
        let Some(opened) = self.opened.clone() else {
            return mistakes(ui, run, table, true);
        };
        let predictions = self.predictions.as_ref().filter(|p| p.run == run.key);
        let failed = self.failed.as_ref().filter(|(of, _)| *of == run.key);
        let known = match (predictions, failed) {
            (_, Some((_, error))) => Known::Failed(error),
            (Some(predictions), None) => Known::Predictions(predictions),
            (None, None) => Known::Nothing,
        };
        match self.pictures.ui(ui, run, &opened, self.epoch, known) {
            Some(Wish::Close) => self.opened = None,
            Some(Wish::LookAgain) => {
                self.predictions = None;
                self.failed = None;
                self.open(run, opened.label, opened.predicted, actions);
            }
            None => {}
        }
        None
    }

    /// Shows the samples of a cell; asks for the model as it is now.
    fn open(&mut self, run: &RunView, label: usize, predicted: usize, actions: &mut Actions) {
        if self.opened.is_none() {
            self.failed = None;
            if run.is_working() {
                // What was seen before is of an older model.
                self.predictions = None;
            }
        }
        self.opened = Some(Opened {
            run: run.key.clone(),
            label,
            predicted,
        });
        if let (Some(number), true) = (run.number(), self.wants().is_some()) {
            actions.push(Action::Tell(Command::Look(number)));
        }
    }
}

fn part(rect: Rect) -> UiBuilder {
    let layout = Layout::top_down(egui::Align::Min);
    UiBuilder::new().max_rect(rect).layout(layout)
}

/// Where the matrix is, and where the samples or the mistakes. Without room for both, opened samples take the place
/// of the matrix, and the mistakes are left out.
fn arrange(space: Rect, has_opened: bool) -> [Option<Rect>; 2] {
    let [width, height] = [space.width(), space.height()];
    let parts = if width >= 1.4 * height && width >= 420.0 {
        split(space, vec2(height.min(0.6 * width).max(width - 330.0), 0.0))
    } else if height >= 1.2 * width && height >= 420.0 {
        split(space, vec2(0.0, (width + 20.0).min(0.65 * height)))
    } else if has_opened {
        return [None, Some(space)];
    } else {
        return [Some(space), None];
    };
    parts.map(Some)
}

/// Cuts a rectangle after so much of its width or height, with a gap.
fn split(rect: Rect, first: Vec2) -> [Rect; 2] {
    let gap = 12.0;
    let mut parts = [rect, rect];
    if first.x > 0.0 {
        parts[0].max.x = (rect.min.x + first.x).min(rect.max.x);
        parts[1].min.x = (parts[0].max.x + gap).min(rect.max.x);
    } else {
        parts[0].max.y = (rect.min.y + first.y).min(rect.max.y);
        parts[1].min.y = (parts[0].max.y + gap).min(rect.max.y);
    }
    parts
}
