//! What is taken for something else most often.

use eframe::egui::{self, Ui};

use super::table::Table;
use crate::gui::panels::look;
use crate::gui::state::RunView;

/// The most frequent mistakes, each a button that opens its samples.
pub fn mistakes(ui: &mut Ui, run: &RunView, table: &Table, opens: bool) -> Option<(usize, usize)> {
    let mut clicked = None;
    ui.strong("Most frequent mistakes");
    if table.mistakes.is_empty() {
        ui.weak("None.");
        return None;
    }
    let shown = egui::ScrollArea::vertical().id_salt("mistakes");
    shown.auto_shrink([false, false]).show(ui, |ui| {
        for (label, predicted, count) in &table.mistakes {
            let [of, taken] = [*label, *predicted]
                .map(|class| look::shortened(&look::class_name(&run.classes, class), 18));
            ui.horizontal(|ui| {
                let text = format!("{of} as {taken}");
                if opens {
                    let button = ui.button(text).on_hover_text("Shows these samples");
                    if button.clicked() {
                        clicked = Some((*label, *predicted));
                    }
                } else {
                    ui.label(text);
                }
                let share = look::percent(table.share(*label, *predicted));
                ui.weak(format!("{count}, {share} of {of}"));
            });
        }
    });
    clicked
}
