//! What listens to training events: the console, and the files that a debugging check leaves.

/// Prints a line for a person who watches; returns the error from the calling function if that fails.
macro_rules! say {
    ($($arguments:tt)*) => { $crate::report::voice::say(format_args!($($arguments)*))? };
}
/// Prints a line of the result; returns the error from the calling function if that fails.
macro_rules! tell {
    ($($arguments:tt)*) => { $crate::report::voice::tell(format_args!($($arguments)*))? };
}
pub(crate) use {say, tell};

mod console;
mod dump;
mod json;
mod listener;
mod log;
mod pictures;
mod profile;
mod progress;
mod stubs;
mod tables;
mod tensorboard;
pub(crate) mod voice;

pub use console::Console;
pub use dump::dump;
pub use json::{EpochClock, JsonLines, minibatch_line};
pub use listener::{Listener, Outcome, RunInfo};
pub use log::{EventLog, start_log};
pub use pictures::{SheetOf, side_by_side};
pub use profile::{Phases, profile_table};
pub use progress::{Progress, progress_bar};
pub use stubs::{Format, comparison, html, plot};
pub(crate) use tables::table;
pub use tables::{confusion_table, layer_table, one_line, parameter_table, statistics_table};
pub use tensorboard::EventFile;
pub use voice::Voice;
