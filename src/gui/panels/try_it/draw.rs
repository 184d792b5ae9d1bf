//! What is tried: the canvas and its tools, or a file.

use std::path::PathBuf;

use eframe::egui::{self, Slider, TextEdit, Ui};

use super::{CANVAS, Source, TryPanel};

impl TryPanel {
    /// The canvas and its tools, and the file to take instead.
    pub(super) fn draw(&mut self, ui: &mut Ui) {
        let side = CANVAS.min(ui.available_width()).max(64.0);
        let (_, mut drawn) = self.canvas.ui(ui, side);
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let clear = ui.button("Clear");
            if clear.on_hover_text("An empty canvas").clicked() {
                self.canvas.clear();
                self.seen = None;
                drawn = true;
            }
            let undo = ui.add_enabled(!self.canvas.is_empty(), egui::Button::new("Undo"));
            if undo.on_hover_text("Takes the last stroke away").clicked() {
                self.canvas.undo();
                drawn = true;
            }
            let swap = ui.button("Swap colours");
            if swap
                .on_hover_text("Light on dark, or dark on light")
                .clicked()
            {
                self.canvas.swap();
                drawn = true;
            }
            let ink = ui.name_inputs("Ink", |ui| ui.color_edit_button_srgb(&mut self.canvas.ink));
            drawn |= ink.on_hover_text("Ink").changed();
            let ground = ui.name_inputs("Ground", |ui| {
                ui.color_edit_button_srgb(&mut self.canvas.ground)
            });
            drawn |= ground.on_hover_text("Ground").changed();
        });
        ui.horizontal(|ui| {
            let label = ui.label("Pen");
            let mut percent = self.canvas.pen * 100.0;
            let slider = Slider::new(&mut percent, 1.0..=30.0)
                .suffix(" %")
                .fixed_decimals(0);
            let slider = ui.add(slider).labelled_by(label.id);
            if slider
                .on_hover_text("Width of the pen, of the side")
                .changed()
            {
                self.canvas.pen = percent / 100.0;
                drawn = true;
            }
        });
        if drawn {
            self.source = Source::Drawing;
            self.stale = true;
        }
        ui.add_space(12.0);
        let label = ui.label("Or a picture of yours: drop it on the window, or name it");
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut self.path)
                .id_salt("picture")
                .hint_text("path of a picture")
                .desired_width(side - 72.0);
            let edit = ui.add(edit).labelled_by(label.id);
            let enter = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let named = !self.path.trim().is_empty();
            let button = ui.add_enabled(named, egui::Button::new("Try file"));
            if named && (enter || button.clicked()) {
                let path = PathBuf::from(self.path.trim());
                self.drop_file(&path);
            }
        });
    }
}
