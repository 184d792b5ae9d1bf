//! What an op asks of a GPU: which shader, over which tensors, how many workgroups.

use super::{Access, Operand};
use crate::program::{TensorId, Tensors};

/// Invocations of a workgroup of every elementwise shader (`shaders/shared/grid.wgsl`).
pub const WORKGROUP: usize = 64;

/// Rows that one invocation of a reduction sums (`shaders/shared/chunks.wgsl`).
pub const CHUNK: usize = 64;

/// Most workgroups in one dimension of a dispatch that every WebGPU device takes.
const MAX_GROUPS: usize = 65_535;

/// A file of `shaders/`, or what a template there was rendered to. Its `//!include shared/x.wgsl` lines are
/// replaced before it is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Shader {
    /// File name without its ending.
    pub name: &'static str,
    pub source: &'static str,
}

/// A shader that is written over vectors, in its three widths.
#[derive(Debug, Clone, Copy)]
pub struct Lanes<T> {
    one: T,
    two: T,
    four: T,
}

impl<T: Copy> Lanes<T> {
    pub const fn new(one: T, two: T, four: T) -> Self {
        Self { one, two, four }
    }

    /// The width for rows of `cols` elements, and how many vectors a row has then.
    pub fn of(&self, cols: usize) -> (T, usize) {
        match cols % 4 {
            0 => (self.four, cols / 4),
            2 => (self.two, cols / 2),
            _ => (self.one, cols),
        }
    }
}

/// The [`Shader`] of this name in `shaders/`; `by lanes` gives it in all widths, `with` puts files of
/// `shaders/shared/` before it, under another name if there is one.
macro_rules! shader {
    ($name:literal by lanes $(with $shared:literal)?) => {
        $crate::ops::Lanes::new(
            $crate::ops::shader!($name with "lanes1" $(, $shared)?),
            $crate::ops::shader!($name as " x2" with "lanes2" $(, $shared)?),
            $crate::ops::shader!($name as " x4" with "lanes4" $(, $shared)?),
        )
    };
    ($name:literal $(as $ending:literal)? with $($shared:literal),+) => {
        $crate::ops::Shader {
            name: concat!($name $(, $ending)?),
            source: concat!(
                $("//!include shared/", $shared, ".wgsl\n",)+
                include_str!(concat!("../../shaders/", $name, ".wgsl"))
            ),
        }
    };
    ($name:literal) => {
        $crate::ops::Shader {
            name: $name,
            source: include_str!(concat!("../../shaders/", $name, ".wgsl")),
        }
    };
}
pub(crate) use shader;

/// Device memory that passes numbers from one dispatch of an op to its next: all dispatches of a program
/// share it, so that nothing in it outlives the op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scratch {
    /// Numbers of 32 bits.
    pub elements: usize,
    pub access: Access,
}

/// How a dispatch covers the replicas of a program that trains several networks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Along z, the same workgroups for each.
    AlongZ,
    /// So many columns of each lie side by side in x, in workgroups of so many: the shader tells the replica by
    /// `side_by_side`.
    SideBySide { columns: usize, of_group: usize },
    /// Its workgroups are those for all.
    Together,
}

/// One dispatch of a compute shader. Binding 0 is a buffer with `params`, bindings 1.. are
/// the operands in order, the last is the scratch memory if it uses any.
#[derive(Debug, Clone)]
pub struct Dispatch {
    pub shader: Shader,
    pub entry: &'static str,
    /// Values of the shader's `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    pub params: Vec<u32>,
    pub operands: Vec<Operand>,
    pub scratch: Option<Scratch>,
    /// x and y cover the elements of one replica; z is 1.
    pub workgroups: [u32; 3],
    pub replicas: Spread,
    /// Upper bound of the loop iterations of one invocation, all its loops together.
    pub iterations: usize,
    /// Of matrix products, with a full minibatch; for profiles.
    pub multiply_adds: usize,
}

impl Dispatch {
    pub fn new(shader: Shader, entry: &'static str) -> Self {
        Self {
            shader,
            entry,
            constants: Vec::new(),
            params: Vec::new(),
            operands: Vec::new(),
            scratch: None,
            workgroups: [1, 1, 1],
            replicas: Spread::AlongZ,
            iterations: 0,
            multiply_adds: 0,
        }
    }

