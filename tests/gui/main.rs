//! The window, without a display.

#![cfg(feature = "gui")]

mod compare;
mod confusion;
mod curves;
mod gallery;
mod hostile;
mod made;
mod mishaps;
mod model;
mod run_list;
mod status;
mod units;
mod window;
