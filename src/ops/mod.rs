//! The ops: what a [`Program`](crate::program::Program) is made of.
//!
//! An op is one room: its file here holds its operands, its CPU function and its GPU dispatches, and
//! pairs with the file of the same name in `shaders/`. It is listed once, in [`registry()`]; a test
//! walks that list and checks every op, on random shapes, on the GPU against the CPU in f64, and every
//! backward op against central differences.

pub mod activation;
pub mod adam;
pub mod advance;
pub mod batch_norm;
pub mod batch_norm_activation;
pub mod bias;
pub mod confusion;
pub mod cross_entropy;
pub mod dropout;
pub mod gather;
pub mod matmul;
pub mod metrics;
pub mod noise;
pub mod rotate;
pub mod sgd;
pub mod softmax;
pub mod softmax_cross_entropy;
pub mod watch;
pub mod weight_decay;

pub mod case;
mod dispatch;
mod fusion;
mod gemm;
mod memory;
pub mod parallel;
mod real;
pub mod rng;
pub mod state;
mod target;

use std::any::Any;
use std::fmt::Debug;

pub(crate) use dispatch::shader;
pub use dispatch::{CHUNK, Dispatch, Lanes, Scratch, Shader, Spread, WORKGROUP, chunks};
pub use memory::{Memory, Reading, Samples, SharedRows, Writing};
pub use real::Real;
pub use target::Target;

use crate::program::{Lists, TensorId, Tensors};
use case::Entry;

/// How an op uses a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Left as it is.
    Read,
    /// Written wholly (the rows in use), whatever was in it.
    Write,
    /// Read and changed.
    Update,
}

/// A tensor that an op uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    pub tensor: TensorId,
    pub access: Access,
}

/// One kind of computation over tensors: what the author of an op writes. Everyone else sees [`Op`].
pub trait Kernel: Debug + Clone + Send + Sync + 'static {
    /// For profiles, errors and tests.
    fn name(&self) -> &'static str;

    /// The plain computation, as a reader would check it against its source.
    fn cpu<T: Real>(&self, memory: &Memory<T>);

    /// The dispatches that compute the same on a GPU of this kind, in order. Each names the tensors it
    /// uses.
    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch>;
}

/// A [`Kernel`] behind a pointer.
pub trait Op: Debug + Send + Sync + 'static {
    fn name(&self) -> &'static str;
    fn cpu_f32(&self, memory: &Memory<f32>);
    fn cpu_f64(&self, memory: &Memory<f64>);
    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch>;
    /// For passes over a program that look for particular ops.
    fn as_any(&self) -> &dyn Any;
}

impl<K: Kernel> Op for K {
    fn name(&self) -> &'static str {
        Kernel::name(self)
    }
    fn cpu_f32(&self, memory: &Memory<f32>) {
        self.cpu(memory);
    }
    fn cpu_f64(&self, memory: &Memory<f64>) {
        self.cpu(memory);
    }
    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch> {
        Kernel::gpu(self, tensors, target)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Every op, each with the random cases that it is checked on.
pub fn registry() -> Vec<Entry> {
    [
        activation::entries(),
        adam::entries(),
        advance::entries(),
        batch_norm::entries(),
        batch_norm_activation::entries(),
        bias::entries(),
        confusion::entries(),
        cross_entropy::entries(),
        dropout::entries(),
        gather::entries(),
        matmul::entries(),
        metrics::entries(),
        noise::entries(),
        rotate::entries(),
        sgd::entries(),
        softmax::entries(),
        softmax_cross_entropy::entries(),
        watch::entries(),
        weight_decay::entries(),
    ]
    .concat()
}

/// A rewrite of a program's lists of ops.
pub type Fusion = fn(&mut Lists);

/// Rewrites that replace several ops by one that does their work with fewer passes over memory.
pub fn fusions() -> Vec<Fusion> {
    vec![softmax_cross_entropy::fuse, batch_norm_activation::fuse]
}