    pub fn constant(mut self, name: &'static str, value: f64) -> Self {
        self.constants.push((name, value));
        self
    }

    /// Appends a size to the params.
    pub fn size(mut self, value: usize) -> Self {
        self.params.push(value as u32);
        self
    }

    /// Appends a word to the params.
    pub fn word(mut self, value: u32) -> Self {
        self.params.push(value);
        self
    }

    /// Appends a number to the params.
    pub fn number(mut self, value: f64) -> Self {
        self.params.push((value as f32).to_bits());
        self
    }

    pub fn read(self, tensor: TensorId) -> Self {
        self.operand(tensor, Access::Read)
    }

    pub fn write(self, tensor: TensorId) -> Self {
        self.operand(tensor, Access::Write)
    }

    pub fn update(self, tensor: TensorId) -> Self {
        self.operand(tensor, Access::Update)
    }

    /// Reads the step state.
    pub fn state(self) -> Self {
        self.read(Tensors::STATE)
    }

    /// Uses a tensor.
    pub fn operand(mut self, tensor: TensorId, access: Access) -> Self {
        self.operands.push(Operand { tensor, access });
        self
    }

    /// Uses so many numbers of scratch memory.
    pub fn scratch(mut self, elements: usize, access: Access) -> Self {
        self.scratch = Some(Scratch { elements, access });
        self
    }

    /// How each binding from 1 on is used.
    pub fn accesses(&self) -> impl Iterator<Item = Access> {
        let operands = self.operands.iter().map(|operand| operand.access);
        operands.chain(self.scratch.map(|scratch| scratch.access))
    }

    /// One invocation an element, in workgroups of [`WORKGROUP`].
    pub fn over(self, elements: usize) -> Self {
        self.groups(elements.div_ceil(WORKGROUP))
    }

    /// So many workgroups, in x as far as one dimension reaches, then in y; some may be left over.
    pub fn groups(mut self, groups: usize) -> Self {
        let y = groups.div_ceil(MAX_GROUPS).max(1);
        self.workgroups = [groups.div_ceil(y).max(1) as u32, y as u32, 1];
        self
    }

    /// Rows of `across` workgroups each, as `shaders/shared/rows.wgsl` numbers them.
    pub fn rows(self, rows: usize, across: usize) -> Self {
        let high = rows.min(MAX_GROUPS);
        self.workgroups(across * rows.div_ceil(high.max(1)), high)
    }

    /// So many columns, in workgroups of so many; those of all replicas side by side.
    pub fn columns(mut self, columns: usize, of_group: usize) -> Self {
        self.replicas = Spread::SideBySide { columns, of_group };
        self.workgroups(columns.div_ceil(of_group), 1)
    }

    /// So many times the workgroups, along y.
    pub fn down(mut self, times: usize) -> Self {
        self.workgroups[1] = times.max(1) as u32;
        self
    }

    /// Says that the workgroups are those for all replicas.
    pub fn for_all_replicas(mut self) -> Self {
        self.replicas = Spread::Together;
        self
    }

    /// The workgroups of a program of so many replicas.
    pub fn workgroups_of(&self, replicas: usize) -> [u32; 3] {
        let [x, y, z] = self.workgroups;
        match self.replicas {
            Spread::AlongZ => [x, y, replicas as u32],
            Spread::SideBySide { columns, of_group } => {
                [(replicas * columns).div_ceil(of_group) as u32, y, z]
            }
            Spread::Together => self.workgroups,
        }
    }

    /// Exactly these workgroups.
    pub fn workgroups(mut self, x: usize, y: usize) -> Self {
        self.workgroups = [x.max(1) as u32, y.max(1) as u32, 1];
        self
    }

    pub fn iterations(mut self, iterations: usize) -> Self {
        self.iterations = iterations;
        self
    }

    pub fn multiply_adds(mut self, multiply_adds: usize) -> Self {
        self.multiply_adds = multiply_adds;
        self
    }
}

/// Chunks that a reduction cuts `rows` into.
pub fn chunks(rows: usize) -> usize {
    rows.div_ceil(CHUNK)
}
