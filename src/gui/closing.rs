//! Closing the window: asks while runs are at work, lets them be saved, then lets go.

use eframe::egui;

/// Where closing stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Closing {
    #[default]
    No,
    /// A person is asked.
    Asking,
    /// The runs are stopped and saved.
    Saving,
    /// Nothing holds the window any more.
    Now,
}

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Stop,
    Stay,
}

impl Closing {
    /// Hears whether the window is asked to close; holds it while that must not be.
    pub fn hear(&mut self, ctx: &egui::Context, is_working: bool) {
        if !ctx.input(|input| input.viewport().close_requested()) || *self == Self::Now {
            return;
        }
        if *self == Self::No && !is_working {
            *self = Self::Now;
            return;
        }
        ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        if *self == Self::No {
            *self = Self::Asking;
        }
    }

    /// Asks, or tells that it is saved.
    pub fn ui(&mut self, ctx: &egui::Context, runs: usize) -> Option<Answer> {
        let mut answer = None;
        match self {
            Self::No | Self::Now => {}
            Self::Asking => {
                let modal = egui::Modal::new(egui::Id::unique("closing")).show(ctx, |ui| {
                    ui.set_max_width(360.0);
                    ui.heading("Runs are at work");
                    ui.label(match runs {
                        1 => "Stop the run? It is saved, and --resume goes on with it.".to_owned(),
                        _ => format!(
                            "Stop {runs} runs? They are saved, and --resume goes on with each."
                        ),
                    });
                    ui.add_space(8.0);
                    ui.horizontal(|ui| {
                        if ui.button("Stop, save and close").clicked() {
                            answer = Some(Answer::Stop);
                        }
                        if ui.button("Keep training").clicked() {
                            answer = Some(Answer::Stay);
                        }
                    });
                });
                if modal.should_close() {
                    answer = Some(Answer::Stay);
                }
            }
            Self::Saving => {
                egui::Modal::new(egui::Id::unique("closing")).show(ctx, |ui| {
                    ui.horizontal(|ui| {
                        ui.spinner();
                        ui.label("Stopping and saving…");
                    });
                });
            }
        }
        match answer {
            Some(Answer::Stop) => *self = Self::Saving,
            Some(Answer::Stay) => *self = Self::No,
            None => {}
        }
        answer
    }
}
