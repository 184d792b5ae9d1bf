//! Watches a training for numerical instability, on the device.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, shader};
use crate::program::{Rows, TensorId, Tensors};

const SHADER: Shader = shader!("watch");

/// Counts in `found: [1, 2]` the samples whose loss or probabilities are NaN or infinite, and those
/// with a probability of exactly 0 or 1. A non-finite parameter shows in the very next loss, so
/// nothing else is scanned.
#[derive(Debug, Clone)]
pub struct Watch {
    /// `[batch, classes]`.
    pub probability: TensorId,
    /// `[batch, 1]`.
    pub loss: TensorId,
    /// The host clears it at an epoch's start.
    pub found: TensorId,
}

impl Kernel for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (p, loss) = (memory.read(self.probability), memory.read(self.loss));
        let mut found = memory.write_uint(self.found);
        let found = found.slice();
        for (p, loss) in p.slice().chunks_exact(p.view().ncols()).zip(loss.slice()) {
            if !(loss.is_finite() && p.iter().all(|p| p.is_finite())) {
                found[0] += 1;
            }
            if p.iter().any(|&p| p == T::zero() || p == T::one()) {
                found[1] += 1;
            }
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.probability);
        vec![
            Dispatch::new(SHADER, "watch")
                .size(classes)
                .state()
                .read(self.probability)
                .read(self.loss)
                .update(self.found)
                .over(tensors.rows(self.probability))
                .iterations(classes),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "watch",
        case: |c| {
            let classes = c.size();
            let (probability, loss) = (c.batch("p", classes), c.batch("loss", 1));
            c.sprinkle(probability, &[0.0, 1.0, f64::NAN, f64::INFINITY, -0.0]);
            c.sprinkle(loss, &[f64::NAN, f64::NEG_INFINITY]);
            let found = c.uints("found", Rows::Fixed(1), 2, 100);
            c.op(Watch {
                probability,
                loss,
                found,
            });
        },
    }]
}
