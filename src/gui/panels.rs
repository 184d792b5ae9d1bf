//! The panels: each draws a part of what the window knows, and asks for what a person wants done.

pub mod canvas;
pub mod setup;
pub mod start;
pub mod try_it;
