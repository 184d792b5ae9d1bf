//! The window, driven without a display.
#![cfg(feature = "gui")]

mod hostile;
mod window;
