//! A trained model in use: `infer`, and what other programs make of its exports and event files.
#![cfg(feature = "native")]

mod events;
mod infer;
mod programs;
mod python;
#[path = "../support/mod.rs"]
mod support;
mod trained;
