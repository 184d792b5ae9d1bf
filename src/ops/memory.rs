//! The tensors of a program as the CPU backend holds them, and how ops borrow them.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::sync::Arc;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Real;
use super::real::FromSample;
use super::state::StepState;
use crate::program::{Element, Role, TensorId, Tensors};

/// Rows of the data set, shared with whoever loaded it.
#[derive(Debug, Clone)]
pub struct SharedRows {
    pub samples: Arc<Vec<f32>>,
    pub first_row: usize,
}

#[derive(Debug)]
enum Storage<T> {
    Real(RefCell<Block<T>>),
    Uint(RefCell<Block<u32>>),
    Sample(RefCell<SharedRows>),
    /// A slab of a GPU: here its members stand for themselves.
    None,
}

/// The elements of one tensor.
#[derive(Debug)]
struct Block<E> {
    /// `[rows, cols]`, allocated when it is first used.
    own: Vec<E>,
    rows: usize,
    cols: usize,
    /// What stands for the tensor instead, and how many rows of it.
    lent: Option<(Lent<E>, usize)>,
}

/// Rows that stand for a tensor's own.
#[derive(Debug, Clone)]
enum Lent<E> {
    /// Of the data set.
    Samples(SharedRows),
    /// Of the first replica.
    Rows(Arc<Vec<E>>),
}

impl<E: Copy + Default> Block<E> {
    fn new(rows: usize, cols: usize) -> Self {
        Self {
            own: Vec::new(),
            rows,
            cols,
            lent: None,
        }
    }
}

impl<E: FromSample> Block<E> {
    /// The tensor's own elements, to write: what stood for it is copied first, since an op may change it in
    /// place.
    fn own(&mut self) -> &mut [E] {
        if self.own.is_empty() && !matches!(self.lent, Some((Lent::Rows(_), _))) {
            // Zero pages: what is never touched takes no memory.
            self.own = vec![E::default(); self.rows * self.cols];
        }
        match self.lent.take() {
            Some((Lent::Samples(lent), rows)) => {
                let begin = lent.first_row * self.cols;
                let values = &lent.samples[begin..begin + rows * self.cols];
                if let Some(values) = E::from_f32_slice(values) {
                    self.own[..values.len()].copy_from_slice(values);
                }
            }
            // Other replicas were told before to let go of it.
            Some((Lent::Rows(lent), _)) => self.own = Arc::unwrap_or_clone(lent),
            None => {}
        }
        &mut self.own
    }

    /// What stands for the tensor, for other replicas; its own elements if nothing else does.
    fn lend(&mut self, rows: usize) -> Option<(Lent<E>, usize)> {
        if self.lent.is_none() && !self.own.is_empty() {
            let own = std::mem::take(&mut self.own);
            self.lent = Some((Lent::Rows(Arc::new(own)), rows));
        }
        self.lent.clone()
    }
}

/// All tensors of one program. Ops borrow them through a shared reference; two ops never run at
/// once, and no op reads and writes one tensor under two names, so the borrows never collide.
#[derive(Debug)]
pub struct Memory<T> {
    tensors: Tensors,
    storage: Vec<Storage<T>>,
    state: Cell<StepState>,
}

impl<T: Real> Memory<T> {
    /// All tensors, zeroed.
    pub fn new(tensors: &Tensors, state: StepState) -> Self {
        let storage = tensors
            .ids()
            .map(|id| {
                let (rows, cols) = (tensors.rows(id), tensors.cols(id));
                match tensors[id].element {
                    _ if tensors[id].role == Role::Slab => Storage::None,
                    Element::Real => Storage::Real(RefCell::new(Block::new(rows, cols))),
                    Element::Uint => Storage::Uint(RefCell::new(Block::new(rows, cols))),
                    Element::Sample => Storage::Sample(RefCell::new(SharedRows {
                        samples: Arc::default(),
                        first_row: 0,
                    })),
                }
            })
            .collect();
        Self {
            tensors: tensors.clone(),
            storage,
            state: Cell::new(state),
        }
    }

