//! The table of past runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use eframe::egui::{self, Color32, Rect, Role, ScrollArea, Sense, Ui, pos2, vec2};

use crate::gui::lab::ListedRun;
use crate::gui::panels::look::{named, percent};

/// Of a row, in points.
const ROW: f32 = 24.0;
/// Of the list, in points, where the window leaves less.
const LEAST_HEIGHT: f32 = 240.0;

/// Where the columns of the list begin, in points: run, data set, accuracy, epochs, date.
const COLUMNS: [(&str, f32); 5] = [
    ("run", 28.0),
    ("data set", 270.0),
    ("dev accuracy", 430.0),
    ("status", 560.0),
    ("begun (UTC)", 680.0),
];

/// The runs, of which those in sight are drawn. Those to open.
pub fn table(ui: &mut Ui, runs: &[ListedRun], chosen: &mut BTreeSet<PathBuf>) -> Vec<PathBuf> {
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
        .max_height(left.max(LEAST_HEIGHT))
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
