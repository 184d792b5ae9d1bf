//! Steering: pause, steps, rates, and what is done with the selected run.

use eframe::egui::{self, Key, Ui};

use super::action::{Action, Actions};
use super::panels::look;
use super::state::{RunKey, RunView, ViewState};
use crate::config::Rates;
use crate::session::link::{Command, RunNumber};

/// Width of the first rate with what stands before it.
const FIRST_RATE: f32 = 180.0;
/// Width of the field of a rate.
const FIELD: f32 = 60.0;

/// The bar above the views.
#[derive(Default)]
pub struct Toolbar {
    /// Rates as a person is changing them, and whose they are.
    edited: Option<(RunKey, Rates)>,
    /// A file to write, as it is typed.
    path: String,
    export: Option<RunKey>,
}

impl Toolbar {
    pub fn ui(&mut self, ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
        ui.horizontal_wrapped(|ui| {
            pace(ui, state, actions);
            ui.separator();
            match state.selected() {
                Some(run) => self.run(ui, run, actions),
                None => {
                    ui.weak("No run selected");
                }
            }
        });
        self.export_window(ui.ctx(), state, actions);
    }

    /// Keys that steer, to be taken where no widget takes them.
    pub fn keys(&self, ctx: &egui::Context, state: &ViewState, actions: &mut Actions) {
        let is_pressed =
            |key| ctx.input(|input| input.key_pressed(key) && input.modifiers.is_none());
        if !state.is_working() {
            return;
        }
        if is_pressed(Key::Space) {
            // Some may rest while others train.
            let (can_pause, _) = can(state);
            actions.push(Action::Tell(match can_pause {
                true => Command::Pause,
                false => Command::Resume,
            }));
        }
        if is_pressed(Key::S) {
            actions.push(Action::Tell(Command::StepMinibatch));
        }
        if is_pressed(Key::E) {
            actions.push(Action::Tell(Command::StepEpoch));
        }
    }

    fn run(&mut self, ui: &mut Ui, run: &RunView, actions: &mut Actions) {
        ui.strong(&run.id);
        if let Some(number) = run.number().filter(|_| run.is_working()) {
            if ui
                .button("Stop")
                .on_hover_text("Ends this run; it is saved, and --resume goes on with it")
                .clicked()
            {
                actions.push(Action::Tell(Command::Stop(number)));
            }
            if ui
                .button("Save checkpoint")
                .on_hover_text("Writes a checkpoint into the run's folder now")
                .clicked()
            {
                actions.push(Action::Tell(Command::Save(number)));
            }
        }
        if ui
            .button("Restart")
            .on_hover_text("Stops this run, and trains its experiment anew")
            .clicked()
        {
            actions.push(Action::Restart(run.key.clone()));
        }
        if ui
            .button("Duplicate")
            .on_hover_text("Opens a copy of its experiment, to change one thing and train it")
            .clicked()
        {
            actions.push(Action::Edit(Box::new(run.config.clone())));
        }
        if ui
            .button("Export model…")
            .on_hover_text("Writes the model as it is now: ONNX or safetensors")
            .clicked()
        {
            self.export = Some(run.key.clone());
            self.path = format!("{}.onnx", run.id);
        }
        if let Some(number) = run.number().filter(|_| run.is_working()) {
            if ui.available_size_before_wrap().x > FIRST_RATE {
                ui.separator();
            }
            self.rates(ui, run, number, actions);
        }
    }

