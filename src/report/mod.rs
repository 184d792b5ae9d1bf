//! What people see: the console while training, and tables, pages and plots of runs afterwards.

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

mod collect;
mod comparison;
mod console;
mod dump;
mod error;
mod html;
mod naming;
mod palette;
mod plot;
mod profile;
mod tables;
mod thin;

pub use collect::{Format, find_runs, read_runs, report};
pub use comparison::{Better, COLUMNS, Column, Comparison, Kind, Row, RowKind};
pub use console::{Console, progress_bar};
pub use dump::dump;
pub use error::ReportError;
pub use html::html;
pub use naming::Named;
pub use plot::plot;
pub use profile::{Phases, profile_table};
pub(crate) use tables::table;
pub use tables::{confusion_table, layer_table, one_line, parameter_table, statistics_table};
