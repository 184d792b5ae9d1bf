//! The window: watch networks learn, and steer them.

pub mod action;
pub mod lab;
pub mod state;
