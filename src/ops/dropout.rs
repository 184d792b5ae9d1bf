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
    pub(super) fn stream(&self) -> u32 {
        rng::stream::DROPOUT.wrapping_add(self.layer)
    }

    /// A unit is dropped if the top 24 bits of its random word are below.
    pub(super) fn threshold(&self) -> u32 {
        (self.rate * 2f64.powi(24)).round() as u32
    }

    /// What kept units are multiplied with.
    pub(super) fn scale(&self) -> f64 {
        1.0 / (1.0 - self.rate)
    }

    /// Whether an element of `[batch, units]` is kept in this step.
    fn keeps<T: Real>(&self, memory: &Memory<T>) -> impl Fn(usize) -> bool + Send + Sync + use<T> {
        let state = memory.state();
        let (stream, threshold) = (self.stream(), self.threshold());
        move |index| {
            let bits = rng::pcg4d([state.model_seed, stream, state.step, index as u32])[0];
            bits >> 8 >= threshold
        }
    }

    /// Drops the same units of another tensor, in place: backward, of the gradient.
    pub(super) fn in_place<T: Real>(&self, memory: &Memory<T>, dx: TensorId) {
        let (keeps, scale) = (self.keeps(memory), T::from_f64(self.scale()));
        parallel::pieces(memory.write(dx).slice(), |start, part| {
            for (i, dx) in part.iter_mut().enumerate() {
                *dx = if keeps(start + i) {
                    *dx * scale
                } else {
                    T::zero()
                };
            }
        });
    }
}

impl Kernel for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (keeps, scale) = (self.keeps(memory), T::from_f64(self.scale()));
        let (x, mut y) = (memory.read(self.x), memory.write(self.y));
        let x = x.slice();
        parallel::pieces(y.slice(), |start, part| {
            for (i, (y, &x)) in part.iter_mut().zip(&x[start..]).enumerate() {
                *y = if keeps(start + i) {
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
                .number(self.scale())
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
