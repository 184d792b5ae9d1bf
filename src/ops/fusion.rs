//! What the fusions share: rewrites of a program's lists that replace several ops by one that does their
//! work with fewer passes over memory.

use super::Op;

/// The op, if it is of this kind.
pub(super) fn downcast<K: Op>(op: &impl AsRef<dyn Op>) -> Option<&K> {
    op.as_ref().as_any().downcast_ref()
}

/// Replaces runs of ops: `fused` gives, for the ops from a place on, the op that replaces the first of
/// them, and how many it replaces.
pub(super) fn replace_runs(
    ops: &mut Vec<Box<dyn Op>>,
    fused: impl Fn(&[Box<dyn Op>]) -> Option<(Box<dyn Op>, usize)>,
) {
    let mut i = 0;
    while i < ops.len() {
        if let Some((op, length)) = fused(&ops[i..]) {
            ops.splice(i..i + length, [op]);
        }
        i += 1;
    }
}
