//! Inverted dropout.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, rng, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("dropout");

/// `y = x / (1 - rate)` where the unit is kept, else 0, with the step state's rate (Srivastava et al., "Dropout", JMLR 15, 2014).
/// Its own derivative: backward it runs from `dy` to `dx`, with the same mask, which is a function of
/// seed, layer, step and element.
#[derive(Debug, Clone)]
pub struct Dropout {
    /// `[batch, units]`.
    pub x: TensorId,
    pub y: TensorId,
    /// Index of the layer: each has its own masks.
    pub layer: u32,
}

impl Dropout {
    pub(super) fn stream(&self) -> u32 {
        rng::stream::DROPOUT.wrapping_add(self.layer)
    }

    /// Whether an element of `[batch, units]` is kept in this step.
    fn keeps<T: Real>(&self, memory: &Memory<T>) -> impl Fn(usize) -> bool + Send + Sync + use<T> {
        let state = memory.state();
        let (stream, threshold) = (self.stream(), state.drop_below());
        move |index| {
            let bits = rng::pcg4d([state.model_seed, stream, state.step, index as u32])[0];
            bits >> 8 >= threshold
        }
    }

    /// Drops the same units of another tensor, in place: backward, of the gradient.
    pub(super) fn in_place<T: Real>(&self, memory: &Memory<T>, dx: TensorId) {
        let keeps = self.keeps(memory);
        let scale = T::from_f64(memory.state().keep_scale());
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
        let keeps = self.keeps(memory);
        let scale = T::from_f64(memory.state().keep_scale());
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
                c.state.dropout_rate = c.number(0.05..0.9);
                c.op(Dropout { x, y, layer: 3 });
            },
        },
        Entry {
            name: "dropout backward",
            case: |c| {
                let units = c.size();
                let (x, y) = (c.batch("x", units), c.output("y", units));
                let (dy, dx) = (c.batch("dy", units), c.output("dx", units));
                c.state.dropout_rate = c.number(0.05..0.9);
                c.derivative_of(Dropout { x, y, layer: 3 }, &[(y, dy)], &[(x, dx)]);
                c.op(Dropout {
                    x: dy,
                    y: dx,
                    layer: 3,
                });
            },
        },
    ]
}
