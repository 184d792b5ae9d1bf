//! What people see: the console while training, and tables, pages and plots of runs afterwards.

/// Prints a line for a person who watches; returns the error from the calling function if that fails.
macro_rules! say {
    ($($arguments:tt)*) => { $crate::report::voice::say(format_args!($($arguments)*))? };
}
/// Prints a line of the result; returns the error from the calling function if that fails.
macro_rules! tell {
    ($($arguments:tt)*) => { $crate::report::voice::tell(format_args!($($arguments)*))? };
}
pub(crate) use {say, tell};

mod collect;
mod comparison;
mod console;
mod dump;
mod error;
mod html;
mod json;
mod listener;
mod log;
mod naming;
mod palette;
mod pictures;
mod plot;
pub mod profile;
mod progress;
mod tables;
mod tensorboard;
mod thin;
pub(crate) mod voice;

pub use collect::{Format, ReportRequest, find_runs, read_runs, report};
pub use comparison::{
    Better, COLUMNS, Column, Compared, Comparison, Facts, Kind, Row, RowKind, Values,
};
pub use console::Console;
pub use dump::dump;
pub use error::ReportError;
pub use html::html;
pub use json::{EpochClock, JsonLines, minibatch_line};
pub use listener::{Listener, Outcome, RunInfo};
pub use log::{EventLog, start_log};
pub use naming::{Named, natural_order};
pub use palette::{RunColor, colors};
pub use pictures::{SheetOf, picture_shape, side_by_side};
pub use plot::plot;
pub use profile::Phases;
pub use progress::{Progress, progress_bar};
pub(crate) use tables::table;
pub use tables::{confusion_table, layer_table, one_line, parameter_table, statistics_table};
pub use tensorboard::EventFile;
pub use voice::Voice;
