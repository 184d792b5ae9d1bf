//! What is told of a training besides its figures.

use crate::config::TrackLayer;

/// What listeners want to know; nothing by default, because it costs reading tensors back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// Epochs from one [`Saved`](super::TrainingEvent::Saved) state to the next; 0: none.
    pub save_every: u32,
    /// Also after each epoch whose dev cost is the lowest so far.
    pub save_best: bool,
    /// Also when training is interrupted, and at its end.
    pub save_last: bool,
    /// Where early stopping ends the run, its best epoch's parameters come back for the final evaluation.
    pub restore_best: bool,
    /// Parameters of which units are told after each epoch.
    pub tracked: Vec<TrackLayer>,
    /// Samples of each epoch's last minibatch that are told, as the model saw them. Of one that holds all entries they
    /// are spread over the data set, and so over its classes.
    pub samples: usize,
    /// All samples of every minibatch are told.
    pub minibatches: bool,
    /// Mean, spread and range of these are told after each epoch.
    pub statistics: Statistics,
}

/// The tensors whose statistics are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Statistics {
    #[default]
    None,
    /// Parameters and their gradients.
    Parameters,
    /// What layers make of a minibatch as well.
    All,
}
