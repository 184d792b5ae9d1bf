//! A [`Program`]: an experiment's model and optimizer compiled once into named tensors and ordered
//! lists of ops. It does not know who runs it; see [`crate::backend`] for those who do.

mod tensors;

use crate::ops::{Access, Op, Operand, Target};
pub use tensors::{Element, Place, Role, Rows, Tensor, TensorId, Tensors, Values};

/// What a backend runs as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// One training step: fetch a minibatch, forward, loss, backward, update, metrics.
    Train,
    /// The first part of it: fetch a minibatch, augmented.
    Fetch,
    /// The second part: from the minibatch to its loss. What the gradient check differences.
    Loss,
    /// One minibatch of an evaluation: fetch, forward as in use, loss, metrics.
    Evaluate,
}

/// A list of ops of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Of training: a minibatch, augmented.
    Fetch,
    /// Of training: from the minibatch to its loss.
    Forward,
    /// Of training: from the loss to updated parameters and metrics.
    Backward,
    Evaluate,
}

/// The ops of a program, list by list.
#[derive(Debug, Default)]
pub struct Lists {
    pub fetch: Vec<Box<dyn Op>>,
    pub forward: Vec<Box<dyn Op>>,
    pub backward: Vec<Box<dyn Op>>,
    pub evaluate: Vec<Box<dyn Op>>,
}

/// The tensors and ops of one experiment.
#[derive(Debug)]
pub struct Program {
    pub tensors: Tensors,
    lists: Lists,
    /// Most samples of a minibatch of training and of an evaluation, where they are fewer than the
    /// tensors have room for.
    batches: [usize; 2],
}

impl Program {
    pub fn new(tensors: Tensors) -> Self {
        Self {
            batches: [tensors.max_batch(); 2],
            lists: Lists::default(),
            tensors,
        }
    }

    /// Says how many samples a minibatch of training and of an evaluation has at most.
    pub fn set_batches(&mut self, training: usize, evaluation: usize) {
        self.batches = [training, evaluation];
    }

    /// The tensors as a phase uses them, with room for its minibatches and no more.
    pub fn tensors_of(&self, phase: Phase) -> Tensors {
        let [training, evaluation] = self.batches;
        self.tensors.of_batch(match phase {
            Phase::Train | Phase::Fetch | Phase::Loss => training,
            Phase::Evaluate => evaluation,
        })
    }

    /// Appends an op to a list.
    pub fn emit(&mut self, list: List, op: impl Op) {
        self.emit_boxed(list, vec![Box::new(op)]);
    }

    /// Appends ops to a list.
    pub fn emit_boxed(&mut self, list: List, more: Vec<Box<dyn Op>>) {
        let ops = match list {
            List::Fetch => &mut self.lists.fetch,
            List::Forward => &mut self.lists.forward,
            List::Backward => &mut self.lists.backward,
            List::Evaluate => &mut self.lists.evaluate,
        };
        ops.extend(more);
    }

    /// The ops of a phase, in the order in which they run.
    pub fn ops(&self, phase: Phase) -> impl Iterator<Item = &dyn Op> {
        let none: &[Box<dyn Op>] = &[];
        let lists = &self.lists;
        let [first, second, third] = match phase {
            Phase::Train => [&lists.fetch[..], &lists.forward, &lists.backward],
            Phase::Fetch => [&lists.fetch, none, none],
            Phase::Loss => [&lists.forward, none, none],
            Phase::Evaluate => [&lists.evaluate, none, none],
        };
        let ops = first.iter().chain(second).chain(third);
        ops.map(|op| op.as_ref())
    }

    /// How many ops a phase begins with that work for all replicas at once: they use nothing that is a
    /// replica's own.
    pub fn shared_ops(&self, phase: Phase) -> usize {
        let is_shared = |op: &&dyn Op| {
            let dispatches = op.gpu(&self.tensors, &Target::default());
            let operands = dispatches.iter().flat_map(|dispatch| &dispatch.operands);
            let mut tensors = operands.map(|operand| operand.tensor);
            tensors.all(|tensor| self.tensors.is_shared(tensor))
        };
        self.ops(phase).take_while(is_shared).count()
    }

    /// From which op on a phase has to run again where one tensor has changed since: what the ops before have
    /// computed still holds.
    pub fn first_affected(&self, phase: Phase, changed: TensorId) -> usize {
        let operands = |op: &dyn Op| {
            let dispatches = op.gpu(&self.tensors, &Target::default());
            let operands = dispatches
                .into_iter()
                .flat_map(|dispatch| dispatch.operands);
            operands.collect()
        };
        let ops: Vec<Vec<Operand>> = self.ops(phase).map(operands).collect();
        let uses = |op: &Vec<Operand>, tensor| op.iter().any(|operand| operand.tensor == tensor);
        let first = ops.iter().position(|op| uses(op, changed));
        let mut first = first.unwrap_or(ops.len());
        // What is changed in place is to be written anew before.
        loop {
            let (before, again) = ops.split_at(first);
            let mut in_place = again.iter().flatten();
            let in_place = in_place.by_ref().filter(|o| o.access == Access::Update);
            let writers = in_place.filter_map(|o| before.iter().position(|op| uses(op, o.tensor)));
            match writers.min() {
                Some(writer) => first = writer,
                None => return first,
            }
        }
    }

    /// Replaces ops by fused ones; the results stay the same but for rounding.
    pub fn fuse(&mut self) {
        for fusion in crate::ops::fusions() {
            fusion(&mut self.lists);
        }
    }
}
