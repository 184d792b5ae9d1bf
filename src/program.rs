//! A [`Program`]: an experiment's model and optimizer compiled once into named tensors and ordered
//! lists of ops. It does not know who runs it; see [`crate::backend`] for those who do.

use crate::ops::Op;

/// Which tensor of a [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(u32);

impl TensorId {
    /// Position of the tensor in its [`Tensors`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How many rows a tensor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Always this many.
    Fixed(usize),
    /// One row a sample: room for the program's minibatch size, of which the first `state.rows` are
    /// in use.
    Batch,
}

/// What the elements of a tensor are. `Real` is f32 on a GPU, f32 or f64 on the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    Real,
    Uint,
    /// A part of the data set: always f32, written once, shared with the host where that is possible.
    Sample,
}

/// What a tensor is for; decides how it is initialised, saved, checked and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The step state: minibatch position, step number, learning rate, seeds.
    State,
    /// Samples, labels and the order in which they are visited.
    Data,
    /// Trained by the optimizer.
    Parameter,
    /// Of a parameter, by name and shape its twin.
    Gradient,
    /// What the optimizer remembers between steps.
    Optimizer,
    /// Running statistics: part of the model, not trained by the optimizer.
    Running,
    /// Output of a layer.
    Activation,
    /// Gradient of the cost with respect to an activation.
    ActivationGradient,
    /// Read back by the trainer once an epoch.
    Metric,
    /// Between two dispatches of one op.
    Scratch,
    /// Room for other tensors: see [`Tensors::slab`].
    Slab,
}

/// Name, shape and meaning of one tensor: a row-major matrix `[rows, cols]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    pub name: String,
    pub rows: Rows,
    pub cols: usize,
    pub element: Element,
    pub role: Role,
    /// Where it lies in a slab, if it does.
    pub place: Option<Place>,
    /// The tensor whose first rows it is on a GPU, if it is.
    pub stand_in: Option<TensorId>,
}

/// Where a tensor lies in a slab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub slab: TensorId,
    /// In elements.
    pub offset: usize,
}

/// Elements that the offsets of a slab's members are multiples of: 256 bytes, the most that a device
/// may ask of a binding's offset.
const PLACE_ALIGNMENT: usize = 64;

/// The tensors of a program, and the minibatch size that its batch tensors have room for.
#[derive(Debug, Clone)]
pub struct Tensors {
    list: Vec<Tensor>,
    batch: usize,
}

impl Tensors {
    /// The step state, the first tensor of every program.
    pub const STATE: TensorId = TensorId(0);

    /// Only the step state yet, with room for `batch` samples in each batch tensor to come.
    pub fn new(batch: usize) -> Self {
        let mut tensors = Self {
            list: Vec::new(),
            batch,
        };
        let words = crate::ops::state::StepState::WORDS;
        tensors.add("state", Rows::Fixed(1), words, Element::Uint, Role::State);
        tensors
    }

