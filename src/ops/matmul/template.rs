//! Rendering `shaders/matmul.wgsl.j2`.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex};

use minijinja::{Environment, context};

use super::{Form, Plan, Shape};
use crate::ops::Shader;

/// The templates, by the name that one includes another.
const SOURCES: [(&str, &str); 5] = [
    (
        "matmul.wgsl.j2",
        include_str!("../../../shaders/matmul.wgsl.j2"),
    ),
    (
        "matmul/naive.wgsl.j2",
        include_str!("../../../shaders/matmul/naive.wgsl.j2"),
    ),
    (
        "matmul/outer.wgsl.j2",
        include_str!("../../../shaders/matmul/outer.wgsl.j2"),
    ),
    (
        "matmul/tiles.wgsl.j2",
        include_str!("../../../shaders/matmul/tiles.wgsl.j2"),
    ),
    (
        "matmul/sum_parts.wgsl.j2",
        include_str!("../../../shaders/matmul/sum_parts.wgsl.j2"),
    ),
];

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for (name, source) in SOURCES {
        environment
            .add_template(name, source)
            .unwrap_or_else(|error| panic!("shaders/{name}: {error:#}"));
    }
    environment
});

/// All that a rendered text depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Specialisation {
    form: Form,
    plan: Plan,
    /// Whether `a`, `b` and `c` are bound as arrays of vec4s.
    in_vec4s: [bool; 3],
    down_first: bool,
    /// Whether the result is added to what is in `c`.
    add: bool,
    wide: Wide,
}

/// How a product goes over the replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Wide {
    /// Along z, each on its own.
    None,
    /// Along this side of c, one product for all: one operand is then the same for all.
    M,
    N,
    /// Tile beside tile, each by an invocation: those of a vector may be of different replicas.
    Tiles,
}

/// Invocations of a workgroup where the tiles of replicas lie beside each other: what the widest software adapter
/// computes at once, so that its threads share the rest.
pub(super) const BESIDE: usize = 16;

/// The shader of a plan for a shape; `add` if it adds to what is in `c`. Each specialisation is rendered
/// once and kept as long as the process: there are a few per program.
pub(super) fn shader(plan: &Plan, shape: &Shape, add: bool, wide: Wide) -> Shader {
    static RENDERED: LazyLock<Mutex<HashMap<Specialisation, &'static str>>> =
        LazyLock::new(Mutex::default);
    let specialisation = Specialisation::new(plan, shape, add, wide);
    let mut rendered = RENDERED
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let source = rendered
        .entry(specialisation)
        .or_insert_with(|| String::leak(specialisation.render()));
    Shader {
        name: "matmul",
        source,
    }
}

/// The shader that adds the sums of the parts of k; `add` if to what is in `c`, which is bound as an array of
/// vec4s if `in_vec4s`.
pub(super) fn sum_parts(in_vec4s: bool, add: bool) -> Shader {
    static RENDERED: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| {
        let text = |c_vec, add| render("matmul/sum_parts.wgsl.j2", context! { c_vec, add });
        [false, true].map(|c_vec| [false, true].map(|add| text(c_vec, add)))
    });
    Shader {
        name: "matmul",
        source: &RENDERED[usize::from(in_vec4s)][usize::from(add)],
    }
}

fn render(name: &str, values: minijinja::Value) -> String {
    TEMPLATES
        .get_template(name)
        .and_then(|template| template.render(&values))
        .unwrap_or_else(|error| panic!("shaders/{name} does not render with {values}: {error:#}"))
}

/// Tells versions of the templates apart: what was measured of one does not hold for another.
pub fn hash() -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    SOURCES.hash(&mut hasher);
    hasher.finish()
}

impl Specialisation {
    fn new(plan: &Plan, shape: &Shape, add: bool, wide: Wide) -> Self {
        let [a, b] = shape.in_vec4s();
        let c = shape.n.is_multiple_of(4);
        let in_vec4s = match plan {
            Plan::Naive => [false; 3],
            Plan::Tiles { .. } => [a, b, c],
            Plan::Registers(outer) | Plan::Subgroups { outer, .. } => {
                // A lane that holds single columns of c stores single elements.
                let [_, single] = outer.k_along_rows(shape.form);
                [a, b, c && (outer.swap || !single)]
            }
        };
        Self {
            form: shape.form,
            plan: *plan,
            in_vec4s,
            down_first: plan.is_down_first(shape),
            add,
            wide,
        }
    }

    fn render(&self) -> String {
        let [a_vec, b_vec, c_vec] = self.in_vec4s;
        let common = context! {
            entry => self.plan.entry(self.form),
            a_k => self.form != Form::Tn,
            b_k => self.form == Form::Nt,
            a_vec, b_vec, c_vec,
            down_first => self.down_first,
            add => self.add,
            split => self.plan.parts() > 1,
        };
        let own = match self.plan {
            Plan::Naive => context! { kernel => "naive" },
            Plan::Tiles {
                side, each, depth, ..
            } => {
                context! { kernel => "tiles", side, each, depth }
            }
            Plan::Registers(outer) | Plan::Subgroups { outer, .. } => context! {
                kernel => "outer",
                lanes => self.plan.outer().map(|(lanes, _)| lanes),
                tp => outer.rows,
                jq => outer.vectors,
                ku => outer.step,
                swap => outer.swap,
                wide => match self.wide {
                    Wide::None => "",
                    Wide::M => "m",
                    Wide::N => "n",
                    Wide::Tiles => "tiles",
                },
                beside => BESIDE,
            },
        };
        render(SOURCES[0].0, context! { ..own, ..common })
    }
}
