//! The confusion matrix, counted on the device.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, shader};
use crate::program::{Rows, TensorId, Tensors};

const SHADER: Shader = shader!("confusion");

/// `count[label, predicted] += 1` for each sample.
#[derive(Debug, Clone)]
pub struct Confusion {
    /// `[batch, 1]` each, class indices.
    pub label: TensorId,
    pub predicted: TensorId,
    /// `[classes, classes]`; the host clears it before an evaluation.
    pub count: TensorId,
}

impl Kernel for Confusion {
    fn name(&self) -> &'static str {
        "confusion"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (label, predicted) = (
            memory.read_uint(self.label),
            memory.read_uint(self.predicted),
        );
        let mut count = memory.write_uint(self.count);
        let mut count = count.view();
        for (label, predicted) in label.slice().iter().zip(predicted.slice()) {
            count[[*label as usize, *predicted as usize]] += 1;
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "confusion")
                .size(tensors.cols(self.count))
                .state()
                .read(self.label)
                .read(self.predicted)
                .update(self.count)
                .over(tensors.rows(self.label)),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "confusion",
        case: |c| {
            let classes = c.size();
            let label = c.labels(classes);
            let predicted = c.uints("predicted", Rows::Batch, 1, classes);
            let count = c.uints("count", Rows::Fixed(classes), classes, 100);
            c.op(Confusion {
                label,
                predicted,
                count,
            });
        },
    }]
}
