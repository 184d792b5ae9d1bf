//! The matrix as it is drawn: an image of its colours, with text where there is room.

use std::f32::consts::FRAC_PI_2;
use std::sync::Arc;

use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, TextStyle,
    Ui, Vec2, epaint::TextShape, pos2, vec2,
};

use super::Table;
use crate::gui::panels::look;
use crate::gui::panels::picture::Sheet;
use crate::train::ConfusionMatrix;

/// Classes up to which each cell can be reached by keyboard, and has its text.
const MOST_CELLS_APART: usize = 20;
/// Classes up to which the matrix is drawn.
const MOST_CLASSES: usize = 2048;
/// Least side of a cell with numbers, or of one with a name beside it.
const SIDE_FOR_TEXT: f32 = 22.0;
const SIDE_FOR_NAMES: f32 = 12.0;
/// Largest side of a cell.
const LARGEST_SIDE: f32 = 72.0;

/// What is on the texture of the colours.
pub struct Painted {
    matrix: Arc<ConfusionMatrix>,
    dark: bool,
}

impl PartialEq for Painted {
    fn eq(&self, other: &Self) -> bool {
        self.dark == other.dark && Arc::ptr_eq(&self.matrix, &other.matrix)
    }
}

/// Where the cells are.
struct Place {
    rect: Rect,
    side: f32,
}

impl Place {
    fn cell(&self, label: usize, predicted: usize) -> Rect {
        let corner = self.rect.min + self.side * vec2(predicted as f32, label as f32);
        Rect::from_min_size(corner, Vec2::splat(self.side))
    }
}

/// Draws the matrix into the space there is, `opened` with a frame, and says which cell was clicked: label and
/// prediction.
pub fn show(
    ui: &mut Ui,
    sheet: &mut Sheet<Painted>,
    table: &Table,
    names: &[String],
    space: Vec2,
    opened: Option<(usize, usize)>,
) -> Option<(usize, usize)> {
    let classes = table.classes();
    if classes == 0 || classes > MOST_CLASSES {
        look::nothing(ui, &format!("{classes} classes cannot be drawn."));
        return None;
    }
    let dark = ui.visuals().dark_mode;
    let key = Painted {
        matrix: Arc::clone(&table.matrix),
        dark,
    };
    let ground = ui.visuals().extreme_bg_color;
    sheet.show_image(ui.ctx(), key, || image(table, dark, ground));

    let font = TextStyle::Small.resolve(ui.style());
    let line = ui.text_style_height(&TextStyle::Small);
    let names: Vec<String> = (0..classes.min(200))
        .map(|class| look::shortened(&look::class_name(names, class), 14))
        .collect();
    let widths = names.iter().map(|name| width_of(ui, name, &font));
    let widest = widths.fold(0.0, f32::max);
    let guess = ((space.x - widest - line).min(space.y - 2.0 * line) / classes as f32).max(0.0);
    let has_names = guess >= SIDE_FOR_NAMES;
    // Names of columns lie flat where they fit, else they stand.
    let stands = widest > guess - 4.0;
    let [left, top] = match has_names {
        true => [widest + 8.0, if stands { widest + 6.0 } else { line + 4.0 }],
        false => [0.0, 0.0],
    };
    let [left, top] = [left + line + 6.0, top + line + 4.0];
    let side = ((space.x - left).min(space.y - top) / classes as f32).min(LARGEST_SIDE);
    if !side.is_finite() || side * classes as f32 <= 24.0 {
        ui.weak("The matrix needs more room.");
        return None;
    }
    let extent = Vec2::splat(side * classes as f32);
    let (all, _) = ui.allocate_exact_size(extent + vec2(left, top), Sense::hover());
    let place = Place {
        rect: Rect::from_min_size(all.min + vec2(left, top), extent),
        side,
    };
    sheet.paint(ui, 0, place.rect);
    let painter = ui.painter().clone();
    let weak = ui.visuals().weak_text_color();
    painter.text(
        pos2(place.rect.center().x, all.top()),
        Align2::CENTER_TOP,
        "prediction",
        font.clone(),
        weak,
    );
    standing_text(
        &painter,
        "label",
        pos2(all.left(), place.rect.center().y),
        &font,
        weak,
    );
    if has_names {
        paint_names(ui, &painter, &place, &names, &font, stands);
    }
    if side >= 6.0 {
        paint_grid(ui, &painter, &place, classes);
    }
    if side >= SIDE_FOR_TEXT {
        paint_numbers(ui, &painter, &place, table, ground);
    }
    let clicked = match classes <= MOST_CELLS_APART {
        true => each_cell(ui, &place, table, &names),
        false => all_cells(ui, &place, table, &names),
    };
    if let Some((label, predicted)) = opened {
        let stroke = Stroke::new(2.5, ui.visuals().strong_text_color());
        let cell = place.cell(label, predicted);
        painter.rect_stroke(cell, 1.0, stroke, egui::StrokeKind::Inside);
    }
    clicked
}

/// A pixel a cell.
fn image(table: &Table, dark: bool, ground: Color32) -> ColorImage {
    let classes = table.classes();
    let cells = (0..classes * classes)
        .map(|cell| color(table, cell / classes, cell % classes, dark, ground));
    ColorImage::new([classes, classes], cells.collect())
}

/// What is right in one hue, what is wrong in another; the share by its square root, so that few mistakes are seen.
fn color(table: &Table, label: usize, predicted: usize, dark: bool, ground: Color32) -> Color32 {
    let pole = look::poles(dark)[usize::from(label != predicted)];
    ground.lerp_to_gamma(pole, table.share(label, predicted).sqrt() as f32)
}

