//! A kernel with its tile, and what follows from it.

use serde::{Deserialize, Serialize};

use super::Form;
use crate::config::KernelChoice;

/// Longest loop of one dispatch: half of what a software adapter allows.
const LOOPS: usize = 32 * 1024;

/// What of a product decides about its kernel. Of the minibatch's side, the rows that there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shape {
    pub form: Form,
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub batch_is_m: bool,
    pub batch_is_k: bool,
}

impl Shape {
    /// Multiplications and additions.
    pub fn flops(&self) -> f64 {
        2.0 * self.m as f64 * self.k as f64 * self.n as f64
    }

    /// Whether the rows of `a` and of `b`, as they are stored, are whole vec4s.
    pub fn in_vec4s(&self) -> [bool; 2] {
        let [_, a] = self.form.stored_a(self.m, self.k);
        let [_, b] = self.form.stored_b(self.k, self.n);
        [a.is_multiple_of(4), b.is_multiple_of(4)]
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = format!("{:?}", self.form).to_lowercase();
        f.pad(&format!("{form} {}x{}x{}", self.m, self.k, self.n))
    }
}

/// Kernels that work alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Family {
    /// One invocation an element: what the others are measured against.
    Naive,
    /// One invocation a tile, held in registers.
    Registers,
    /// One subgroup a tile: for software adapters, where loads are dear.
    Subgroups,
    /// One workgroup a tile, its operands shared through workgroup memory: for GPUs.
    Tiles,
}

impl Family {
    pub const ALL: [Self; 4] = [Self::Naive, Self::Registers, Self::Subgroups, Self::Tiles];

    /// The family that `--kernel` names; none for `auto`.
    pub const fn of_choice(choice: KernelChoice) -> Option<Self> {
        match choice {
            KernelChoice::Auto => None,
            KernelChoice::Naive => Some(Self::Naive),
            KernelChoice::Registers => Some(Self::Registers),
            KernelChoice::Subgroups => Some(Self::Subgroups),
            KernelChoice::Tiles => Some(Self::Tiles),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Registers => "registers",
            Self::Subgroups => "subgroups",
            Self::Tiles => "tiles",
        }
    }
}

/// Tile of the kernels that sum outer products (`shaders/matmul/outer.wgsl.j2`). P and Q are the two
/// operands: of each element of P's a product is taken with many of Q's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outer {
    /// Rows of P; a multiple of 4.
    pub rows: usize,
    /// Vectors that each lane holds of Q.
    pub vectors: usize,
    /// How much of k one step takes: 4 or 8.
    pub step: usize,
    /// Whether P is b: the tile is of c transposed.
    pub swap: bool,
    /// Parts that k is cut into, each with invocations of its own.
    pub parts: usize,
}

/// A kernel of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Plan {
    Naive,
    Registers(Outer),
    Subgroups {
        /// Invocations of a subgroup.
        lanes: usize,
        outer: Outer,
    },
    /// A square tile of this many rows and columns, `each` by `each` of them an invocation, which takes
    /// `depth` of k at once; k is cut into `parts`, each with workgroups of its own.
    Tiles {
        side: usize,
        each: usize,
        depth: usize,
        parts: usize,
    },
}

impl Plan {
    pub const fn family(&self) -> Family {
        match self {
            Self::Naive => Family::Naive,
            Self::Registers(_) => Family::Registers,
            Self::Subgroups { .. } => Family::Subgroups,
            Self::Tiles { .. } => Family::Tiles,
        }
    }

