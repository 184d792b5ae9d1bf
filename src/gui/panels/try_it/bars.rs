//! The shares of classes, as bars.

use eframe::egui::{self, Rect, Role, Sense, Ui, pos2, vec2};

use crate::gui::panels::look::{class_name, named, percent};

/// Classes that are shown.
const MOST_BARS: usize = 10;

/// The classes with the largest shares, the largest first; what is no number comes last.
fn largest(shares: &[f32]) -> Vec<(usize, f32)> {
    let mut largest: Vec<_> = shares.iter().copied().enumerate().collect();
    let number = |share: f32| if share.is_nan() { -1.0 } else { share };
    largest.sort_by(|a, b| number(b.1).total_cmp(&number(a.1)));
    largest.truncate(MOST_BARS);
    largest
}

/// A bar a class.
pub fn bars(ui: &mut Ui, shares: &[f32], classes: &[String]) {
    let width = ui.available_width().clamp(160.0, 420.0);
    for (place, (class, share)) in largest(shares).into_iter().enumerate() {
        let name = class_name(classes, class);
        let percent = percent(f64::from(share));
        let (rect, response) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
        let text = format!("{name}: {percent}");
        named(&response, Role::Label, &text);
        response.on_hover_text(text);
        let visuals = ui.visuals();
        let painter = ui.painter_at(rect);
        let [from, to] = [rect.left() + 110.0, rect.right() - 58.0];
        let full = (to - from).max(1.0);
        let bar = |share: f32| {
            let to = pos2(from + full * share.clamp(0.0, 1.0), rect.bottom() - 3.0);
            Rect::from_min_max(pos2(from, rect.top() + 3.0), to)
        };
        painter.rect_filled(bar(1.0), 3.0, visuals.extreme_bg_color);
        let color = match place {
            0 => visuals.selection.bg_fill,
            _ => visuals.widgets.inactive.bg_fill,
        };
        if share > 0.0 {
            painter.rect_filled(bar(share), 3.0, color);
        }
        let text_color = match place {
            0 => visuals.strong_text_color(),
            _ => visuals.text_color(),
        };
        let font = egui::TextStyle::Body.resolve(ui.style());
        let clipped = ui.painter_at(rect.with_max_x(from - 6.0));
        let left = pos2(rect.left(), rect.center().y);
        clipped.text(
            left,
            egui::Align2::LEFT_CENTER,
            name,
            font.clone(),
            text_color,
        );
        let right = pos2(rect.right(), rect.center().y);
        painter.text(right, egui::Align2::RIGHT_CENTER, percent, font, text_color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_sorted_and_what_is_no_number_comes_last() {
        let shares = [0.1, f32::NAN, 0.7, 0.2];
        let classes: Vec<_> = largest(&shares).iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, [2, 3, 0, 1]);
        assert_eq!(largest(&[0.5; 500]).len(), MOST_BARS);
        assert_eq!(largest(&[]), []);
    }
}
