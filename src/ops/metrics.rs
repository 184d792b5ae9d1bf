//! The figures of a minibatch, reduced on the device and kept there until the epoch's end.

use super::case::{CaseBuilder, Entry};
use super::watch::{NOT_FINITE, SATURATED};
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, shader};
use crate::program::{Element, Role, Rows, TensorId, Tensors};

const SHADER: Shader = shader!("metrics");

/// Numbers in a row of the metrics tensor: sum of the losses, sum of the L2 terms, samples predicted
/// right, samples.
pub const FIGURES: usize = 4;

/// Writes row `slot` of the metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// `[batch, 1]` each.
    pub loss: TensorId,
    pub label: TensorId,
    pub predicted: TensorId,
    /// `[1, parameters]`: the L2 term of each parameter's.
    pub l2: TensorId,
    /// `[slots, 4]`.
    pub metrics: TensorId,
    /// In training.
    pub watched: Option<Watched>,
}

/// What tells of instability, to be counted.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// `[batch, 1]`: see [`Watch`](super::watch::Watch).
    pub flags: TensorId,
    /// `[1, 2]`: samples that were not finite and that were saturated, since the host cleared it.
    pub found: TensorId,
}

/// Invocations that share the rows: on a software adapter as many as it computes at once, since its barriers are dear;
/// but none may loop for long there.
fn invocations(target: &Target, rows: usize) -> usize {
    const LONG: usize = 16 * 1024;
    if target.software && rows <= LONG {
        16
    } else {
        256
    }
}

impl Kernel for Metrics {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (loss, l2) = (memory.read(self.loss), memory.read(self.l2));
        let (label, predicted) = (
            memory.read_uint(self.label),
            memory.read_uint(self.predicted),
        );
        let right = label
            .slice()
            .iter()
            .zip(predicted.slice())
            .filter(|(l, p)| l == p)
            .count();
        let figures = [
            loss.slice().iter().copied().sum(),
            l2.slice().iter().copied().sum(),
            T::from_f64(right as f64),
            T::from_f64(label.slice().len() as f64),
        ];
        let slot = memory.state().slot as usize * FIGURES;
        memory.write(self.metrics).all()[slot..slot + FIGURES].copy_from_slice(&figures);
        if let Some(watched) = &self.watched {
            let flags = memory.read_uint(watched.flags);
            let mut found = memory.write_uint(watched.found);
            for (found, flag) in found.slice().iter_mut().zip([NOT_FINITE, SATURATED]) {
                *found += flags.slice().iter().filter(|f| *f & flag != 0).count() as u32;
            }
        }
    }

    fn gpu(&self, tensors: &Tensors, target: &Target) -> Vec<Dispatch> {
        let (terms, rows) = (tensors.len(self.l2), tensors.rows(self.loss));
        let invocations = invocations(target, rows);
        let dispatch = |entry| {
            Dispatch::new(SHADER, entry)
                .size(terms)
                .constant("INVOCATIONS", invocations as f64)
                .state()
                .read(self.loss)
                .read(self.label)
                .read(self.predicted)
                .read(self.l2)
                .update(self.metrics)
                .iterations(rows.div_ceil(invocations) + terms + 8)
        };
        vec![match &self.watched {
            None => dispatch("figures"),
            Some(watched) => dispatch("figures_and_flags")
                .read(watched.flags)
                .update(watched.found),
        }]
    }
}

pub fn entries() -> Vec<Entry> {
    fn case(c: &mut CaseBuilder, watches: bool) {
        let (label, loss) = (c.labels(3), c.batch("loss", 1));
        c.uniform(loss, 0.0..3.0);
        let predicted = c.uints("predicted", Rows::Batch, 1, 3);
        let terms = c.size();
        let l2 = c.matrix("l2", 1, terms);
        let metrics = c.matrix("metrics", 7, FIGURES);
        c.state.slot = c.integer(0..7) as u32;
        let watched = watches.then(|| Watched {
            flags: c.uints("flags", Rows::Batch, 1, 4),
            found: c.uints("found", Rows::Fixed(1), 2, 100),
        });
        c.op(Metrics {
            loss,
            label,
            predicted,
            l2,
            metrics,
            watched,
        });
    }
    vec![
        Entry {
            name: "metrics",
            case: |c| case(c, false),
        },
        Entry {
            name: "metrics in training",
            case: |c| case(c, true),
        },
    ]
}

/// The tensor that [`Metrics`] writes, with room for `slots` minibatches.
pub fn tensor(tensors: &mut Tensors, name: &str, slots: usize) -> TensorId {
    tensors.add(
        name,
        Rows::Fixed(slots),
        FIGURES,
        Element::Real,
        Role::Metric,
    )
}
