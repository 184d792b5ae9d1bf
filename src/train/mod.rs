//! Training: a [`Trainer`] steps a program over epochs and tells what happens in
//! [`TrainingEvent`]s. It never blocks and knows no listener; [`drive`] is the native loop around it.

mod augment;
mod compile;
mod early_stopping;
mod events;
mod gradient_check;
mod observation;
mod optimizer;
mod state;
mod trainer;

#[cfg(feature = "native")]
mod drive;

pub use augment::augmented;
pub use compile::{Compiled, Interface, Sizes, compile, compile_replicas, learning_rate};
#[cfg(feature = "native")]
pub use drive::drive;
pub use early_stopping::EarlyStopping;
pub use events::{
    ConfusionMatrix, Evaluation, GradientReport, Instability, SavedWhen, Score, SeenSamples,
    Snapshot, TensorStatistics, TrackedUnits, TrainingEvent,
};
pub use gradient_check::{Checked, GradientCheck, LIMIT_F32, LIMIT_F64, SharedChecks};
pub use observation::{Observation, Statistics};
pub use state::{BegunEpoch, EarlyStoppingState, SavedTensor, StateError, TrainingState};
pub use trainer::activity::Activity;
pub use trainer::{Advance, TrainError, Trainer};
