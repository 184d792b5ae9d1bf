//! The panels: each draws a part of what the window knows, and asks for what a person wants done. None knows another.

pub(super) mod look;
mod picture;

pub mod canvas;
pub mod compare;
pub mod confusion;
pub mod curves;
pub mod model;
pub mod run_list;
pub mod samples;
pub mod setup;
pub mod start;
pub mod status;
pub mod try_it;
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
    /// Hands what came of a job to those who may have asked for it.
    pub fn answer(&mut self, answer: &Answer) {
        self.setup.answer(answer);
        self.start.answer(answer);
        self.try_it.answer(answer);
        self.confusion.answer(answer);
    }
}
