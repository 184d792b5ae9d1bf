//! Fetches a minibatch's samples and labels from the data set that lies on the device.

use super::case::Entry;
use super::{Access, Dispatch, Kernel, Memory, Real, Shader, Target, parallel, shader};
use crate::program::{Rows, TensorId, Tensors};

const SHADER: Shader = shader!("gather");

/// `x[r, :] = samples[order[offset + r] % total - first, :]` for the rows that this part of the data
/// set holds. A data set larger than one binding lies in several parts, each with its own op.
#[derive(Debug, Clone)]
pub struct GatherSamples {
    /// `[entries, 1]`: which entry is visited when; an entry is `clone * total + sample`.
    pub order: TensorId,
    /// `[rows of the part, features]`.
    pub part: TensorId,
    /// The part's first sample.
    pub first: usize,
    /// Samples of the whole data set.
    pub total: usize,
    /// `[batch, features]`.
    pub x: TensorId,
}

impl Kernel for GatherSamples {
    fn name(&self) -> &'static str {
        "gather_samples"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let offset = memory.state().offset as usize;
        let count = memory.rows(self.part);
        let part = memory.samples(self.part);
        let order = memory.read_uint(self.order);
        let order = &order.all()[offset..];
        let mut x = memory.write(self.x);
        let cols = x.view().ncols();
        let row_of = |r: usize| {
            let sample = order[r] as usize % self.total;
            sample.checked_sub(self.first).filter(|row| *row < count)
        };
        let fetch = part.fetch();
        parallel::rows(x.slice(), cols, |r, out| {
            if let Some(row) = row_of(r) {
                for (out, &value) in out.iter_mut().zip(fetch(row)) {
                    *out = T::from_f32(value);
                }
            }
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let count = tensors.rows(self.part);
        let access = if count == self.total {
            Access::Write
        } else {
            Access::Update
        };
        vec![
            Dispatch::new(SHADER, "rows_of_part")
                .size(tensors.cols(self.x))
                .size(self.total)
                .size(self.first)
                .size(count)
                .state()
                .read(self.order)
                .read(self.part)
                .operand(self.x, access)
                .over(tensors.len(self.x)),
        ]
    }
}

/// `label[r] = labels[order[offset + r] % total]`.
#[derive(Debug, Clone)]
pub struct GatherLabels {
    pub order: TensorId,
    /// `[samples, 1]`, of the whole data set.
    pub labels: TensorId,
    /// `[batch, 1]`.
    pub label: TensorId,
}

impl Kernel for GatherLabels {
    fn name(&self) -> &'static str {
        "gather_labels"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let offset = memory.state().offset as usize;
        let (order, labels) = (memory.read_uint(self.order), memory.read_uint(self.labels));
        let mut label = memory.write_uint(self.label);
        for (label, entry) in label.slice().iter_mut().zip(&order.all()[offset..]) {
            *label = labels.all()[*entry as usize % labels.all().len()];
        }
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "labels")
                .size(1)
                .size(tensors.rows(self.labels))
                .size(0)
                .size(0)
                .state()
                .read(self.order)
                .read(self.labels)
                .write(self.label)
                .over(tensors.rows(self.label)),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![
        Entry {
            name: "gather_samples",
            case: |c| {
                let (total, cols, clones) = (c.size(), c.size(), c.integer(1..4));
                c.state.offset = c.integer(0..50) as u32;
                let entries = c.state.offset as usize + c.rows;
                let order = c.uints("order", Rows::Fixed(entries), 1, clones * total);
                let count = c.integer(1..total + 1);
                let first = c.integer(0..total - count + 1);
                let part = c.samples(count, cols);
                let x = c.batch("x", cols);
                c.op(GatherSamples {
                    order,
                    part,
                    first,
                    total,
                    x,
                });
            },
        },
        Entry {
            name: "gather_labels",
            case: |c| {
                let total = c.size();
                c.state.offset = c.integer(0..50) as u32;
                let entries = c.state.offset as usize + c.rows;
                let order = c.uints("order", Rows::Fixed(entries), 1, 3 * total);
                let labels = c.uints("labels", Rows::Fixed(total), 1, 10);
                let label = c.tensors.add(
                    "label",
                    Rows::Batch,
                    1,
                    crate::program::Element::Uint,
                    crate::program::Role::Data,
                );
                c.op(GatherLabels {
                    order,
                    labels,
                    label,
                });
            },
        },
    ]
}
