//! What listens to training events: the console, and the files that a debugging check leaves.

/// Prints a line on standard output; returns the error from the calling function if that fails, as it
/// does when the reader of a pipe has gone.
macro_rules! say {
    ($($arguments:tt)*) => {
        std::io::Write::write_fmt(
            &mut std::io::stdout(),
            format_args!("{}\n", format_args!($($arguments)*)),
        )?
    };
}
pub(crate) use say;

mod console;
mod dump;
mod profile;
mod tables;
pub mod tensorboard;

pub use console::{Console, progress_bar};
pub use dump::dump;
pub use profile::{Phases, profile_table};
pub(crate) use tables::table;
pub use tables::{confusion_table, layer_table, one_line, parameter_table, statistics_table};
