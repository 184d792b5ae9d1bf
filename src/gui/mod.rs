//! The window: watch networks learn, and steer them.

pub mod action;
pub mod lab;
pub mod panels;
pub mod state;
