//! Train image classifiers on any GPU: every forward, backward and optimizer step is a WebGPU compute
//! shader, and each has a twin on the CPU that checks it.
//!
//! # The map of the house
//!
//! ```text
//! config ──> model ──> program ──────────────┐
//! files  ──> data  ──────────────────────> backend ──> trainer ──> events ──> listeners
//!                                          (gpu | cpu)
//! ```
//!
//! - [`config`]: all that defines a run, as plain values. [`cli`] reads them from the command line.
//! - [`data`]: files to a [`Dataset`](data::Dataset), one matrix of preprocessed samples.
//! - [`model`]: layers and initial values; each layer writes its ops into a program.
//! - [`program`]: a [`Program`](program::Program) is named tensors and lists of ops.
//! - [`ops`]: what a program is made of. Each op is a CPU function and a shader of the same name.
//! - [`backend`]: who runs a program: [`cpu`](backend::cpu) in f32 or f64, [`gpu`](backend::gpu) in WGSL.
//! - [`train`]: [`compile`](train::compile()) makes an experiment's program; a
//!   [`Trainer`](train::Trainer) steps it and tells what happens.
//! - [`runs`]: runs on the disk, written and read back; [`report`]: what people see of them.
//! - `gui`: the window, which listens and steers through [`session::link`]. Cargo feature `gui`.
//! - [`session`], [`infer`], [`export`], [`bench`](mod@bench) and [`devices`]: what the program's commands do.
//!
//! # One minibatch, from file to updated weight
//!
//! [`data::load()`] decodes and preprocesses the files into `[samples, features]`, and a backend holds that
//! matrix. For each epoch the [`Trainer`](train::Trainer) sends the shuffled visiting order and the
//! [`StepState`](ops::state::StepState), then asks for steps. A step is the program's training list:
//! [`advance`](ops::advance) moves the state on, [`gather`](ops::gather) fetches the minibatch's rows,
//! [`rotate`](ops::rotate) and [`noise`](ops::noise) vary them; layer by layer [`matmul`](ops::matmul) and
//! [`batch_norm_activation`](ops::batch_norm_activation) lead to
//! [`softmax_cross_entropy`](ops::softmax_cross_entropy), and their gradients back;
//! [`weight_decay`](ops::weight_decay) adds its part, [`metrics`](ops::metrics) notes what happened, and
//! [`adam`](ops::adam) or [`sgd`](ops::sgd) updates all weights. After the last step comes dev, with the evaluation list;
//! then the trainer reads the metrics of both back, and returns [`TrainingEvent`](train::TrainingEvent)s.
//!
//! The layers write plain ops: [`dropout`](ops::dropout), [`batch_norm`](ops::batch_norm),
//! [`activation`](ops::activation), [`softmax`](ops::softmax), [`cross_entropy`](ops::cross_entropy),
//! [`watch`](ops::watch). [`Program::fuse`](program::Program::fuse) puts ops that do the work of several in their
//! place.
//!
//! # Many networks, one program
//!
//! Runs that differ only in what they start from and in their rates ([`config::replicas()`]) learn from the same
//! minibatches. [`train::compile_replicas`] makes them one program of several
//! [`replicas`](program::Tensors::replicas): the minibatch is there once, all else once a replica, and each replica
//! has its own seed and rates in its [`StepState`](ops::state::StepState). Ops, layers and shaders know nothing of
//! it. A GPU's dispatches go over the replicas along z, with the index of the replica put into the shaders by
//! `backend/gpu/replicas.rs`; the CPU gives each thread replicas of its own. Each replica gets the very bits that
//! it would get alone.
//!
//! # What runs where
//!
//! Everything but [`cli`], [`runs`], [`report`], the commands and the reading of files builds
//! without the feature `native`: no files, clocks, threads or blocking waits. The trainer's
//! [`advance`](train::Trainer::advance) does a bounded piece of work and never blocks, so that a thread can drive it
//! ([`train::drive`]) as well as a browser's frame loop.
//!
//! With a window the session runs on a thread of its own. What happens goes to the window over a bounded
//! [`link`](session::link), and what a person asks for comes back over it, to be taken between two steps: a window that
//! lags sees fewer epochs, and a training never waits for it.

pub mod backend;
#[cfg(feature = "native")]
pub mod bench;
#[cfg(feature = "native")]
pub mod cli;
pub mod config;
pub mod data;
#[cfg(feature = "native")]
pub mod devices;
#[cfg(feature = "native")]
pub mod export;
#[cfg(feature = "gui")]
pub mod gui;
#[cfg(feature = "native")]
mod host;
#[cfg(feature = "native")]
pub mod infer;
pub mod model;
pub mod ops;
pub mod program;
#[cfg(feature = "native")]
pub mod report;
#[cfg(feature = "native")]
pub mod runs;
#[cfg(feature = "native")]
pub mod session;
pub mod train;
