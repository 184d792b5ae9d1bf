//! Softmax and cross-entropy in one op, from logits, in training with their gradient; and the fusion that
//! puts it in their place.

use super::case::{CaseBuilder, Entry};
use super::cross_entropy::{CrossEntropy, CrossEntropyGradient, largest};
use super::fusion::{downcast, replace_runs};
use super::softmax::{Softmax, SoftmaxGradient};
use super::watch::{self, Watch};
use super::{Dispatch, Kernel, Memory, Op, Real, Shader, Target, parallel, shader};
use crate::program::{Element, Lists, Role, Rows, TensorId, Tensors};

const SHADER: Shader = shader!("softmax_cross_entropy");

/// Rows that the CPU takes at once, so that their exponentials are computed in whole vectors.
const ROWS: usize = 32;

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
    /// In training.
    pub training: Option<Training>,
}

/// Most classes that an invocation of the shader holds.
const MOST_HELD: usize = 32;

/// What is computed besides in training.
#[derive(Debug, Clone, Copy)]
pub struct Training {
    /// `[batch, classes]`: of the mean loss, `dx = (p - target) / rows`.
    pub dx: TensorId,
    /// `[batch, 1]`: see [`Watch`].
    pub flags: TensorId,
}

impl Kernel for SoftmaxCrossEntropy {
    fn name(&self) -> &'static str {
        match self.training {
            None => "softmax_cross_entropy",
            Some(_) => "softmax_cross_entropy_training",
        }
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (x, label) = (memory.read(self.x), memory.read_uint(self.label));
        let (mut p, mut loss) = (memory.write(self.p), memory.write(self.loss));
        let mut predicted = memory.write_uint(self.predicted);
        let classes = x.view().ncols();
        let (x, label, p) = (x.slice(), label.slice(), p.slice());
        let (loss, predicted) = (loss.slice(), predicted.slice());
        let work = 4 * x.len();
        parallel::chunks3(
            (p, ROWS * classes),
            (loss, ROWS),
            (predicted, ROWS),
            work,
            #[inline(always)]
            |chunk, p, loss, predicted| {
                let first = chunk * ROWS;
                let x = &x[first * classes..(first + loss.len()) * classes];
                let rows = x.chunks_exact(classes).zip(p.chunks_exact_mut(classes));
                for ((x, p), predicted) in rows.zip(&mut *predicted) {
                    *predicted = largest(x);
                    let top = x[*predicted as usize];
                    p.iter_mut().zip(x).for_each(|(p, &x)| *p = x - top);
                }
                for (loss, (p, &label)) in
                    (loss.iter_mut()).zip(p.chunks_exact(classes).zip(&label[first..]))
                {
                    *loss = -p[label as usize];
                }
                p.iter_mut().for_each(|p| *p = p.exp_of_negative());
                for (loss, p) in loss.iter_mut().zip(p.chunks_exact_mut(classes)) {
                    let sum: T = p.iter().copied().sum();
                    p.iter_mut().for_each(|p| *p /= sum);
                    *loss += sum.ln();
                }
            },
        );
        let Some(training) = &self.training else {
            return;
        };
        let (mut dx, mut flags) = (memory.write(training.dx), memory.write_uint(training.flags));
        let (p, loss) = (&*p, &*loss);
        let share = T::one() / T::from_f64(label.len() as f64);
        parallel::chunks2(
            (dx.slice(), ROWS * classes),
            (flags.slice(), ROWS),
            p.len(),
            |chunk, dx, flags| {
                let first = chunk * ROWS;
                let p = &p[first * classes..][..dx.len()];
                dx.iter_mut().zip(p).for_each(|(dx, &p)| *dx = p * share);
                let rows = dx.chunks_exact_mut(classes).zip(p.chunks_exact(classes));
                for (row, (flags, (dx, p))) in (first..).zip(flags.iter_mut().zip(rows)) {
                    let target = label[row] as usize;
                    dx[target] = (p[target] - T::one()) * share;
                    *flags = watch::flags(p, loss[row]);
                }
            },
        );
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let classes = tensors.cols(self.x);
        // Not to evaluate: what that gains is less than what compiling it takes.
        let held = match self.training {
            Some(_) if classes <= MOST_HELD => classes,
            _ => 0,
        };
        let dispatch = |entry| {
            Dispatch::new(SHADER, entry)
                .size(classes)
                .constant("HELD", held as f64)
                .state()
                .read(self.x)
                .read(self.label)
                .write(self.p)
                .write(self.loss)
                .write(self.predicted)
                .over(tensors.rows(self.x))
                .iterations(3 * classes)
        };
        vec![match &self.training {
            None => dispatch("evaluate"),
            Some(training) => dispatch("train").write(training.dx).write(training.flags),
        }]
    }
}

