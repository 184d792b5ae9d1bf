//! Fetches a minibatch's samples and labels from the data set that lies on the device.

use super::case::{CaseBuilder, Entry};
use super::{
    Access, Dispatch, Kernel, Lanes, Memory, Real, Shader, Target, WORKGROUP, parallel, shader,
};
use crate::program::{Element, Role, Rows, TensorId, Tensors};

const SHADER: Lanes<Shader> = shader!("gather" by lanes with "samples_f32");

/// Of a data set in bytes.
const OF_BYTES: Shader = shader!("gather" as " of bytes" with "lanes4", "samples_u8");

/// Vectors of features that one invocation copies at most: fewer workgroups, and still enough of them.
const RUN: usize = 16;

/// `x[r, :] = samples[order[offset + r] % total - first, :]` for the rows that this part of the data
/// set holds, and `label[r] = labels[order[offset + r] % total]`. A data set larger than one binding lies in
/// several parts, each with its own op.
#[derive(Debug, Clone)]
pub struct Gather {
    /// `[entries, 1]`: which entry is visited when; an entry is `clone * total + sample`.
    pub order: TensorId,
    /// `[rows of the part, features]`.
    pub part: TensorId,
    /// The part's first sample.
    pub first: usize,
    /// `[batch, features]`.
    pub x: TensorId,
    /// `[samples, 1]`, of the whole data set.
    pub labels: TensorId,
    /// `[batch, 1]`.
    pub label: TensorId,
}

impl Gather {
    /// The row of the part from which the minibatch's rows follow one another in the data set, if they
    /// all do.
    fn run_of_rows<T: Real>(&self, memory: &Memory<T>, order: &[u32]) -> Option<usize> {
        let begin = *order.first()? as usize % memory.rows(self.labels);
        let consecutive = order.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        let row = begin.checked_sub(self.first)?;
        let inside = row + order.len() <= memory.rows(self.part);
        (consecutive && inside).then_some(row)
    }
}

impl Gather {
    /// All that is left to do where the data set itself is the minibatch.
    fn gather_labels(&self, tensors: &Tensors) -> Dispatch {
        let (shader, _) = SHADER.of(tensors.cols(self.x));
        let rows = tensors.rows(self.label);
        Dispatch::new(shader, "gather_labels")
            .size(1)
            .size(tensors.rows(self.labels))
            .size(0)
            .size(0)
            .size(1)
            .size(1)
            .state()
            .read(self.order)
            .read(self.labels)
            .write(self.label)
            .over(rows)
    }
}

impl Kernel for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    /// Samples that follow one another are not copied: the data set's own rows stand for the minibatch. So
    /// evaluations, and minibatches of all samples, cost nothing here (86 MB a step for 593 pictures of
    /// 110 x 110).
    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let (offset, rows) = (memory.state().offset as usize, memory.rows(self.x));
        let order = memory.read_uint(self.order);
        let order = &order.all()[offset..offset + rows];
        let labels = memory.read_uint(self.labels);
        let (labels, total) = (labels.all(), labels.all().len());
        let mut label = memory.write_uint(self.label);
        for (label, entry) in label.slice().iter_mut().zip(order) {
            *label = labels[*entry as usize % total];
        }
        let part = memory.samples(self.part);
        if let Some(row) = self.run_of_rows(memory, order)
            && memory.lend(self.x, part.shared_from(row))
        {
            return;
        }
        let count = memory.rows(self.part);
        let row_of = |r: usize| {
            let sample = order[r] as usize % total;
            sample.checked_sub(self.first).filter(|row| *row < count)
        };
        let mut x = memory.write(self.x);
        let cols = x.view().ncols();
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
        let (count, total) = (tensors.rows(self.part), tensors.rows(self.labels));
        let whole = count == total;
        let access = if whole { Access::Write } else { Access::Update };
        let cols = tensors.cols(self.x);
        let (shader, vectors) = match tensors[self.part].element {
            Element::ByteSample => (OF_BYTES, cols / 4),
            _ => SHADER.of(cols),
        };
        let across = vectors.div_ceil(RUN * WORKGROUP);
        let run = vectors.div_ceil(across * WORKGROUP);
        if tensors[self.x].stand_in == Some(self.part) {
            return vec![self.gather_labels(tensors)];
        }
        vec![
            Dispatch::new(shader, "gather")
                .size(vectors)
                .size(total)
                .size(self.first)
                .size(count)
                .size(across)
                .size(run)
                .state()
                .read(self.order)
                .read(self.part)
                .operand(self.x, access)
                .read(self.labels)
                .write(self.label)
                .rows(tensors.rows(self.x), across)
                .iterations(run),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    fn case(c: &mut CaseBuilder, cols: usize, consecutive: bool, element: Element) -> Gather {
        let (total, clones) = (c.size() + c.rows, c.integer(1..4));
        c.state.offset = c.integer(0..50) as u32;
        let entries = c.state.offset as usize + c.rows;
        let order = if consecutive {
            let begin = c.integer(0..total - c.rows + 1);
            let before = vec![0; c.state.offset as usize];
            let run = (begin..begin + c.rows).map(|row| row as u32);
            c.given("order", before.into_iter().chain(run).collect())
        } else {
            c.uints("order", Rows::Fixed(entries), 1, clones * total)
        };
        let count = if consecutive {
            total
        } else {
            c.integer(1..total + 1)
        };
        let first = c.integer(0..total - count + 1);
        let part = c.samples(count, cols, element);
        let x = c.batch("x", cols);
        let labels = c.uints("labels", Rows::Fixed(total), 1, 10);
        let label = c
            .tensors
            .add("label", Rows::Batch, 1, Element::Uint, Role::Data);
        Gather {
            order,
            part,
            first,
            x,
            labels,
            label,
        }
    }
    vec![
        Entry {
            name: "gather",
            case: |c| {
                let cols = c.size();
                let op = case(c, cols, false, Element::Sample);
                c.op(op);
            },
        },
        Entry {
            name: "gather of vectors",
            case: |c| {
                let cols = 4 * c.size();
                let op = case(c, cols, false, Element::Sample);
                c.op(op);
            },
        },
        Entry {
            name: "gather of bytes",
            case: |c| {
                let cols = 4 * c.size();
                let op = case(c, cols, false, Element::ByteSample);
                c.op(op);
            },
        },
        Entry {
            name: "gather of the data set itself",
            case: |c| {
                let cols = c.size() * [1, 4][c.integer(0..2)];
                let op = case(c, cols, true, Element::Sample);
                c.tensors.stand_in(op.x, op.part);
                c.op(op);
            },
        },
        Entry {
            name: "gather of consecutive samples",
            case: |c| {
                let cols = c.size();
                let op = case(c, cols, true, Element::Sample);
                c.op(op);
            },
        },
    ]
}
