//! The tensors of a program as the CPU backend holds them, and how ops borrow them.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

use super::Real;
use super::state::StepState;
use crate::program::{Element, TensorId, Tensors};

/// Rows of the data set, shared with whoever loaded it.
#[derive(Debug, Clone)]
pub struct SharedRows {
    pub samples: Arc<Vec<f32>>,
    pub first_row: usize,
}

#[derive(Debug)]
enum Storage<T> {
    Real(RefCell<Array2<T>>),
    Uint(RefCell<Array2<u32>>),
    Sample(RefCell<SharedRows>),
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
                let shape = (tensors.rows(id), tensors.cols(id));
                match tensors[id].element {
                    Element::Real => Storage::Real(RefCell::new(Array2::zeros(shape))),
                    Element::Uint => Storage::Uint(RefCell::new(Array2::zeros(shape))),
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

    /// Borrows a real-valued tensor, its rows in use.
    pub fn read(&self, id: TensorId) -> Reading<'_, T> {
        match &self.storage[id.index()] {
            Storage::Real(cell) => Reading {
                guard: cell.borrow(),
                rows: self.rows(id),
            },
            _ => panic!("{} is no real-valued tensor", self.tensors[id].name),
        }
    }

    /// Borrows a real-valued tensor to write, its rows in use.
    pub fn write(&self, id: TensorId) -> Writing<'_, T> {
        match &self.storage[id.index()] {
            Storage::Real(cell) => Writing {
                guard: cell.borrow_mut(),
                rows: self.rows(id),
            },
            _ => panic!("{} is no real-valued tensor", self.tensors[id].name),
        }
    }

    /// Borrows a tensor of integers, its rows in use.
    pub fn read_uint(&self, id: TensorId) -> Reading<'_, u32> {
        match &self.storage[id.index()] {
            Storage::Uint(cell) => Reading {
                guard: cell.borrow(),
                rows: self.rows(id),
            },
            _ => panic!("{} is no integer tensor", self.tensors[id].name),
        }
    }

    /// Borrows a tensor of integers to write, its rows in use.
    pub fn write_uint(&self, id: TensorId) -> Writing<'_, u32> {
        match &self.storage[id.index()] {
            Storage::Uint(cell) => Writing {
                guard: cell.borrow_mut(),
                rows: self.rows(id),
            },
            _ => panic!("{} is no integer tensor", self.tensors[id].name),
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
    guard: Ref<'a, Array2<E>>,
    rows: usize,
}

impl<E> Reading<'_, E> {
    /// `[rows in use, cols]`.
    pub fn view(&self) -> ArrayView2<'_, E> {
        self.guard.slice(s![..self.rows, ..])
    }

    /// The same, row-major.
    pub fn slice(&self) -> &[E] {
        let cols = self.guard.ncols();
        &self.guard.as_slice().expect("tensors are row-major")[..self.rows * cols]
    }

    /// All rows, in use or not, row-major.
    pub fn all(&self) -> &[E] {
        self.guard.as_slice().expect("tensors are row-major")
    }
}

/// A tensor borrowed to write.
pub struct Writing<'a, E> {
    guard: RefMut<'a, Array2<E>>,
    rows: usize,
}

impl<E> Writing<'_, E> {
    /// `[rows in use, cols]`.
    pub fn view(&mut self) -> ArrayViewMut2<'_, E> {
        self.guard.slice_mut(s![..self.rows, ..])
    }

    /// The same, row-major.
    pub fn slice(&mut self) -> &mut [E] {
        let cols = self.guard.ncols();
        &mut self.guard.as_slice_mut().expect("tensors are row-major")[..self.rows * cols]
    }

    /// All rows, in use or not, row-major.
    pub fn all(&mut self) -> &mut [E] {
        self.guard.as_slice_mut().expect("tensors are row-major")
    }
}

/// A borrowed part of the data set.
pub struct Samples<'a> {
    guard: Ref<'a, SharedRows>,
    cols: usize,
}

impl Samples<'_> {
    /// Gives the features of the part's n-th sample.
    pub fn fetch<'s>(&'s self) -> impl Fn(usize) -> &'s [f32] + Sync {
        let rows = &self.guard.samples[self.guard.first_row * self.cols..];
        let cols = self.cols;
        move |row| &rows[row * cols..(row + 1) * cols]
    }
}
