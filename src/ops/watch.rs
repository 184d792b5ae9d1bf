//! Watches a training for numerical instability, on the device.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, shader};
use crate::program::{Rows, TensorId, Tensors};

const SHADER: Shader = shader!("watch");

/// Flags of the samples whose loss or probabilities are NaN or infinite, and of those with a probability of
/// exactly 0 or 1. A non-finite parameter shows in the very next loss, so nothing else is scanned.
/// [`Metrics`](super::metrics::Metrics) counts them.
#[derive(Debug, Clone)]
pub struct Watch {
    /// `[batch, classes]`.
    pub probability: TensorId,
    /// `[batch, 1]`.
    pub loss: TensorId,
    /// `[batch, 1]`: the sum of [`NOT_FINITE`] and [`SATURATED`].
    pub flags: TensorId,
}

pub const NOT_FINITE: u32 = 1;
pub const SATURATED: u32 = 2;

/// The flags of a sample.
pub(super) fn flags<T: Real>(p: &[T], loss: T) -> u32 {
    let (mut finite, mut inside) = (loss.is_finite(), true);
    for &p in p {
        finite &= p.is_finite();
        inside &= p != T::zero() && p != T::one();
    }
    (if finite { 0 } else { NOT_FINITE }) + (if inside { 0 } else { SATURATED })
}

impl Kernel for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (p, loss) = (memory.read(self.probability), memory.read(self.loss));
        let mut flags = memory.write_uint(self.flags);
        let rows = p.slice().chunks_exact(p.view().ncols()).zip(loss.slice());
        for (flags, (p, loss)) in flags.slice().iter_mut().zip(rows) {
            *flags = self::flags(p, *loss);
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
                .write(self.flags)
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
            let flags = c.uints("flags", Rows::Batch, 1, 4);
            c.op(Watch {
                probability,
                loss,
                flags,
            });
        },
    }]
}
