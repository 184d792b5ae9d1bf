//! The window: watch networks learn, and steer them.
//!
//! ```text
//! session ── Update ──> ViewState ──> panels ── Action ──> session (Command), lab (Job), the window itself
//! ```
//!
//! - [`state`]: what the window knows. Panels draw it, and change nothing but themselves.
//! - [`panels`]: each a struct with a `ui` method, which knows neither its neighbours nor a backend.
//! - [`action`]: what panels ask for; [`app`] carries it out, once a frame.
//! - [`lab`]: a thread for what takes too long for a frame: predictions, previews, files.
//! - [`training`]: the session's thread. [`window`]: the window of the desktop.
//!
//! A frame is drawn when there is something new or a person does something, not otherwise.

pub mod action;
pub mod app;
mod closing;
mod crash;
mod frames;
pub mod lab;
pub mod panels;
pub mod state;
mod toolbar;
pub mod training;
pub mod window;