    pub fn state(&self) -> StepState {
        self.state.get()
    }

    pub fn set_state(&self, state: StepState) {
        self.state.set(state);
    }

    /// Rows of a tensor that are in use: of a batch tensor, the minibatch's.
    pub fn rows(&self, id: TensorId) -> usize {
        if self.tensors.is_batch(id) {
            self.state.get().rows as usize
        } else {
            self.tensors.rows(id)
        }
    }

    fn real(&self, id: TensorId) -> &RefCell<Block<T>> {
        match &self.storage[id.index()] {
            Storage::Real(cell) => cell,
            _ => panic!("{} is no real-valued tensor", self.tensors[id].name),
        }
    }

    fn uint(&self, id: TensorId) -> &RefCell<Block<u32>> {
        match &self.storage[id.index()] {
            Storage::Uint(cell) => cell,
            _ => panic!("{} is no integer tensor", self.tensors[id].name),
        }
    }

    /// Borrows a real-valued tensor, its rows in use.
    pub fn read(&self, id: TensorId) -> Reading<'_, T> {
        Reading::new(self.real(id), self.rows(id))
    }

    /// Borrows a real-valued tensor to write, its rows in use.
    pub fn write(&self, id: TensorId) -> Writing<'_, T> {
        Writing::new(self.real(id), self.rows(id))
    }

    /// Borrows a tensor of integers, its rows in use.
    pub fn read_uint(&self, id: TensorId) -> Reading<'_, u32> {
        Reading::new(self.uint(id), self.rows(id))
    }

    /// Borrows a tensor of integers to write, its rows in use.
    pub fn write_uint(&self, id: TensorId) -> Writing<'_, u32> {
        Writing::new(self.uint(id), self.rows(id))
    }

    /// Lets rows of the data set stand for a tensor until it is written, if they can be read as they
    /// are; says whether they do.
    pub fn lend(&self, id: TensorId, rows: SharedRows) -> bool {
        let can = T::from_f32_slice(&[]).is_some();
        if can {
            self.real(id).borrow_mut().lent = Some((Lent::Samples(rows), self.rows(id)));
        }
        can
    }

    /// Lets a tensor of another replica stand for this one's, until either is written.
    pub fn share(&mut self, id: TensorId, other: &mut Self) {
        let rows = self.rows(id);
        match (
            &mut self.storage[id.index()],
            &mut other.storage[id.index()],
        ) {
            (Storage::Real(own), Storage::Real(other)) => {
                own.get_mut().lent = other.get_mut().lend(rows);
            }
            (Storage::Uint(own), Storage::Uint(other)) => {
                own.get_mut().lent = other.get_mut().lend(rows);
            }
            _ => panic!("{} cannot be shared", self.tensors[id].name),
        }
    }

    /// Lets go of what stands for a tensor.
    pub fn let_go(&mut self, id: TensorId) {
        match &mut self.storage[id.index()] {
            Storage::Real(own) => own.get_mut().lent = None,
            Storage::Uint(own) => own.get_mut().lent = None,
            Storage::Sample(_) | Storage::None => {}
        }
    }

    /// Borrows a part of the data set.
    pub fn samples(&self, id: TensorId) -> Samples<'_> {
        match &self.storage[id.index()] {
            Storage::Sample(cell) => Samples {
                guard: cell.borrow(),
                cols: self.tensors.cols(id),
            },
            _ => panic!("{} is no part of the data set", self.tensors[id].name),
        }
    }

    /// Lets a `Sample` tensor stand for rows of the data set.
    pub fn share_samples(&self, id: TensorId, rows: SharedRows) {
        match &self.storage[id.index()] {
            Storage::Sample(cell) => *cell.borrow_mut() = rows,
            _ => panic!("{} is no part of the data set", self.tensors[id].name),
        }
    }
}

/// A borrowed tensor.
pub struct Reading<'a, E> {
    guard: Ref<'a, Block<E>>,
    rows: usize,
}

