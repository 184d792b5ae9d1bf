//! The samples of a cell of the matrix.

use std::sync::Arc;

use eframe::egui::{Button, ScrollArea, Ui, vec2};

use crate::data::Dataset;
use crate::gui::panels::look;
use crate::gui::panels::picture::{Sheet, sample_color};
use crate::gui::panels::samples::picture_with_caption;
use crate::gui::state::{RunKey, RunView};

/// Most pictures that are shown.
const MOST: usize = 200;

/// The cell that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub run: RunKey,
    pub label: usize,
    pub predicted: usize,
}

/// What the model of a run takes the samples of dev for.
pub struct Predictions {
    pub run: RunKey,
    pub classes: Vec<u32>,
    /// Tells one from another.
    pub number: u64,
}

/// The pictures of a cell.
#[derive(Default)]
pub struct Pictures {
    sheet: Sheet<(Opened, u64)>,
    /// Rows of the data set.
    found: Option<((Opened, u64), Vec<usize>)>,
}

/// What the person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Close,
    LookAgain,
}

impl Pictures {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        run: &RunView,
        opened: &Opened,
        predictions: Option<&Predictions>,
    ) -> Option<Wish> {
        let mut wish = None;
        let [label, predicted] =
            [opened.label, opened.predicted].map(|class| look::class_name(&run.classes, class));
        ui.horizontal_wrapped(|ui| {
            ui.strong(match opened.label == opened.predicted {
                true => format!("{label}, taken for what it is"),
                false => format!("{label} taken for {predicted}"),
            });
            if ui
                .button("Close")
                .on_hover_text("Hides these samples")
                .clicked()
            {
                wish = Some(Wish::Close);
            }
            let again = ui.add_enabled(run.is_working(), Button::new("Look again"));
            if again.on_hover_text("With the model as it is now").clicked() {
                wish = Some(Wish::LookAgain);
            }
        });
        let (Some(dataset), Some(predictions)) = (&run.dataset, predictions) else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.weak("The model looks at the samples of dev…");
            });
            return wish;
        };
        let key = (opened.clone(), predictions.number);
        if self.found.as_ref().is_none_or(|(found, _)| *found != key) {
            self.found = Some((key.clone(), rows(dataset, predictions, opened)));
        }
        let Some((_, found)) = &self.found else {
            return wish;
        };
        let features = dataset.features();
        let pictures = || {
            let row = |row: &usize| dataset.samples.get(row * features..(row + 1) * features);
            found.iter().take(MOST).filter_map(row).collect()
        };
        let shape = [dataset.width, dataset.height, dataset.channels];
        self.sheet
            .refresh(ui.ctx(), key, shape, pictures, sample_color);
        let shown = self.sheet.count().min(found.len());
        ui.weak(match found.len() {
            0 => "None of the samples of dev, as the model is now.".to_owned(),
            count if count > shown => format!("{shown} of {count} samples, as the model is now"),
            count => format!("{count} samples, as the model is now"),
        });
        let is_right = opened.label == opened.predicted;
        let taken = match is_right {
            true => String::new(),
            false => format!(" as {predicted}"),
        };
        ScrollArea::vertical()
            .id_salt("pictures")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                    for (index, row) in found.iter().take(shown).enumerate() {
                        let number = number_of(dataset, *row);
                        let caption = format!("{number} {label}{taken}");
                        let about = match dataset.paths.get(*row) {
                            Some(path) => format!("sample {number}: {}", path.display()),
                            None => format!("sample {number}: {label}, taken for {predicted}"),
                        };
                        picture_with_caption(ui, &self.sheet, index, &caption, is_right, &about);
                    }
                });
            });
        wish
    }
}

/// The rows of dev with a label that were taken for a class.
fn rows(dataset: &Arc<Dataset>, predictions: &Predictions, opened: &Opened) -> Vec<usize> {
    let dev = dataset.partitions.dev.clone();
    let taken = dev.zip(&predictions.classes);
    taken
        .filter(|(row, class)| {
            let label = dataset.labels.get(*row).map(|label| label.index());
            label == Some(opened.label) && **class as usize == opened.predicted
        })
        .map(|(row, _)| row)
        .collect()
}

fn number_of(dataset: &Dataset, row: usize) -> u32 {
    let number = dataset.sample_numbers.get(row);
    number.copied().unwrap_or(row as u32)
}
