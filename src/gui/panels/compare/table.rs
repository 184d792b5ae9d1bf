//! How the table is drawn.

use eframe::egui::{self, Align, Label, Layout, RichText, Role, Sense, Ui};
use egui_extras::TableRow;

use super::rows::{By, Line};
use crate::gui::action::{Action, Actions};
use crate::gui::panels::look::{self, Mark};
use crate::gui::state::ViewState;
use crate::report::{COLUMNS, RowKind, Values};

/// The headings; gives the column that is to be sorted by.
pub fn head(row: &mut TableRow, sorted_by: By, falling: bool) -> Option<By> {
    let mut wish = None;
    let mut cell = |row: &mut TableRow, by: By, text: &str, from_left: bool| {
        let (_, whole) = row.col(|ui| {
            let layout = match from_left {
                true => Layout::left_to_right(Align::Center),
                false => Layout::right_to_left(Align::Center),
            };
            ui.with_layout(layout, |ui| {
                let sign = match falling {
                    true => Mark::Down,
                    false => Mark::Up,
                };
                if sorted_by == by && !from_left {
                    look::mark(ui, sign, ui.visuals().text_color());
                }
                let button = egui::Button::new(RichText::new(text).strong()).frame(false);
                let button = ui.add(button).on_hover_text("Sorts by this column");
                if button.clicked() {
                    wish = Some(by);
                }
                if sorted_by == by && from_left {
                    look::mark(ui, sign, ui.visuals().text_color());
                }
            });
        });
        if whole.clicked() {
            wish = Some(by);
        }
    };
    cell(row, By::Name, "run", true);
    cell(row, By::Status, "status", true);
    for (place, column) in COLUMNS.iter().enumerate() {
        cell(row, By::Column(place), column.heading, false);
    }
    wish
}

/// A run, or what several have on average.
pub fn line(
    row: &mut TableRow,
    of: &Line,
    state: &ViewState,
    best: &Values,
    actions: &mut Actions,
) {
    let left = Layout::left_to_right(Align::Center);
    let mut is_clicked = false;
    row.col(|ui| {
        ui.with_layout(left, |ui| {
            let (swatch, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), Sense::hover());
            let Some(run) = of.run.as_ref().and_then(|key| state.run(key)) else {
                return name_of_several(ui, of);
            };
            let color = look::run_color(ui, run);
            ui.painter().rect_filled(swatch, 2.0, color);
            let name = egui::Button::new(&of.row.name).frame(false).truncate();
            is_clicked = ui.add(name).on_hover_text(&of.row.name).clicked();
        });
    });
    row.col(|ui| {
        ui.with_layout(left, |ui| {
            ui.add(Label::new(of.status).selectable(false).truncate());
        });
    });
    for ((text, value), best) in of.row.texts().zip(of.row.values).zip(best) {
        row.col(|ui| {
            let is_best = of.row.kind == RowKind::Run && best.is_some() && value == *best;
            number(ui, of.row.kind, text, is_best);
        });
    }
    is_clicked |= row.response().clicked();
    if let Some(run) = of.run.as_ref().filter(|_| is_clicked) {
        actions.push(Action::Select(run.clone()));
    }
}

/// The runs that it speaks of stand above.
fn name_of_several(ui: &mut Ui, of: &Line) {
    let text = match of.row.kind {
        RowKind::Deviation => "standard deviation".to_owned(),
        _ => format!("mean of {}", of.row.runs),
    };
    let label = Label::new(RichText::new(text).italics()).selectable(false);
    let label = ui.add(label.truncate());
    look::named(&label, Role::Label, &of.row.label());
    label.on_hover_text(of.row.label());
}

fn number(ui: &mut Ui, kind: RowKind, text: Option<String>, is_best: bool) {
    let text = match (kind, text) {
        (_, None) => RichText::new("-").weak(),
        (RowKind::Run, Some(text)) if is_best => RichText::new(text).strong(),
        (RowKind::Run, Some(text)) => RichText::new(text),
        (RowKind::Mean, Some(text)) => RichText::new(text).italics(),
        (RowKind::Deviation, Some(text)) => RichText::new(format!("± {text}")).italics(),
    };
    let label = ui.add(Label::new(text).selectable(false));
    if is_best {
        let at = label.rect;
        let stroke = ui.visuals().strong_text_color();
        ui.painter()
            .hline(at.x_range(), at.bottom() + 1.0, (1.0, stroke));
    }
}
