//! What panels ask for; the window carries it out.

use std::path::PathBuf;

use super::lab::Job;
use super::state::RunKey;
use crate::config::{ExperimentConfig, SessionConfig};
use crate::session::link::Command;

/// The views of the window, one at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// What can be done here, and past runs.
    Start,
    /// Curves, matrix, weights, samples.
    #[default]
    Watch,
    /// Layers and what flows through them.
    Model,
    /// The table of runs.
    Compare,
    /// An experiment to be made.
    Setup,
    /// Draw a digit, drop a picture.
    Try,
}

impl View {
    pub const ALL: [(Self, &str); 6] = [
        (Self::Start, "Start"),
        (Self::Watch, "Watch"),
        (Self::Model, "Model"),
        (Self::Compare, "Compare"),
        (Self::Setup, "Set up"),
        (Self::Try, "Try it"),
    ];
}

/// What panels ask for.
#[derive(Debug, Clone)]
pub enum Action {
    /// Of the session.
    Tell(Command),
    /// Of the worker beside the window: what takes too long for a frame.
    Do(Job),
    Show(View),
    Select(RunKey),
    /// Draws the curves of a run, or not.
    SetShown(RunKey, bool),
    /// Takes a run out of the window.
    Close(RunKey),
    /// Opens an experiment in the view that sets one up.
    Edit(Box<ExperimentConfig>),
    /// What holds for the sessions that begin from now on; it has no experiments.
    Configure(Box<SessionConfig>),
    /// Begins it after those that are at work, under another id if its own is taken.
    Train(Vec<ExperimentConfig>),
    /// Stops a run and trains it anew.
    Restart(RunKey),
    /// Writes the model of a run as it is now.
    ExportModel(RunKey, PathBuf),
    /// Opens runs of the disk.
    Open(Vec<PathBuf>),
    /// Puts a text on the clipboard.
    Copy(String),
    /// Shows a message.
    Note(String),
}

/// What panels asked for in this frame.
pub type Actions = Vec<Action>;