    /// Adds a tensor.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        rows: Rows,
        cols: usize,
        element: Element,
        role: Role,
    ) -> TensorId {
        let id = TensorId(self.list.len() as u32);
        self.list.push(Tensor {
            name: name.into(),
            rows,
            cols,
            element,
            role,
            place: None,
            stand_in: None,
        });
        id
    }

    /// Lays tensors of real numbers one after the other in one buffer of a GPU, a slab, so that one
    /// dispatch can go over all of them. What lies between them stays 0. The CPU has no use for slabs.
    pub fn slab(&mut self, name: &str, members: impl IntoIterator<Item = TensorId>) -> TensorId {
        let slab = TensorId(self.list.len() as u32);
        let mut offset = 0;
        for member in members {
            self.list[member.index()].place = Some(Place { slab, offset });
            offset += self.len(member).next_multiple_of(PLACE_ALIGNMENT);
        }
        self.matrix(name, 1, offset, Role::Slab)
    }

    /// Lets the first rows of `other` be the tensor on a GPU. It must be of the same width, and nothing may
    /// write the tensor.
    pub fn stand_in(&mut self, id: TensorId, other: TensorId) {
        self.list[id.index()].stand_in = Some(other);
    }

    /// Bytes that a member of so many elements takes in a slab of a GPU.
    pub fn slab_bytes(elements: usize) -> u64 {
        4 * elements.next_multiple_of(PLACE_ALIGNMENT) as u64
    }

    /// The tensors that lie in a slab, in order.
    pub fn members(&self, slab: TensorId) -> impl Iterator<Item = TensorId> + '_ {
        self.ids()
            .filter(move |id| self[*id].place.is_some_and(|place| place.slab == slab))
    }

    /// Adds a real-valued tensor of one row a sample.
    pub fn batch(&mut self, name: impl Into<String>, cols: usize, role: Role) -> TensorId {
        self.add(name, Rows::Batch, cols, Element::Real, role)
    }

    /// Adds a real-valued matrix `[rows, cols]`.
    pub fn matrix(
        &mut self,
        name: impl Into<String>,
        rows: usize,
        cols: usize,
        role: Role,
    ) -> TensorId {
        self.add(name, Rows::Fixed(rows), cols, Element::Real, role)
    }

    /// Most samples a minibatch can have.
    pub fn max_batch(&self) -> usize {
        self.batch
    }

    /// The same tensors, with at most so many samples in a minibatch.
    pub fn of_batch(&self, batch: usize) -> Self {
        let list = self.list.clone();
        Self { list, batch }
    }

    /// Rows that the tensor has room for.
    pub fn rows(&self, id: TensorId) -> usize {
        match self[id].rows {
            Rows::Fixed(rows) => rows,
            Rows::Batch => self.batch,
        }
    }

    pub fn cols(&self, id: TensorId) -> usize {
        self[id].cols
    }

    /// Elements that the tensor has room for.
    pub fn len(&self, id: TensorId) -> usize {
        self.rows(id) * self.cols(id)
    }

    /// Whether the tensor has one row a sample.
    pub fn is_batch(&self, id: TensorId) -> bool {
        self[id].rows == Rows::Batch
    }

    /// Whether it holds real numbers of its own.
    pub fn is_real(&self, id: TensorId) -> bool {
        self[id].element == Element::Real && self[id].role != Role::Slab
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = TensorId> + use<> {
        (0..self.list.len() as u32).map(TensorId)
    }

    /// The ids of the tensors with this role, in order.
    pub fn with_role(&self, role: Role) -> Vec<TensorId> {
        self.ids().filter(|id| self[*id].role == role).collect()
    }

    /// The tensor with this name and role, if there is one.
    pub fn find(&self, name: &str, role: Role) -> Option<TensorId> {
        self.ids()
            .find(|id| self[*id].name == name && self[*id].role == role)
    }
}

impl std::ops::Index<TensorId> for Tensors {
    type Output = Tensor;
    fn index(&self, id: TensorId) -> &Tensor {
        &self.list[id.index()]
    }
}

/// The elements of a tensor on the host, row-major. f32 and f64 both fit `Real` without loss.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Real(Vec<f64>),
    Uint(Vec<u32>),
}

impl Values {
    /// The numbers of a real-valued tensor; none of an integer one.
    pub fn real(&self) -> &[f64] {
        match self {
            Self::Real(values) => values,
            Self::Uint(_) => &[],
        }
    }

    /// The numbers of an integer tensor; none of a real-valued one.
    pub fn uint(&self) -> &[u32] {
        match self {
            Self::Real(_) => &[],
            Self::Uint(values) => values,
        }
    }
}

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

    /// Replaces ops by fused ones; the results stay the same but for rounding.
    pub fn fuse(&mut self) {
        for fusion in crate::ops::fusions() {
            fusion(&mut self.lists);
        }
    }
}
