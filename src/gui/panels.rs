//! The panels: each draws a part of what the window knows, and asks for what a person wants done. None knows another.

mod look;
mod picture;

pub mod compare;
pub mod confusion;
pub mod curves;
pub mod model;
pub mod run_list;
pub mod samples;
pub mod status;
pub mod units;
