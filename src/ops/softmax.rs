//! Softmax: from logits to probabilities.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{TensorId, Tensors};

const SHADER: Shader = shader!("softmax");

/// `y = exp(x - max x) / sum exp(x - max x)`, per row; both `[batch, classes]`.
#[derive(Debug, Clone)]
pub struct Softmax {
    pub x: TensorId,
    pub y: TensorId,
}

/// Turns a row of logits into probabilities, the largest logit subtracted first.
pub(super) fn softmax_row<T: Real>(x: &[T], y: &mut [T]) {
    let largest = x.iter().copied().fold(T::neg_infinity(), T::max);
    let mut sum = T::zero();
    for (y, &x) in y.iter_mut().zip(x) {
        *y = (x - largest).exp();
        sum += *y;
    }
    y.iter_mut().for_each(|y| *y /= sum);
}

impl Kernel for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (x, mut y) = (memory.read(self.x), memory.write(self.y));
        let classes = x.view().ncols();
        let x = x.slice();
        parallel::rows(y.slice(), classes, |row, y| {
            softmax_row(&x[row * classes..(row + 1) * classes], y);
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.x);
        vec![
            Dispatch::new(SHADER, "softmax")
                .size(classes)
                .state()
                .read(self.x)
                .write(self.y)
                .over(tensors.rows(self.x))
                .iterations(3 * classes),
        ]
    }
}

/// `dx = y * (dy - sum dy * y)`, per row.
#[derive(Debug, Clone)]
pub struct SoftmaxGradient {
    pub y: TensorId,
    pub dy: TensorId,
    pub dx: TensorId,
}

impl Kernel for SoftmaxGradient {
    fn name(&self) -> &'static str {
        "softmax_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (y, dy, mut dx) = (
            memory.read(self.y),
            memory.read(self.dy),
            memory.write(self.dx),
        );
        let classes = y.view().ncols();
        let (y, dy) = (y.slice(), dy.slice());
        parallel::rows(dx.slice(), classes, |row, dx| {
            let at = row * classes..(row + 1) * classes;
            let (y, dy) = (&y[at.clone()], &dy[at]);
            let dot: T = y.iter().zip(dy).map(|(&y, &dy)| y * dy).sum();
            for ((dx, &y), &dy) in dx.iter_mut().zip(y).zip(dy) {
                *dx = y * (dy - dot);
            }
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.y);
        vec![
            Dispatch::new(SHADER, "softmax_gradient")
                .size(classes)
                .state()
                .read(self.y)
                .read(self.dy)
                .write(self.dx)
                .over(tensors.rows(self.y))
                .iterations(2 * classes),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "softmax",
            case: |c| {
                let classes = c.size();
                let (x, y) = (c.batch("x", classes), c.output("y", classes));
                c.op(Softmax { x, y });
            },
        },
        Entry {
            name: "softmax_gradient",
            case: |c| {
                // With one class dx is 0 but for rounding: nothing to compare.
                let classes = c.size() + 1;
                let (x, y) = (c.batch("x", classes), c.output("y", classes));
                let (dy, dx) = (c.batch("dy", classes), c.output("dx", classes));
                c.derivative_of(Softmax { x, y }, &[(y, dy)], &[(x, dx)]);
                c.op(SoftmaxGradient { y, dy, dx });
            },
        },
    ]
}
