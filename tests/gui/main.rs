//! The window, without a display: panels draw states made by hand, and clicks become actions.
#![cfg(feature = "gui")]

mod lab;
mod look;
mod setup;
mod start;
mod support;
mod try_it;
