//! The samples of a cell of the matrix.

use std::sync::Arc;

use eframe::egui::{Button, Label, RichText, ScrollArea, Ui, vec2};

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

/// What is known of the samples of a cell.
#[derive(Clone, Copy)]
pub enum Known<'a> {
    Predictions(&'a Predictions),
    /// Why there will be no predictions.
    Failed(&'a str),
    Nothing,
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
    /// Shows the samples of a cell as the network takes them now, whichever epoch before the matrix is of.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        run: &RunView,
        opened: &Opened,
        before: Option<u32>,
        known: Known<'_>,
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
            let can_look = run.is_working() || matches!(known, Known::Failed(_));
            let again = ui.add_enabled(can_look, Button::new("Look again"));
            let help = "With the network as it is now";
            if again.on_hover_text(help).clicked() {
                wish = Some(Wish::LookAgain);
            }
        });
        let (Some(dataset), Known::Predictions(predictions)) = (&run.dataset, known) else {
            waiting(ui, run, known);
            return wish;
        };
        if let Some(epoch) = before {
            let text = format!(
                "The matrix is of epoch {epoch}; the samples are {}.",
                as_it_is(run)
            );
            ui.add(Label::new(RichText::new(text).color(ui.visuals().warn_fg_color)).wrap());
        }
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
        let as_it_is = as_it_is(run);
        ui.weak(match found.len() {
            0 => format!("None of the samples of dev, {as_it_is}"),
            1 => format!("1 sample, {as_it_is}"),
            count if count > shown => format!("{shown} of {count} samples, {as_it_is}"),
            count => format!("{count} samples, {as_it_is}"),
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

/// Which network takes the samples for what they are taken for.
fn as_it_is(run: &RunView) -> &'static str {
    match run.is_working() {
        true => "as the network is now",
        false => "as the network is since the run ended",
    }
}

/// Says what is waited for, or why that is in vain.
fn waiting(ui: &mut Ui, run: &RunView, known: Known<'_>) {
    let kept_none = !run.is_working() && run.folder.is_none() && run.state.is_none();
    let why = match known {
        Known::Failed(error) => Some(error),
        _ if kept_none => Some(
            "No pictures: the run is over and kept no model, as it had no folder (--runs-path=off).",
        ),
        _ => None,
    };
    if let Some(why) = why {
        let text = RichText::new(why).color(ui.visuals().error_fg_color);
        ui.add(Label::new(text).wrap());
        return;
    }
    ui.horizontal(|ui| {
        ui.spinner();
        ui.weak("The network looks at the samples of dev…");
    });
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
