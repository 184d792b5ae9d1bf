//! Cross-entropy of probabilities, and the class they predict. With the softmax before it, it is
//! fused into [`softmax_cross_entropy`](super::softmax_cross_entropy); this plain form checks that one.

use super::case::Entry;
use super::softmax::Softmax;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, shader};
use crate::program::{Element, Role, Rows, TensorId, Tensors};

const SHADER: Shader = shader!("cross_entropy");

/// Per row, `loss = -log p[label]`, and `predicted`: the first class of the largest probability.
#[derive(Debug, Clone)]
pub struct CrossEntropy {
    /// `[batch, classes]`.
    pub p: TensorId,
    /// `[batch, 1]`, class indices.
    pub label: TensorId,
    /// `[batch, 1]`.
    pub loss: TensorId,
    /// `[batch, 1]`, class indices.
    pub predicted: TensorId,
}

/// The first class of the largest value.
pub(super) fn largest<T: Real>(row: &[T]) -> u32 {
    let (mut best, mut top) = (0, row[0]);
    for (i, &value) in (0..).zip(row) {
        // No branch: which is the largest cannot be foretold.
        let is_larger = value > top;
        best = if is_larger { i } else { best };
        top = if is_larger { value } else { top };
    }
    best
}

impl Kernel for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (p, label) = (memory.read(self.p), memory.read_uint(self.label));
        let (mut loss, mut predicted) =
            (memory.write(self.loss), memory.write_uint(self.predicted));
        let classes = p.view().ncols();
        let rows = p.slice().chunks_exact(classes).zip(label.slice());
        let results = loss.slice().iter_mut().zip(predicted.slice().iter_mut());
        for ((p, label), (loss, predicted)) in rows.zip(results) {
            *loss = -p[*label as usize].ln();
            *predicted = largest(p);
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.p);
        vec![
            Dispatch::new(SHADER, "cross_entropy")
                .size(classes)
                .state()
                .read(self.p)
                .read(self.label)
                .write(self.loss)
                .write(self.predicted)
                .over(tensors.rows(self.p))
                .iterations(classes),
        ]
    }
}

/// Of the mean loss: `dp = -1 / (rows * p)` for the label's class, else 0.
#[derive(Debug, Clone)]
pub struct CrossEntropyGradient {
    pub p: TensorId,
    pub label: TensorId,
    pub dp: TensorId,
}

impl Kernel for CrossEntropyGradient {
    fn name(&self) -> &'static str {
        "cross_entropy_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (p, label) = (memory.read(self.p), memory.read_uint(self.label));
        let mut dp = memory.write(self.dp);
        let classes = p.view().ncols();
        let (p, label, dp) = (p.slice(), label.slice(), dp.slice());
        let rows = T::from_f64(label.len() as f64);
        dp.fill(T::zero());
        for (row, label) in label.iter().enumerate() {
            let at = row * classes + *label as usize;
            dp[at] = -T::one() / (rows * p[at]);
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.p);
        vec![
            Dispatch::new(SHADER, "cross_entropy_gradient")
                .size(classes)
                .state()
                .read(self.p)
                .read(self.label)
                .write(self.dp)
                .over(tensors.rows(self.p))
                .iterations(classes),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "cross_entropy",
            case: |c| {
                let classes = c.size() + 1;
                let (x, p) = (c.batch("x", classes), c.output("p", classes));
                let (label, loss) = (c.labels(classes), c.output("loss", 1));
                let predicted =
                    c.tensors
                        .add("predicted", Rows::Batch, 1, Element::Uint, Role::Activation);
                c.before(Softmax { x, y: p });
                c.op(CrossEntropy {
                    p,
                    label,
                    loss,
                    predicted,
                });
            },
        },
        Entry {
            name: "cross_entropy_gradient",
            case: |c| {
                let classes = c.size();
                // Differences need a smooth function: probabilities well above 0, not normalized.
                let p = c.batch("p", classes);
                c.uniform(p, 0.2..1.0);
                let (label, loss) = (c.labels(classes), c.output("loss", 1));
                let predicted =
                    c.tensors
                        .add("predicted", Rows::Batch, 1, Element::Uint, Role::Activation);
                let dp = c.output("dp", classes);
                let dloss = c.mean_gradient();
                c.derivative_of(
                    CrossEntropy {
                        p,
                        label,
                        loss,
                        predicted,
                    },
                    &[(loss, dloss)],
                    &[(p, dp)],
                );
                c.op(CrossEntropyGradient { p, label, dp });
            },
        },
    ]
}