    /// Name of the entry point.
    pub const fn entry(&self, form: Form) -> &'static str {
        match (self.family(), form) {
            (Family::Naive, Form::Nn) => "naive_nn",
            (Family::Naive, Form::Nt) => "naive_nt",
            (Family::Naive, Form::Tn) => "naive_tn",
            (Family::Registers, Form::Nn) => "registers_nn",
            (Family::Registers, Form::Nt) => "registers_nt",
            (Family::Registers, Form::Tn) => "registers_tn",
            (Family::Subgroups, Form::Nn) => "subgroups_nn",
            (Family::Subgroups, Form::Nt) => "subgroups_nt",
            (Family::Subgroups, Form::Tn) => "subgroups_tn",
            (Family::Tiles, Form::Nn) => "tiles_nn",
            (Family::Tiles, Form::Nt) => "tiles_nt",
            (Family::Tiles, Form::Tn) => "tiles_tn",
        }
    }

    /// Parts that k is cut into (split-K). If they are more than one, a second dispatch adds their sums.
    pub const fn parts(&self) -> usize {
        match *self {
            Self::Naive => 1,
            Self::Tiles { parts, .. } => parts,
            Self::Registers(outer) | Self::Subgroups { outer, .. } => outer.parts,
        }
    }

    /// The same tile with k cut into so many parts; the naive kernel stays whole.
    pub const fn with_parts(mut self, count: usize) -> Self {
        match &mut self {
            Self::Naive => {}
            Self::Tiles { parts, .. } => *parts = count,
            Self::Registers(outer) | Self::Subgroups { outer, .. } => outer.parts = count,
        }
        self
    }

    /// Whether each invocation computes a tile of its own, rather than a workgroup.
    pub const fn is_one_invocation_a_tile(&self) -> bool {
        matches!(self, Self::Naive | Self::Registers(_))
    }

    /// Of the outer product kernels: lanes that work together, and the tile.
    pub const fn outer(&self) -> Option<(usize, Outer)> {
        match *self {
            Self::Registers(outer) => Some((1, outer)),
            Self::Subgroups { lanes, outer } => Some((lanes, outer)),
            Self::Naive | Self::Tiles { .. } => None,
        }
    }

    /// Rows and columns of a tile of c.
    pub fn tile(&self, form: Form) -> [usize; 2] {
        match *self {
            Self::Naive => [1, 1],
            Self::Tiles { side, .. } => [side, side],
            Self::Registers(outer) => outer.tile(1, form),
            Self::Subgroups { lanes, outer } => outer.tile(lanes, form),
        }
    }

    /// Tiles of c, down and across.
    pub fn grid(&self, shape: &Shape) -> [usize; 2] {
        let [rows, columns] = self.tile(shape.form);
        [shape.m.div_ceil(rows), shape.n.div_ceil(columns)]
    }

    /// Tiles of c.
    pub fn tiles(&self, shape: &Shape) -> usize {
        let [down, across] = self.grid(shape);
        down * across
    }

    /// Whether tiles are numbered down c first. A software adapter gives each thread an equal run of the
    /// workgroups: where the minibatch fills only a part of its rows, each run then has its share of those
    /// in use. Otherwise the shorter side comes first: then what it shares is still in the cache.
    pub fn is_down_first(&self, shape: &Shape) -> bool {
        let [down, across] = self.grid(shape);
        shape.batch_is_m || down <= across
    }

    /// How much of k the loop takes at once.
    const fn step(&self) -> usize {
        match *self {
            Self::Naive => 1,
            Self::Tiles { depth, .. } => depth,
            Self::Registers(outer) | Self::Subgroups { outer, .. } => outer.step,
        }
    }

    /// Most of k in one part of one dispatch.
    pub fn depth(&self) -> usize {
        match self.outer() {
            Some((_, outer)) => LOOPS * outer.step,
            None => LOOPS,
        }
    }

    /// How much of k each part takes where one dispatch takes so much: whole steps, so that vec4s stay whole. The
    /// last parts may have less, or nothing.
    pub fn part(&self, k: usize) -> usize {
        k.div_ceil(self.parts()).next_multiple_of(self.step())
    }

    /// Loop iterations of one invocation for so much of k.
    pub fn iterations(&self, k: usize) -> usize {
        match *self {
            Self::Naive => k,
            Self::Registers(outer) | Self::Subgroups { outer, .. } => k.div_ceil(outer.step),
            Self::Tiles { depth, .. } => k.div_ceil(depth) * (1 + depth),
        }
    }
}

impl Outer {
    /// Whether the operand P and the operand Q have k along their rows.
    pub fn k_along_rows(&self, form: Form) -> [bool; 2] {
        let a = form != Form::Tn;
        let b = form == Form::Nt;
        if self.swap { [b, a] } else { [a, b] }
    }

    /// Columns of Q in a tile.
    pub fn columns(&self, lanes: usize, form: Form) -> usize {
        let [_, q] = self.k_along_rows(form);
        lanes * self.vectors * if q { 1 } else { 4 }
    }

    fn tile(&self, lanes: usize, form: Form) -> [usize; 2] {
        let columns = self.columns(lanes, form);
        if self.swap {
            [columns, self.rows]
        } else {
            [self.rows, columns]
        }
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.family().name();
        let parts = match self.parts() {
            1 => String::new(),
            parts => format!(", k in {parts} parts"),
        };
        f.pad(&match *self {
            Self::Naive => name.to_owned(),
            Self::Tiles {
                side, each, depth, ..
            } => {
                format!("{name} {side}x{side}x{depth}, {each}x{each} each{parts}")
            }
            Self::Registers(outer) | Self::Subgroups { outer, .. } => {
                let lanes = self.outer().map_or(1, |(lanes, _)| lanes);
                let swap = if outer.swap { " swapped" } else { "" };
                format!(
                    "{name} {} rows x {lanes} lanes x {}, step {}{swap}{parts}",
                    outer.rows, outer.vectors, outer.step
                )
            }
        })
    }
}
