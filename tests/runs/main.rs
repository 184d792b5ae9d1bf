//! Runs as a person makes them: what they leave on the disk, killed, interrupted, resumed.
#![cfg(feature = "native")]

mod beside;
mod folder;
mod full_disk;
mod killed;
mod place;
mod profiling;
mod reference;
mod several;
mod steered;
mod windowless;