/// Replaces a softmax followed by the cross-entropy of its result; in training with their gradients and the
/// watch over both.
pub fn fuse(lists: &mut Lists) {
    let gradient = lists.backward.windows(2).find_map(|pair| {
        let first = downcast::<CrossEntropyGradient>(&pair[0])?;
        let second = downcast::<SoftmaxGradient>(&pair[1])?;
        (first.dp == second.dy && first.p == second.y).then_some((first.p, second.dx))
    });
    let watch = lists.backward.iter().find_map(downcast::<Watch>).cloned();
    let training = gradient.zip(watch);
    let training = training.filter(|((p, _), watch)| watch.probability == *p);
    let training = training.map(|((p, dx), watch)| {
        let flags = watch.flags;
        (p, Training { dx, flags })
    });
    replace_runs(&mut lists.forward, |ops| forward(ops, training));
    replace_runs(&mut lists.evaluate, |ops| forward(ops, None));
    let fused = lists.forward.iter();
    let fused = fused.filter_map(downcast::<SoftmaxCrossEntropy>);
    if fused.filter(|op| op.training.is_some()).count() > 0 {
        lists.backward.retain(|op| {
            let gradient = downcast::<CrossEntropyGradient>(op).is_some()
                || downcast::<SoftmaxGradient>(op).is_some();
            !gradient && downcast::<Watch>(op).is_none()
        });
    }
}

fn forward(
    ops: &[Box<dyn Op>],
    training: Option<(TensorId, Training)>,
) -> Option<(Box<dyn Op>, usize)> {
    let softmax = ops.first().and_then(downcast::<Softmax>)?;
    let loss = ops.get(1).and_then(downcast::<CrossEntropy>)?;
    if softmax.y != loss.p {
        return None;
    }
    let fused = SoftmaxCrossEntropy {
        x: softmax.x,
        label: loss.label,
        p: loss.p,
        loss: loss.loss,
        predicted: loss.predicted,
        training: training
            .filter(|(p, _)| *p == loss.p)
            .map(|(_, training)| training),
    };
    Some((Box::new(fused), 2))
}

pub fn entries() -> Vec<Entry> {
    fn case(c: &mut CaseBuilder) -> SoftmaxCrossEntropy {
        let classes = c.size() + 1;
        let (x, p) = (c.batch("x", classes), c.output("p", classes));
        let (label, loss) = (c.labels(classes), c.output("loss", 1));
        let predicted = c
            .tensors
            .add("predicted", Rows::Batch, 1, Element::Uint, Role::Activation);
        SoftmaxCrossEntropy {
            x,
            label,
            p,
            loss,
            predicted,
            training: None,
        }
    }
    fn training(c: &mut CaseBuilder, op: &SoftmaxCrossEntropy) -> Training {
        let dx = c.output("dx", c.tensors.cols(op.x));
        let flags = c.uints("flags", Rows::Batch, 1, 4);
        Training { dx, flags }
    }
    vec![
        Entry {
            name: "softmax_cross_entropy",
            case: |c| {
                let op = case(c);
                c.op(op);
            },
        },
        Entry {
            name: "softmax_cross_entropy in training",
            case: |c| {
                let mut op = case(c);
                let training = training(c, &op);
                let dloss = c.mean_gradient();
                c.derivative_of(op.clone(), &[(op.loss, dloss)], &[(op.x, training.dx)]);
                op.training = Some(training);
                c.op(op);
            },
        },
        Entry {
            name: "softmax_cross_entropy of extremes",
            case: |c| {
                let mut op = case(c);
                c.sprinkle(op.x, &[1000.0, -1000.0]);
                op.training = Some(training(c, &op));
                c.op(op);
            },
        },
    ]
}
