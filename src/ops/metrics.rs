//! The figures of a minibatch, reduced on the device and kept there until the epoch's end.

use super::case::Entry;
use super::{CHUNK, Dispatch, Kernel, Memory, Real, Shader, Target, chunks, shader};
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
    /// `[chunks, 2]`.
    partial: TensorId,
}

impl Metrics {
    pub fn new(
        tensors: &mut Tensors,
        [loss, label, predicted]: [TensorId; 3],
        l2: TensorId,
        metrics: TensorId,
    ) -> Self {
        let partials = chunks(tensors.rows(loss));
        let partial = tensors.matrix("partial", partials, 2, Role::Scratch);
        Self {
            loss,
            label,
            predicted,
            l2,
            metrics,
            partial,
        }
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
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let (terms, partials) = (tensors.len(self.l2), tensors.rows(self.partial));
        vec![
            Dispatch::new(SHADER, "partial_figures")
                .size(terms)
                .state()
                .read(self.loss)
                .read(self.label)
                .read(self.predicted)
                .write(self.partial)
                .over(partials)
                .iterations(CHUNK),
            Dispatch::new(SHADER, "combine_figures")
                .size(terms)
                .state()
                .read(self.partial)
                .read(self.l2)
                .update(self.metrics)
                .iterations(partials + terms),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "metrics",
        case: |c| {
            let (label, loss) = (c.labels(3), c.batch("loss", 1));
            c.uniform(loss, 0.0..3.0);
            let predicted = c.uints("predicted", Rows::Batch, 1, 3);
            let terms = c.size();
            let l2 = c.matrix("l2", 1, terms);
            let metrics = c.matrix("metrics", 7, FIGURES);
            c.state.slot = c.integer(0..7) as u32;
            let op = Metrics::new(&mut c.tensors, [loss, label, predicted], l2, metrics);
            c.op(op);
        },
    }]
}

/// The tensor that [`Metrics`] writes, with room for `slots` minibatches.
pub fn tensor(tensors: &mut Tensors, slots: usize) -> TensorId {
    tensors.add(
        "metrics",
        Rows::Fixed(slots),
        FIGURES,
        Element::Real,
        Role::Metric,
    )
}
