//! Samples of the data set, before and after preprocessing, and as training varies them.

use eframe::egui::{
    self, Color32, ColorImage, Context, Grid, ScrollArea, TextureHandle, TextureOptions, Ui, vec2,
};

use super::fields::error_color;
use crate::config::{CacheChoice, DataConfig};
use crate::gui::action::{Action, Actions};
use crate::gui::lab::{Answer, Job, JobKind, Picture, Sample};

/// In seconds: nobody is done typing before.
const PATIENCE: f64 = 0.3;
/// Of a picture on the screen, in points.
const SIDE: f32 = 72.0;

/// A sample as it is drawn.
struct Shown {
    class: String,
    original: TextureHandle,
    prepared: TextureHandle,
    augmented: Vec<TextureHandle>,
}

/// Asks for samples when the data changes, and shows them.
#[derive(Default)]
pub struct Preview {
    /// What is to be shown, and since when.
    wanted: Option<(DataConfig, f64)>,
    /// What was asked for last.
    asked: Option<DataConfig>,
    /// No answer came yet.
    waits: bool,
    /// An answer that has no textures yet.
    fresh: Option<(Vec<String>, Vec<Sample>)>,
    classes: usize,
    shown: Vec<Shown>,
    size: [usize; 2],
    error: Option<String>,
}

impl Preview {
    /// Takes what came of a job, if it is its own.
    pub fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Previewed {
                config,
                classes,
                samples,
            } if self.asked.as_ref() == Some(&**config) => {
                self.waits = false;
                self.error = None;
                self.fresh = Some((classes.clone(), samples.clone()));
            }
            Answer::Failed {
                kind: JobKind::Preview,
                error,
                ..
            } => {
                self.waits = false;
                self.error = Some(error.clone());
            }
            _ => {}
        }
    }

    /// Asks for samples of this data, once it has not changed for a moment.
    pub fn want(&mut self, ctx: &Context, data: &DataConfig, actions: &mut Actions) {
        // What is shown is never worth keeping.
        let data = DataConfig {
            cache: CacheChoice::Off,
            ..data.clone()
        };
        let now = ctx.input(|input| input.time);
        if self.asked.as_ref() == Some(&data) {
            self.wanted = None;
            return;
        }
        let since = match &self.wanted {
            Some((wanted, since)) if *wanted == data => *since,
            // The first one need not wait: nobody types.
            _ if self.asked.is_none() => now - PATIENCE,
            _ => now,
        };
        if now - since < PATIENCE {
            let rest = PATIENCE - (now - since);
            ctx.request_repaint_after_secs(rest as f32);
            self.wanted = Some((data, since));
            return;
        }
        self.wanted = None;
        self.waits = true;
        self.asked = Some(data.clone());
        actions.push(Action::Do(Job::Preview(Box::new(data))));
    }

    pub fn ui(&mut self, ui: &mut Ui) {
        if let Some((classes, samples)) = self.fresh.take() {
            self.classes = classes.len();
            self.size = samples.first().map_or([0; 2], |sample| {
                [sample.prepared.width, sample.prepared.height]
            });
            self.shown = samples
                .into_iter()
                .map(|sample| Shown::of(ui.ctx(), sample))
                .collect();
        }
        ui.horizontal(|ui| {
            ui.strong("What the model will see");
            if self.waits {
                ui.spinner();
            }
        });
        if let Some(error) = &self.error {
            let text = egui::RichText::new(error).color(error_color(ui));
            ui.add(egui::Label::new(text).wrap());
            return;
        }
        if self.shown.is_empty() {
            ui.weak(if self.waits {
                "Reading some samples ..."
            } else {
                "No samples."
            });
            return;
        }
        let [width, height] = self.size;
        ui.weak(format!(
            "{} of {} classes, {width} \u{d7} {height} pixels",
            count_of_classes(&self.shown),
            self.classes
        ));
        ScrollArea::both()
            .id_salt("samples")
            .auto_shrink([false, true])
            .show(ui, |ui| {
                Grid::new("samples")
                    .spacing(vec2(12.0, 8.0))
                    .show(ui, |ui| self.grid(ui));
            });
    }

    fn grid(&self, ui: &mut Ui) {
        let epochs = self.shown.iter().map(|shown| shown.augmented.len()).max();
        for title in ["class", "file", "prepared"] {
            ui.weak(title);
        }
        for epoch in 1..=epochs.unwrap_or(0) {
            ui.weak(format!("epoch {epoch}"))
                .on_hover_text("As training varies it, anew in each epoch");
        }
        ui.end_row();
        for shown in &self.shown {
            let class = &shown.class;
            ui.add(egui::Label::new(class).truncate());
            picture(ui, &shown.original, &format!("{class}: the file"));
            picture(ui, &shown.prepared, &format!("{class}: prepared"));
            for (epoch, augmented) in (1..).zip(&shown.augmented) {
                picture(ui, augmented, &format!("{class}: in epoch {epoch}"));
            }
            ui.end_row();
        }
    }
}

fn count_of_classes(shown: &[Shown]) -> usize {
    let mut classes: Vec<_> = shown.iter().map(|shown| &shown.class).collect();
    classes.dedup();
    classes.len()
}

impl Shown {
    fn of(ctx: &Context, sample: Sample) -> Self {
        let augmented = sample.augmented.iter();
        Self {
            original: texture(ctx, &sample.original, TextureOptions::LINEAR),
            prepared: texture(ctx, &sample.prepared, TextureOptions::NEAREST),
            augmented: augmented
                .map(|picture| texture(ctx, picture, TextureOptions::NEAREST))
                .collect(),
            class: sample.class,
        }
    }
}

/// Of a picture whose pixels may be fewer than its size says, and whose size may be more than a device takes.
pub fn texture(ctx: &Context, picture: &Picture, options: TextureOptions) -> TextureHandle {
    let most = ctx.input(|input| input.max_texture_side).max(1);
    let step = picture.width.max(picture.height).div_ceil(most).max(1);
    let (width, height) = (picture.width.div_ceil(step), picture.height.div_ceil(step));
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let first = 3 * (y * step * picture.width + x * step);
            pixels.push(match picture.pixels.get(first..first + 3) {
                Some(&[red, green, blue]) => Color32::from_rgb(red, green, blue),
                _ => Color32::TRANSPARENT,
            });
        }
    }
    ctx.load_texture("sample", ColorImage::new([width, height], pixels), options)
}

/// A picture in a square, with a name.
fn picture(ui: &mut Ui, texture: &TextureHandle, name: &str) {
    let size = texture.size_vec2();
    let longest = size.max_elem().max(1.0);
    let image = egui::Image::from_texture(texture)
        .fit_to_exact_size(size * (SIDE / longest))
        .alt_text(name);
    ui.add(image).on_hover_text(name);
}
