//! What listens to training events: the console, and the files that a debugging check leaves.

mod console;
mod dump;
mod tables;

pub use console::{Console, progress_bar};
pub use dump::dump;
pub use tables::{confusion_table, layer_table, parameter_table, statistics_table};
