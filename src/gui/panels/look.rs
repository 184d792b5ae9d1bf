//! What the panels have in common: colours, words for numbers, names for what is painted.

use eframe::egui::{self, Color32, Painter, Rect, Response, Role, Stroke, Ui, WidgetInfo, vec2};

use crate::gui::state::{Phase, RunView};
use crate::report::Kind;

/// The colour of a run on the ground of the window.
pub fn run_color(ui: &Ui, run: &RunView) -> Color32 {
    let [red, green, blue] = match ui.visuals().dark_mode {
        true => run.color.dark,
        false => run.color.light,
    };
    Color32::from_rgb(red, green, blue)
}

/// Size of words beside what counts more.
pub const SMALL: f32 = 11.0;

/// What stands where there is nothing to draw.
pub fn nothing(ui: &mut Ui, text: &str) {
    let height = ui.available_height();
    let space = if height.is_finite() {
        (0.4 * height).clamp(8.0, 160.0)
    } else {
        8.0
    };
    ui.vertical_centered(|ui| {
        ui.add_space(space);
        ui.weak(text);
    });
}

/// Names something that is painted.
pub fn named(response: &Response, role: Role, text: &str) {
    response.widget_info(|| WidgetInfo::labeled(role, true, text));
}

/// The name of a class, or its number where it has none.
pub fn class_name(classes: &[String], class: usize) -> String {
    let name = classes.get(class).filter(|name| !name.is_empty());
    name.map_or_else(|| format!("class {class}"), Clone::clone)
}

/// At most so many characters, the last of them three dots where some are left out.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// A share of 0 to 1.
pub fn percent(share: f64) -> String {
    Kind::Share.text(share)
}

pub fn cost(cost: f64) -> String {
    Kind::Cost.text(cost)
}

/// Seconds as people say them.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-".to_owned();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// A count with spaces between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// Bytes, as the operating system's tools show them.
pub fn bytes(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    match mib {
        ..1024.0 => format!("{mib:.0} MiB"),
        _ => format!("{:.1} GiB", mib / 1024.0),
    }
}

/// How far a run is: epochs done, of how many.
pub fn progress(run: &RunView) -> (u32, u32) {
    let done = run.epochs.last().map_or(0, |last| last.epoch + 1);
    (done, run.config.training.epochs.max(done))
}

/// Where a run stands, in a word.
pub fn phase(run: &RunView) -> &'static str {
    match &run.phase {
        Phase::Working => "training",
        Phase::Over(status, _) => status.name(),
    }
}

/// Black or white, whichever is read better on a colour.
pub fn ink_on(ground: Color32) -> Color32 {
    // The luma of Rec. 601.
    let [red, green, blue, _] = ground.to_array().map(f32::from);
    match 0.299 * red + 0.587 * green + 0.114 * blue {
        ..140.0 => Color32::WHITE,
        _ => Color32::BLACK,
    }
}

/// Blue, for what is right or positive, and orange, for what is wrong or negative: far apart also for people who
/// confuse red and green.
pub fn poles(dark: bool) -> [Color32; 2] {
    match dark {
        false => [Color32::from_rgb(0, 98, 160), Color32::from_rgb(200, 80, 0)],
        true => [
            Color32::from_rgb(86, 170, 230),
            Color32::from_rgb(255, 138, 76),
        ],
    }
}

/// A sign that is told from others by its shape. Painted, because fonts need not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Right,
    Wrong,
    Warning,
    Info,
    Up,
    Down,
}

/// Shows a sign.
pub fn mark(ui: &mut Ui, mark: Mark, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover());
    paint_mark(ui.painter(), rect, mark, color);
}

/// Paints a sign.
pub fn paint_mark(painter: &Painter, rect: Rect, mark: Mark, color: Color32) {
    let at = |x: f32, y: f32| rect.min + vec2(x * rect.width(), y * rect.height());
    let stroke = Stroke::new(1.8, color);
    let thin = Stroke::new(1.2, color);
    match mark {
        Mark::Right => {
            painter.line(vec![at(0.1, 0.55), at(0.4, 0.85), at(0.92, 0.15)], stroke);
        }
        Mark::Wrong => {
            painter.line_segment([at(0.15, 0.15), at(0.85, 0.85)], stroke);
            painter.line_segment([at(0.15, 0.85), at(0.85, 0.15)], stroke);
        }
        Mark::Warning => {
            let corners = vec![at(0.5, 0.04), at(1.0, 0.94), at(0.0, 0.94)];
            painter.add(egui::Shape::closed_line(corners, thin));
            painter.line_segment([at(0.5, 0.36), at(0.5, 0.64)], stroke);
            painter.circle_filled(at(0.5, 0.79), 1.0, color);
        }
        Mark::Info => {
            painter.circle_stroke(rect.center(), rect.width() / 2.0, thin);
            painter.line_segment([at(0.5, 0.45), at(0.5, 0.78)], stroke);
            painter.circle_filled(at(0.5, 0.27), 1.0, color);
        }
        Mark::Up | Mark::Down => {
            let (base, tip) = if mark == Mark::Up {
                (0.7, 0.3)
            } else {
                (0.3, 0.7)
            };
            let corners = vec![at(0.15, base), at(0.85, base), at(0.5, tip)];
            painter.add(egui::Shape::convex_polygon(corners, color, Stroke::NONE));
        }
    }
}

/// A label of something so wide, in the same line of a wrapped layout as that.
pub fn label_of(ui: &mut Ui, text: &str, width: f32) -> Response {
    let label = egui::WidgetText::from(text);
    let cut = Some(egui::TextWrapMode::Extend);
    let galley = label.into_galley(ui, cut, f32::INFINITY, egui::TextStyle::Body);
    let needed = galley.size().x + ui.spacing().item_spacing.x + width;
    let is_begun = ui.cursor().left() > ui.max_rect().left();
    if is_begun && ui.available_size_before_wrap().x < needed {
        ui.end_row();
    }
    // As high as what stands beside it, also where it is the first of a line.
    let size = vec2(galley.size().x, ui.spacing().interact_size.y);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| ui.label(galley))
        .inner
}

/// A heading of a part of a panel, with a few words beside it.
pub fn heading(ui: &mut Ui, title: &str, beside: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(title).strong());
        if !beside.is_empty() {
            ui.weak(beside);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_people_say_them() {
        let texts = [
            (0.0, "0.0 s"),
            (9.4, "9.4 s"),
            (59.6, "1 min 0 s"),
            (125.0, "2 min 5 s"),
            (7320.0, "2 h 2 min"),
            (90_000.0, "1 d 1 h"),
            (f64::NAN, "-"),
            (-1.0, "-"),
        ];
        for (seconds, text) in texts {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn long_names_end_in_dots_and_short_ones_stay() {
        assert_eq!(shortened("aubergine", 9), "aubergine");
        assert_eq!(shortened("aubergine", 5), "aube…");
        assert_eq!(shortened("äöü", 2), "ä…");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(grouped(999), "999");
    }
}