impl<'a, E: FromSample> Reading<'a, E> {
    fn new(cell: &'a RefCell<Block<E>>, rows: usize) -> Self {
        let blank = {
            let block = cell.borrow();
            block.own.is_empty() && block.lent.is_none()
        };
        if blank {
            cell.borrow_mut().own();
        }
        let guard = cell.borrow();
        let lent = guard.lent.as_ref().map(|(_, rows)| *rows);
        Self {
            rows: lent.map_or(rows, |lent| rows.min(lent)),
            guard,
        }
    }
}

impl<E: FromSample> Reading<'_, E> {
    /// `[rows in use, cols]`.
    pub fn view(&self) -> ArrayView2<'_, E> {
        let shape = (self.rows, self.guard.cols);
        ArrayView2::from_shape(shape, self.slice()).expect("as many elements as the shape says")
    }

    /// The same, row-major.
    pub fn slice(&self) -> &[E] {
        let cols = self.guard.cols;
        match &self.guard.lent {
            Some((Lent::Rows(lent), _)) => &lent[..self.rows * cols],
            Some((Lent::Samples(lent), _)) => {
                let begin = lent.first_row * cols;
                let rows = &lent.samples[begin..begin + self.rows * cols];
                E::from_f32_slice(rows).expect("only what can be read as it is, is lent")
            }
            None => &self.guard.own[..self.rows * cols],
        }
    }

    /// All rows, in use or not, row-major; of a tensor that the data set stands for, those in use.
    pub fn all(&self) -> &[E] {
        match self.guard.lent {
            Some(_) => self.slice(),
            None => &self.guard.own,
        }
    }
}

/// A tensor borrowed to write.
pub struct Writing<'a, E> {
    guard: RefMut<'a, Block<E>>,
    rows: usize,
}

impl<'a, E: FromSample> Writing<'a, E> {
    fn new(cell: &'a RefCell<Block<E>>, rows: usize) -> Self {
        let mut guard = cell.borrow_mut();
        guard.own();
        Self { guard, rows }
    }

    /// `[rows in use, cols]`.
    pub fn view(&mut self) -> ArrayViewMut2<'_, E> {
        let shape = (self.rows, self.guard.cols);
        ArrayViewMut2::from_shape(shape, self.slice()).expect("as many elements as the shape says")
    }

    /// The same, row-major.
    pub fn slice(&mut self) -> &mut [E] {
        let length = self.rows * self.guard.cols;
        &mut self.guard.own[..length]
    }

    /// All rows, in use or not, row-major.
    pub fn all(&mut self) -> &mut [E] {
        &mut self.guard.own
    }
}

/// A borrowed part of the data set.
pub struct Samples<'a> {
    guard: Ref<'a, SharedRows>,
    cols: usize,
}

impl Samples<'_> {
    /// These rows and those after them, as they are shared.
    pub fn shared_from(&self, row: usize) -> SharedRows {
        SharedRows {
            samples: Arc::clone(&self.guard.samples),
            first_row: self.guard.first_row + row,
        }
    }

    /// Gives the features of the part's n-th sample.
    pub fn fetch<'s>(&'s self) -> impl Fn(usize) -> &'s [f32] + Sync {
        let rows = &self.guard.samples[self.guard.first_row * self.cols..];
        let cols = self.cols;
        move |row| &rows[row * cols..(row + 1) * cols]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_place_keeps_what_was_lent() {
        let mut tensors = Tensors::new(2);
        let x = tensors.batch("x", 3, Role::Data);
        let state = StepState {
            rows: 2,
            ..StepState::default()
        };
        let memory = Memory::<f32>::new(&tensors, state);
        let samples: Arc<Vec<f32>> = Arc::new((0..12).map(|i| i as f32).collect());
        let rows = SharedRows {
            samples: Arc::clone(&samples),
            first_row: 1,
        };
        assert!(memory.lend(x, rows));
        assert_eq!(memory.read(x).slice(), &samples[3..9]);
        memory.write(x).slice()[0] += 10.0;
        assert_eq!(memory.read(x).slice(), [13.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(samples[3], 3.0, "the data set stays as it is");
    }
}
