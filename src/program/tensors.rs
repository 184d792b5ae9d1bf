//! Named tensors with static shapes, and their values on the host.

use crate::ops::state::StepState;

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

/// The tensors of a program, the minibatch size that its batch tensors have room for, and how many networks
/// of this shape, its replicas, it trains at once. All replicas learn from the same minibatches: the step
/// state's place in the epoch and the tensors of [`Role::Data`] are there once, all others once a replica.
/// Shapes and lengths are those of one replica.
#[derive(Debug, Clone)]
pub struct Tensors {
    list: Vec<Tensor>,
    batch: usize,
    replicas: usize,
}

impl Tensors {
    /// The step state, the first tensor of every program.
    pub const STATE: TensorId = TensorId(0);

    /// Only the step state yet, with room for `batch` samples in each batch tensor to come.
    pub fn new(batch: usize) -> Self {
        Self::of_replicas(batch, 1)
    }

    /// The same for so many replicas, at least 1.
    pub fn of_replicas(batch: usize, replicas: usize) -> Self {
        let mut tensors = Self {
            list: Vec::new(),
            batch,
            replicas: replicas.max(1),
        };
        let words = StepState::WORDS + tensors.replicas * StepState::OWN_WORDS;
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
        let replicas = self.replicas;
        Self {
            list,
            batch,
            replicas,
        }
    }

    /// Networks that are trained at once.
    pub fn replicas(&self) -> usize {
        self.replicas
    }

    /// Whether the tensor is there once for all replicas.
    pub fn is_shared(&self, id: TensorId) -> bool {
        matches!(self[id].role, Role::State | Role::Data)
    }

    /// How often the tensor is there.
    pub fn copies(&self, id: TensorId) -> usize {
        if self.is_shared(id) { 1 } else { self.replicas }
    }

    /// Most replicas of which each tensor fits into so many bytes, at least 1.
    pub fn most_replicas(&self, max_tensor_bytes: u64) -> usize {
        /// Workgroups along z that every device takes.
        const MOST: u64 = 65_535;
        let own = self.ids().filter(|id| !self.is_shared(*id));
        let largest = own.map(|id| Self::slab_bytes(self.len(id))).max();
        let most = max_tensor_bytes / largest.unwrap_or(1).max(1);
        most.clamp(1, MOST) as usize
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

    /// Of values of so many replicas one after the other, those of one.
    pub fn of_replica(&self, replica: usize, replicas: usize) -> Self {
        fn part<E: Copy>(values: &[E], replica: usize, replicas: usize) -> Vec<E> {
            let length = values.len() / replicas.max(1);
            values[replica * length..(replica + 1) * length].to_vec()
        }
        match self {
            Self::Real(values) => Self::Real(part(values, replica, replicas)),
            Self::Uint(values) => Self::Uint(part(values, replica, replicas)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_as_many_as_the_largest_tensor_of_their_own_leaves_room_for() {
        let mut tensors = Tensors::new(10);
        tensors.batch("x", 1000, Role::Data);
        tensors.matrix("W", 3, 64, Role::Parameter);
        let bytes = 4 * 3 * 64;
        assert_eq!(tensors.most_replicas(5 * bytes), 5);
        assert_eq!(tensors.most_replicas(5 * bytes - 1), 4);
        assert_eq!(tensors.most_replicas(0), 1);
        assert_eq!(tensors.most_replicas(u64::MAX), 65_535);
    }

    #[test]
    fn values_of_replicas_lie_one_after_the_other() {
        let values = Values::Uint(vec![1, 2, 3, 4, 5, 6]);
        assert_eq!(values.of_replica(1, 3), Values::Uint(vec![3, 4]));
    }
}