    /// The rates of a run, to be changed while it trains.
    fn rates(&mut self, ui: &mut Ui, run: &RunView, number: RunNumber, actions: &mut Actions) {
        if self.edited.as_ref().is_none_or(|(key, _)| *key != run.key) {
            self.edited = None;
        }
        let mut rates = self
            .edited
            .as_ref()
            .map_or(run.rates(), |(_, rates)| *rates);
        let (mut is_touched, mut is_done) = (false, false);
        let fields: [(&str, &str, &mut f64, f64, std::ops::RangeInclusive<f64>); 3] = [
            (
                "learning rate",
                "Of the optimizer, from the next step on",
                &mut rates.learning_rate,
                0.01,
                f64::MIN_POSITIVE..=1e3,
            ),
            (
                "weight decay",
                "Factor of the L2 term",
                &mut rates.weight_decay,
                0.01,
                0.0..=1e3,
            ),
            (
                "dropout",
                "Share of hidden units dropped while training",
                &mut rates.dropout_rate,
                0.005,
                0.0..=0.99,
            ),
        ];
        for (name, help, value, speed, range) in fields {
            let label = look::label_of(ui, name, FIELD);
            // Of a number near 0 a little is much.
            let speed = speed * value.abs().max(1e-3);
            let drag = egui::DragValue::new(value)
                .speed(speed)
                .range(range)
                .custom_formatter(|value, _| short(value));
            let response = ui.add(drag).labelled_by(label.id).on_hover_text(help);
            is_touched |= response.changed();
            let is_set = response.changed() && !response.dragged() && !response.has_focus();
            is_done |= is_set || response.drag_stopped() || response.lost_focus();
        }
        if is_touched {
            self.edited = Some((run.key.clone(), rates));
        }
        if is_done
            && let Some((_, rates)) = self.edited.take()
            && rates != run.rates()
        {
            actions.push(Action::Tell(Command::Steer(number, rates)));
        }
    }

    fn export_window(&mut self, ctx: &egui::Context, state: &ViewState, actions: &mut Actions) {
        let Some(run) = self.export.as_ref().and_then(|key| state.run(key)) else {
            return;
        };
        let mut is_over = false;
        let modal = egui::Modal::new(egui::Id::unique("export")).show(ctx, |ui| {
            ui.heading(format!("Export the model of {}", run.id));
            let label = ui.label("File, .onnx or .safetensors");
            ui.add(egui::TextEdit::singleline(&mut self.path).desired_width(320.0))
                .labelled_by(label.id);
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                if ui.button("Write").clicked() {
                    actions.push(Action::ExportModel(
                        run.key.clone(),
                        self.path.trim().into(),
                    ));
                    is_over = true;
                }
                is_over |= ui.button("Cancel").clicked();
            });
        });
        if is_over || modal.should_close() {
            self.export = None;
        }
    }
}

/// Whether keys are for the window: nothing is typed, and no widget has the keyboard.
pub fn has_keys(ctx: &egui::Context) -> bool {
    !ctx.egui_wants_keyboard_input() && ctx.memory(|memory| memory.focused().is_none())
}

/// Whether there is something to pause, and something to resume. Where no run has begun, the one that will does as it
/// was asked.
fn can(state: &ViewState) -> (bool, bool) {
    match state.resting_and_training() {
        (0, 0) => (!state.paused, state.paused),
        (resting, training) => (training > 0, resting > 0),
    }
}

/// Pause and steps, of all runs.
fn pace(ui: &mut Ui, state: &ViewState, actions: &mut Actions) {
    ui.add_enabled_ui(state.is_working(), |ui| {
        let (can_pause, can_resume) = can(state);
        let pause = "All runs rest after their step (space); what is trained later is not asked to";
        for (is_shown, text, help, command) in [
            (can_pause, "Pause", pause, Command::Pause),
            (
                can_resume,
                "Resume",
                "All runs go on (space)",
                Command::Resume,
            ),
        ] {
            if is_shown && ui.button(text).on_hover_text(help).clicked() {
                actions.push(Action::Tell(command));
            }
        }
        if ui
            .button("Step minibatch")
            .on_hover_text("One minibatch of each run, then rest (s)")
            .clicked()
        {
            actions.push(Action::Tell(Command::StepMinibatch));
        }
        if ui
            .button("Step epoch")
            .on_hover_text("To the end of the epoch, then rest (e)")
            .clicked()
        {
            actions.push(Action::Tell(Command::StepEpoch));
        }
    });
}

/// A number without needless digits.
fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if (1e-3..1e4).contains(&value.abs()) {
        let text = format!("{value:.5}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{value:.2e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(0.0), "0");
        assert_eq!(short(0.001), "0.001");
        assert_eq!(short(0.25), "0.25");
        assert_eq!(short(0.00001), "1.00e-5");
        assert_eq!(short(12.0), "12");
    }
}
