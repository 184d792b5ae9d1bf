//! The products that the kernels are checked on.

use super::{Family, Form, MatMul, Wanted};
use crate::ops::case::{CaseBuilder, Entry};

/// A product of each form with each family of kernels, of which each case takes another one, k whole and in
/// parts; relative error at most `1e-5 * sqrt(k)`.
pub fn entries() -> Vec<Entry> {
    macro_rules! entry {
        ($form:ident, $name:literal, $family:ident) => {
            Entry {
                name: concat!("matmul_", $name, " ", stringify!($family)),
                case: |c| {
                    let rank = c.integer(0..5);
                    product(c, Form::$form, Wanted::Ranked(Family::$family, rank));
                },
            }
        };
    }
    macro_rules! split {
        ($form:ident, $name:literal, $family:ident) => {
            Entry {
                name: concat!("matmul_", $name, " ", stringify!($family), " split"),
                case: |c| {
                    let (rank, parts) = (c.integer(0..5), c.integer(2..6));
                    let wanted = Wanted::Split(Family::$family, rank, parts);
                    product(c, Form::$form, wanted);
                },
            }
        };
    }
    let mut entries = vec![
        entry!(Nn, "nn", Naive),
        entry!(Nt, "nt", Naive),
        entry!(Tn, "tn", Naive),
        entry!(Nn, "nn", Registers),
        entry!(Nt, "nt", Registers),
        entry!(Tn, "tn", Registers),
        entry!(Nn, "nn", Subgroups),
        entry!(Nt, "nt", Subgroups),
        entry!(Tn, "tn", Subgroups),
        entry!(Nn, "nn", Tiles),
        entry!(Nt, "nt", Tiles),
        entry!(Tn, "tn", Tiles),
        split!(Nn, "nn", Registers),
        split!(Nt, "nt", Registers),
        split!(Tn, "tn", Registers),
        split!(Nn, "nn", Subgroups),
        split!(Nt, "nt", Subgroups),
        split!(Tn, "tn", Subgroups),
        split!(Nn, "nn", Tiles),
        split!(Nt, "nt", Tiles),
        split!(Tn, "tn", Tiles),
    ];
    entries.extend(gradients());
    entries
}

fn product(c: &mut CaseBuilder, form: Form, wanted: Wanted) {
    // Half of the cases have whole vec4s.
    let whole = c.integer(0..2) == 0;
    let mut side = || {
        let size = c.size();
        if whole {
            size.next_multiple_of(4)
        } else {
            size
        }
    };
    let (x, y) = (side(), side());
    let (a, b, out, k) = match form {
        Form::Nn => (c.batch("a", x), c.matrix("b", x, y), c.output("c", y), x),
        Form::Nt => (c.batch("a", x), c.matrix("b", y, x), c.output("c", y), x),
        Form::Tn => {
            let out = c.output_matrix("c", x, y);
            (c.batch("a", x), c.batch("b", y), out, c.rows)
        }
    };
    c.tolerance(1e-5 * (k as f64).sqrt());
    c.op(MatMul {
        wanted,
        ..MatMul::new(a, b, out, form)
    });
}

/// The two gradients of a Dense layer's product.
fn gradients() -> [Entry; 2] {
    [
        Entry {
            name: "matmul_nn as gradient of matmul_nt",
            case: |c| {
                let (inputs, units) = (c.size(), c.size());
                let (x, w, y) = (
                    c.batch("x", inputs),
                    c.matrix("w", units, inputs),
                    c.output("y", units),
                );
                let (dy, dx) = (c.batch("dy", units), c.output("dx", inputs));
                c.tolerance(1e-5 * (units as f64).sqrt());
                c.derivative_of(MatMul::new(x, w, y, Form::Nt), &[(y, dy)], &[(x, dx)]);
                c.op(MatMul::new(dy, w, dx, Form::Nn));
            },
        },
        Entry {
            name: "matmul_tn as gradient of matmul_nt",
            case: |c| {
                let (inputs, units) = (c.size(), c.size());
                let (x, w, y) = (
                    c.batch("x", inputs),
                    c.matrix("w", units, inputs),
                    c.output("y", units),
                );
                let (dy, dw) = (c.batch("dy", units), c.output_matrix("dw", units, inputs));
                c.tolerance(1e-5 * (c.rows as f64).sqrt());
                c.derivative_of(MatMul::new(x, w, y, Form::Nt), &[(y, dy)], &[(w, dw)]);
                c.op(MatMul::new(dy, x, dw, Form::Tn));
            },
        },
    ]
}
