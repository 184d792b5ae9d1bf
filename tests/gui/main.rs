//! The window, without a display: panels draw states made by hand, and clicks become actions; the whole window trains.

#![cfg(feature = "gui")]

mod compare;
mod confusion;
mod curves;
mod hostile;
mod lab;
mod made;
mod mishaps;
mod model;
mod run_list;
mod setup;
mod start;
mod status;
mod try_it;
mod units;
mod whole;
mod window;
