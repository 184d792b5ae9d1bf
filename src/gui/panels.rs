//! The panels: each draws a part of what the window knows, and asks for what a person wants done. None knows another.

mod look;
mod picture;

pub mod compare;
pub mod confusion;
pub mod curves;
pub mod model;
pub mod run_list;
pub mod samples;
pub mod status;
pub mod units;

use super::lab::Answer;
use compare::ComparePanel;
use confusion::ConfusionPanel;
use curves::CurvesPanel;
use model::ModelPanel;
use run_list::RunList;
use samples::SamplesPanel;
use setup::SetupPanel;
use start::StartPanel;
use status::StatusBar;
use try_it::TryPanel;
use units::UnitsPanel;

/// All panels.
#[derive(Default)]
pub struct Panels {
    pub runs: RunList,
    pub status: StatusBar,
    pub curves: CurvesPanel,
    pub confusion: ConfusionPanel,
    pub units: UnitsPanel,
    pub samples: SamplesPanel,
    pub model: ModelPanel,
    pub compare: ComparePanel,
    pub setup: SetupPanel,
    pub try_it: TryPanel,
    pub start: StartPanel,
}

impl Panels {
    /// Hands an answer to whom it is for.
    pub fn answer(&mut self, answer: Answer) {
        match answer {
            _ => {}
        }
    }

    /// Tells that what some panel may wait for could not be done.
    pub fn failed(&mut self, _: &str, _: &str) {}
}
macro_rules! stub { ($m:ident, $p:ident) => {
pub mod $m { use eframe::egui::Ui; use crate::gui::state::ViewState; use crate::gui::action::Actions;
#[derive(Default)] pub struct $p; impl $p { pub fn ui(&mut self, ui: &mut Ui, _: &ViewState, _: &mut Actions) { ui.label("stub"); }
 pub fn edit(&mut self, _: crate::config::ExperimentConfig) {} pub fn drop_folder(&mut self, _: std::path::PathBuf) {} pub fn drop_file(&mut self, _: std::path::PathBuf) {}
 pub fn set_model(&mut self, _: crate::gui::state::RunKey, _: std::sync::Arc<crate::runs::Checkpoint>) {} } }
}; }
stub!(setup, SetupPanel);
stub!(start, StartPanel);
stub!(try_it, TryPanel);
