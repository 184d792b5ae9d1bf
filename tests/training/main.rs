//! Whole trainings: against PyTorch, against themselves, on the CPU and on the GPU.

mod budget;
mod curves;
mod golden;
mod gradient_checks;
mod instability;
mod mnist;
mod names;
mod plain;
mod replicas;
mod start;
#[path = "../support/mod.rs"]
mod support;
mod toy;
