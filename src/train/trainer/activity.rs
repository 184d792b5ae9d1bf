//! What a trainer is about to do, for those who measure it.

use super::{Stage, Trainer};

/// What the next [`advance`](Trainer::advance) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Draws the order of an epoch, and hands it to the device: an epoch begins.
    Order,
    /// Hands training steps to the device; the CPU does them.
    Steps,
    /// The same of an evaluation.
    Evaluation,
    /// Takes part in a gradient check.
    GradientCheck,
    /// Takes the figures of an epoch or an evaluation.
    Figures,
    /// Takes tensors that somebody wants to see.
    Views,
    /// Takes the whole state, to be saved.
    State,
    /// Decides what comes next.
    Rest,
}

impl Activity {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "shuffle and upload the order",
            Self::Steps => "training steps",
            Self::Evaluation => "evaluation",
            Self::GradientCheck => "gradient check",
            Self::Figures => "read the figures",
            Self::Views => "read samples and tensors",
            Self::State => "read the state to save",
            Self::Rest => "finish the epoch",
        }
    }
}

impl Trainer {
    /// What it is about to do.
    pub fn activity(&self) -> Activity {
        match self.stage {
            Stage::StartEpoch => Activity::Order,
            Stage::Train => Activity::Steps,
            Stage::Evaluate(..) => Activity::Evaluation,
            Stage::BeforeCheck(..)
            | Stage::AfterCheck(..)
            | Stage::Check(..)
            | Stage::Checked(..) => Activity::GradientCheck,
            Stage::ReadEpoch | Stage::ReadEvaluation(..) => Activity::Figures,
            Stage::Inspect | Stage::Dump(..) | Stage::ReadMinibatch(..) | Stage::ReadViews => {
                Activity::Views
            }
            Stage::ReadState(..) | Stage::ReadAsked(..) => Activity::State,
            Stage::FinishEpoch | Stage::Evaluations | Stage::Finish | Stage::Finished => {
                Activity::Rest
            }
        }
    }
}
