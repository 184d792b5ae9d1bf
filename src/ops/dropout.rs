//! Inverted dropout.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, rng, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("dropout");

/// `y = x / (1 - rate)` where the unit is kept, else 0 (Srivastava et al., "Dropout", JMLR 15, 2014).
/// Its own derivative: backward it runs from `dy` to `dx`, with the same mask, which is a function of
/// seed, layer, step and element.
#[derive(Debug, Clone)]
pub struct Dropout {
    /// `[batch, units]`.
    pub x: TensorId,
    pub y: TensorId,
    pub rate: f64,
    /// Index of the layer: each has its own masks.
    pub layer: u32,
}

impl Dropout {
    fn stream(&self) -> u32 {
        rng::stream::DROPOUT.wrapping_add(self.layer)
    }

    fn threshold(&self) -> u32 {
        (self.rate * 2f64.powi(24)).round() as u32
    }
}

impl Kernel for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let state = memory.state();
        let (x, mut y) = (memory.read(self.x), memory.write(self.y));
        let x = x.slice();
        let scale = T::from_f64(1.0 / (1.0 - self.rate));
        let (stream, threshold) = (self.stream(), self.threshold());
        parallel::pieces(y.slice(), |start, part| {
            for (i, (y, &x)) in part.iter_mut().zip(&x[start..]).enumerate() {
                let index = (start + i) as u32;
                let bits = rng::pcg4d([state.model_seed, stream, state.step, index])[0];
                *y = if bits >> 8 >= threshold {
                    x * scale
                } else {
                    T::zero()
                };
            }
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "dropout")
                .size(tensors.cols(self.x))
                .word(self.stream())
                .word(self.threshold())
                .number(1.0 / (1.0 - self.rate))
                .state()
                .read(self.x)
                .write(self.y)
                .over(tensors.len(self.x)),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "dropout",
            case: |c| {
                let units = c.size();
                let (x, y) = (c.batch("x", units), c.output("y", units));
                let rate = c.number(0.05..0.9);
                c.op(Dropout {
                    x,
                    y,
                    rate,
                    layer: 3,
                });
            },
        },
        Entry {
            name: "dropout backward",
            case: |c| {
                let units = c.size();
                let (x, y) = (c.batch("x", units), c.output("y", units));
                let (dy, dx) = (c.batch("dy", units), c.output("dx", units));
                let rate = c.number(0.05..0.9);
                c.derivative_of(
                    Dropout {
                        x,
                        y,
                        rate,
                        layer: 3,
                    },
                    &[(y, dy)],
                    &[(x, dx)],
                );
                c.op(Dropout {
                    x: dy,
                    y: dx,
                    rate,
                    layer: 3,
                });
            },
        },
    ]
}
