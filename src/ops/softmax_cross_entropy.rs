//! Softmax and cross-entropy in one op, from logits; and the fusion that puts it in their place.

use super::case::Entry;
use super::cross_entropy::{CrossEntropy, CrossEntropyGradient, largest};
use super::softmax::{Softmax, SoftmaxGradient, softmax_row};
use super::{Dispatch, Kernel, Memory, Op, Real, Shader, Target, parallel, shader};
use crate::program::{Element, Role, Rows, TensorId, Tensors};

const SHADER: Shader = shader!("softmax_cross_entropy");

/// `p = softmax(x)`, per row `loss = log sum exp(x - max x) - (x[label] - max x)`, and the first
/// class of the largest logit as `predicted`.
#[derive(Debug, Clone)]
pub struct SoftmaxCrossEntropy {
    /// `[batch, classes]`.
    pub x: TensorId,
    /// `[batch, 1]`, class indices.
    pub label: TensorId,
    /// `[batch, classes]`.
    pub p: TensorId,
    /// `[batch, 1]`.
    pub loss: TensorId,
    /// `[batch, 1]`, class indices.
    pub predicted: TensorId,
}

impl Kernel for SoftmaxCrossEntropy {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (x, label) = (memory.read(self.x), memory.read_uint(self.label));
        let (mut p, mut loss) = (memory.write(self.p), memory.write(self.loss));
        let mut predicted = memory.write_uint(self.predicted);
        let classes = x.view().ncols();
        let x = x.slice();
        parallel::rows(p.slice(), classes, |row, p| {
            softmax_row(&x[row * classes..(row + 1) * classes], p);
        });
        let rows = x.chunks_exact(classes).zip(label.slice());
        let results = loss.slice().iter_mut().zip(predicted.slice().iter_mut());
        for ((x, label), (loss, predicted)) in rows.zip(results) {
            let best = largest(x);
            let top = x[best as usize];
            let sum: T = x.iter().map(|&x| (x - top).exp()).sum();
            *loss = sum.ln() - (x[*label as usize] - top);
            *predicted = best;
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.x);
        vec![
            Dispatch::new(SHADER, "softmax_cross_entropy")
                .size(classes)
                .state()
                .read(self.x)
                .read(self.label)
                .write(self.p)
                .write(self.loss)
                .write(self.predicted)
                .over(tensors.rows(self.x))
                .iterations(3 * classes),
        ]
    }
}

/// Of the mean loss: `dx = (p - target) / rows`.
#[derive(Debug, Clone)]
pub struct SoftmaxCrossEntropyGradient {
    pub p: TensorId,
    pub label: TensorId,
    pub dx: TensorId,
}

impl Kernel for SoftmaxCrossEntropyGradient {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy_gradient"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (p, label) = (memory.read(self.p), memory.read_uint(self.label));
        let mut dx = memory.write(self.dx);
        let classes = p.view().ncols();
        let (p, label, dx) = (p.slice(), label.slice(), dx.slice());
        let rows = T::from_f64(label.len() as f64);
        parallel::map(dx, p, |p| p / rows);
        for (row, label) in label.iter().enumerate() {
            let at = row * classes + *label as usize;
            dx[at] = (p[at] - T::one()) / rows;
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "softmax_cross_entropy_gradient")
                .size(tensors.cols(self.p))
                .state()
                .read(self.p)
                .read(self.label)
                .write(self.dx)
                .over(tensors.len(self.p)),
        ]
    }
}

/// Replaces a softmax followed by the cross-entropy of its result, and their gradients likewise.
pub fn fuse(ops: &mut Vec<Box<dyn Op>>) {
    let mut i = 0;
    while i + 1 < ops.len() {
        let [first, second] = [&ops[i], &ops[i + 1]].map(|op| op.as_any());
        let fused: Option<Box<dyn Op>> = match (first.downcast_ref(), second.downcast_ref()) {
            (
                Some(Softmax { x, y }),
                Some(CrossEntropy {
                    p,
                    label,
                    loss,
                    predicted,
                }),
            ) if y == p => {
                let (x, label, p) = (*x, *label, *p);
                let (loss, predicted) = (*loss, *predicted);
                Some(Box::new(SoftmaxCrossEntropy {
                    x,
                    label,
                    p,
                    loss,
                    predicted,
                }))
            }
            _ => None,
        };
        let fused = fused.or_else(|| match (first.downcast_ref(), second.downcast_ref()) {
            (Some(CrossEntropyGradient { p, label, dp }), Some(SoftmaxGradient { y, dy, dx }))
                if dp == dy && p == y =>
            {
                let (p, label, dx) = (*p, *label, *dx);
                Some(Box::new(SoftmaxCrossEntropyGradient { p, label, dx }) as Box<dyn Op>)
            }
            _ => None,
        });
        if let Some(fused) = fused {
            ops.splice(i..i + 2, [fused]);
        }
        i += 1;
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "softmax_cross_entropy",
            case: |c| {
                let classes = c.size() + 1;
                let (x, p) = (c.batch("x", classes), c.output("p", classes));
                let (label, loss) = (c.labels(classes), c.output("loss", 1));
                let predicted =
                    c.tensors
                        .add("predicted", Rows::Batch, 1, Element::Uint, Role::Activation);
                c.op(SoftmaxCrossEntropy {
                    x,
                    label,
                    p,
                    loss,
                    predicted,
                });
            },
        },
        Entry {
            name: "softmax_cross_entropy_gradient",
            case: |c| {
                let classes = c.size() + 1;
                let (x, p) = (c.batch("x", classes), c.output("p", classes));
                let (label, loss) = (c.labels(classes), c.output("loss", 1));
                let predicted =
                    c.tensors
                        .add("predicted", Rows::Batch, 1, Element::Uint, Role::Activation);
                let dx = c.output("dx", classes);
                let dloss = c.mean_gradient();
                let forward = SoftmaxCrossEntropy {
                    x,
                    label,
                    p,
                    loss,
                    predicted,
                };
                c.derivative_of(forward, &[(loss, dloss)], &[(x, dx)]);
                c.op(SoftmaxCrossEntropyGradient { p, label, dx });
            },
        },
    ]
}