fn width_of(ui: &Ui, text: &str, font: &FontId) -> f32 {
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER);
    galley.size().x
}

/// Text from below to above, in the middle of `left_center`.
fn standing_text(painter: &Painter, text: &str, left_center: Pos2, font: &FontId, color: Color32) {
    let galley = painter.layout_no_wrap(text.to_owned(), font.clone(), color);
    let corner = left_center + vec2(0.0, galley.size().x / 2.0);
    painter.add(TextShape::new(corner, galley, color).with_angle(-FRAC_PI_2));
}

fn paint_names(
    ui: &Ui,
    painter: &Painter,
    place: &Place,
    names: &[String],
    font: &FontId,
    stands: bool,
) {
    let color = ui.visuals().text_color();
    for (class, name) in names.iter().enumerate() {
        let row = place.cell(class, 0).left_center() - vec2(6.0, 0.0);
        painter.text(row, Align2::RIGHT_CENTER, name, font.clone(), color);
        let column = place.cell(0, class).center_top() - vec2(0.0, 4.0);
        if stands {
            let galley = painter.layout_no_wrap(name.clone(), font.clone(), color);
            let corner = column - vec2(galley.size().y / 2.0, 0.0);
            painter.add(TextShape::new(corner, galley, color).with_angle(-FRAC_PI_2));
        } else {
            painter.text(column, Align2::CENTER_BOTTOM, name, font.clone(), color);
        }
    }
}

fn paint_grid(ui: &Ui, painter: &Painter, place: &Place, classes: usize) {
    let stroke = Stroke::new(1.0, ui.visuals().panel_fill);
    for line in 1..classes {
        let at = place.rect.min + place.side * Vec2::splat(line as f32);
        painter.hline(place.rect.x_range(), at.y, stroke);
        painter.vline(at.x, place.rect.y_range(), stroke);
    }
    let outline = ui.visuals().widgets.noninteractive.bg_stroke;
    painter.rect_stroke(place.rect, 0.0, outline, egui::StrokeKind::Outside);
}

fn paint_numbers(ui: &Ui, painter: &Painter, place: &Place, table: &Table, ground: Color32) {
    let dark = ui.visuals().dark_mode;
    let small = TextStyle::Small.resolve(ui.style());
    let body = FontId {
        size: small.size.max((0.3 * place.side).min(15.0)),
        ..small.clone()
    };
    let with_share = place.side >= 40.0;
    for label in 0..table.classes() {
        for predicted in 0..table.classes() {
            let count = table.count(label, predicted);
            let cell = place.cell(label, predicted);
            if count == 0 || !ui.is_rect_visible(cell) {
                continue;
            }
            let ink = look::ink_on(color(table, label, predicted, dark, ground));
            let up = if with_share { 0.14 * place.side } else { 0.0 };
            let at = cell.center() - vec2(0.0, up);
            painter.text(at, Align2::CENTER_CENTER, count, body.clone(), ink);
            if with_share {
                let at = cell.center() + vec2(0.0, 0.22 * place.side);
                let share = format!("{:.0}%", 100.0 * table.share(label, predicted));
                painter.text(at, Align2::CENTER_CENTER, share, small.clone(), ink);
            }
        }
    }
}

/// What a cell says.
fn words(table: &Table, names: &[String], label: usize, predicted: usize) -> String {
    let [of, taken] = [label, predicted].map(|class| look::class_name(names, class));
    let count = table.count(label, predicted);
    let share = look::percent(table.share(label, predicted));
    match label == predicted {
        true => format!("{of} taken for what it is: {count}, {share}"),
        false => format!("{of} taken for {taken}: {count}, {share}"),
    }
}

/// Each cell is something to click, with a name.
fn each_cell(ui: &Ui, place: &Place, table: &Table, names: &[String]) -> Option<(usize, usize)> {
    let mut clicked = None;
    for label in 0..table.classes() {
        for predicted in 0..table.classes() {
            let rect = place.cell(label, predicted);
            let id = ui.scope_id().with(("cell", label, predicted));
            let response = ui.interact(rect, id, Sense::click());
            let text = words(table, names, label, predicted);
            look::named(&response, Role::Button, &text);
            if response.hovered() || response.has_focus() {
                let stroke = Stroke::new(1.5, ui.visuals().strong_text_color());
                ui.painter()
                    .rect_stroke(rect, 1.0, stroke, egui::StrokeKind::Inside);
            }
            if response.clicked() {
                clicked = Some((label, predicted));
            }
            response.on_hover_text_at_pointer(text);
        }
    }
    clicked
}

/// The cell below the pointer.
fn all_cells(ui: &Ui, place: &Place, table: &Table, names: &[String]) -> Option<(usize, usize)> {
    let id = ui.scope_id().with("cells");
    let response = ui.interact(place.rect, id, Sense::click());
    let classes = table.classes();
    let text = format!("Confusion matrix of {classes} classes");
    look::named(&response, Role::Image, &text);
    let pointer = response.hover_pos().or(response.interact_pointer_pos())?;
    let at = (pointer - place.rect.min) / place.side;
    let [label, predicted] = [at.y, at.x].map(|at| (at.max(0.0) as usize).min(classes - 1));
    let clicked = response.clicked();
    response.on_hover_text_at_pointer(words(table, names, label, predicted));
    clicked.then_some((label, predicted))
}
