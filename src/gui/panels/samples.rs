//! The minibatch as the model saw it.

use std::sync::Arc;

use eframe::egui::{
    self, Rect, RichText, Role, ScrollArea, Sense, Stroke, TextStyle, Ui, pos2, vec2,
};

use super::look::{self, Mark};
use super::picture::{Sheet, sample_color};
use crate::gui::action::Actions;
use crate::gui::state::{RunKey, RunView, ViewState};
use crate::train::SeenSamples;

/// The longer side of a picture on the screen.
const SIDE: f32 = 64.0;
/// Width of a sign and the space behind it.
const SIGN: f32 = 13.0;

/// Samples of the newest minibatch after augmentation, each with its label and what it was taken for.
#[derive(Default)]
pub struct SamplesPanel {
    sheet: Sheet<Seen>,
}

/// What is on the sheet.
struct Seen(RunKey, Arc<SeenSamples>);

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && Arc::ptr_eq(&self.1, &other.1)
    }
}

impl SamplesPanel {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, _actions: &mut Actions) {
        let Some(run) = state.selected() else {
            look::nothing(ui, "Select a run to see its samples.");
            return;
        };
        let Some((epoch, seen)) = &run.seen else {
            let text = match run.is_working() {
                true => "Samples of the minibatch are shown after the first epoch.",
                false => "No samples of this run were seen in this session.",
            };
            look::nothing(ui, text);
            return;
        };
        let samples = seen.labels.len();
        let right = seen.labels.iter().zip(&seen.predicted);
        let right = right
            .filter(|(label, predicted)| label == predicted)
            .count();
        ui.horizontal_wrapped(|ui| {
            ui.strong("Minibatch")
                .on_hover_text("Samples as the model saw them, after augmentation");
            ui.weak(format!("epoch {epoch}: {right} of {samples} right"));
        });

        let key = Seen(run.key.clone(), Arc::clone(seen));
        let features = seen.values.len() / samples.max(1);
        let rows = || seen.values.chunks_exact(features.max(1)).collect();
        self.sheet
            .refresh(ui.ctx(), key, run.picture, rows, sample_color);
        ScrollArea::vertical()
            .id_salt("samples")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                    for index in 0..samples.min(self.sheet.count()) {
                        self.sample(ui, run, seen, index);
                    }
                });
            });
    }

    fn sample(&self, ui: &mut Ui, run: &RunView, seen: &SeenSamples, index: usize) {
        let name = |class: Option<&u32>| match class {
            Some(class) => look::class_name(&run.classes, *class as usize),
            None => "?".to_owned(),
        };
        let (label, predicted) = (seen.labels.get(index), seen.predicted.get(index));
        let is_right = label == predicted;
        let (label, predicted) = (name(label), name(predicted));
        let text = match is_right {
            true => format!("{label}, taken for what it is"),
            false => format!("{label}, taken for {predicted}"),
        };
        let caption = match is_right {
            true => label,
            false => format!("{label} as {predicted}"),
        };
        picture_with_caption(ui, &self.sheet, index, &caption, is_right, &text);
    }
}

/// A picture with a line of text below it; what is wrong has a frame as well as its words.
pub(super) fn picture_with_caption<K: PartialEq>(
    ui: &mut Ui,
    sheet: &Sheet<K>,
    index: usize,
    caption: &str,
    is_right: bool,
    about: &str,
) {
    let line = look::SMALL + 4.0;
    let size = vec2(SIDE + 28.0, SIDE + line + 4.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    look::named(&response, Role::Image, about);
    if ui.is_rect_visible(rect) {
        let square =
            Rect::from_center_size(rect.center_top() + vec2(0.0, SIDE / 2.0), sheet.size(SIDE));
        sheet.paint(ui, index, square);
        let visuals = ui.visuals();
        let (width, color) = match is_right {
            true => (1.0, visuals.widgets.noninteractive.bg_stroke.color),
            false => (2.0, look::poles(visuals.dark_mode)[1]),
        };
        let stroke = Stroke::new(width, color);
        ui.painter()
            .rect_stroke(square, 0.0, stroke, egui::StrokeKind::Outside);
        let below = Rect::from_min_max(rect.left_bottom() - vec2(0.0, line + 1.0), rect.max);
        let (mark, ink) = match is_right {
            true => (Mark::Right, visuals.weak_text_color()),
            false => (Mark::Wrong, color),
        };
        let text = egui::WidgetText::from(RichText::new(caption).size(look::SMALL));
        let room = below.width() - SIGN;
        let cut = Some(egui::TextWrapMode::Truncate);
        let text = text.into_galley(ui, cut, room, TextStyle::Small);
        // Sign and words in the middle together.
        let left = below.left() + (room - text.size().x).max(0.0) / 2.0;
        let sign = Rect::from_center_size(pos2(left + 4.0, below.center().y), vec2(8.0, 8.0));
        look::paint_mark(ui.painter(), sign, mark, ink);
        let at = pos2(left + SIGN, below.center().y - text.size().y / 2.0);
        ui.painter().galley(at, text, visuals.text_color());
    }
    response.on_hover_text(about);
}
