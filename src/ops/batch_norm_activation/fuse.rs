//! Puts the fused ops in the place of the plain ones.

use super::{BatchNormActivation, BatchNormActivationGradient, Statistics};
use crate::ops::Op;
use crate::ops::activation::{Activate, ActivateGradient};
use crate::ops::batch_norm::{BatchNormGradient, NormalizeByBatch, NormalizeByRunning};
use crate::ops::dropout::Dropout;
use crate::ops::fusion::{downcast, replace_runs};
use crate::program::Lists;

/// Replaces each batch normalization, with a dropout just before it and an activation just after it if
/// there are such, and their gradients likewise.
pub fn fuse(lists: &mut Lists) {
    let mut dropouts: Vec<Dropout> = Vec::new();
    for ops in [&mut lists.forward, &mut lists.evaluate] {
        replace_runs(ops, forward);
        let fused = ops
            .iter()
            .filter_map(|op| downcast::<BatchNormActivation>(op));
        dropouts.extend(fused.filter_map(|op| op.dropout.clone()));
    }
    replace_runs(&mut lists.backward, |ops| backward(ops, &dropouts));
}

/// The fused op for the run that `ops` begin with, and the run's length.
fn forward(ops: &[Box<dyn Op>]) -> Option<(Box<dyn Op>, usize)> {
    let dropout = ops.first().and_then(downcast::<Dropout>);
    let begin = usize::from(dropout.is_some());
    let op = ops.get(begin)?;
    let (layer, statistics) = if let Some(op) = downcast::<NormalizeByBatch>(op) {
        let update_running = op.update_running;
        (&op.layer, Statistics::Batch { update_running })
    } else {
        let op = downcast::<NormalizeByRunning>(op)?;
        (&op.layer, Statistics::Running)
    };
    if dropout.is_some_and(|dropout| dropout.y != layer.x) {
        return None;
    }
    let activate = ops.get(begin + 1).and_then(downcast::<Activate>);
    let activate = activate.filter(|activate| activate.x == layer.y);
    let fused = BatchNormActivation {
        dropout: dropout.cloned(),
        layer: layer.clone(),
        statistics,
        function: activate.map(|activate| activate.function),
        z: activate.map_or(layer.y, |activate| activate.y),
    };
    Some((Box::new(fused), begin + 1 + usize::from(activate.is_some())))
}

fn backward(ops: &[Box<dyn Op>], dropouts: &[Dropout]) -> Option<(Box<dyn Op>, usize)> {
    let activate = ops.first().and_then(downcast::<ActivateGradient>);
    let at = usize::from(activate.is_some());
    let norm = ops.get(at).and_then(downcast::<BatchNormGradient>)?;
    if activate.is_some_and(|activate| activate.dx != norm.dy) {
        return None;
    }
    let dropped = ops.get(at + 1).and_then(downcast::<Dropout>);
    let dropped = dropped.filter(|dropped| dropped.x == norm.dx);
    let dropout = dropouts.iter().find(|dropout| dropout.y == norm.layer.x);
    if dropped.is_some() != dropout.is_some() {
        return None;
    }
    let fused = BatchNormActivationGradient {
        dropout: dropout.cloned(),
        layer: norm.layer.clone(),
        function: activate.map(|activate| activate.function),
        dz: activate.map_or(norm.dy, |activate| activate.dy),
        dx: dropped.map_or(norm.dx, |dropped| dropped.y),
        dgamma: norm.dgamma,
        dbeta: norm.dbeta,
    };
    Some((Box::new(fused), at + 1 + usize::from(dropped.is_some())))
}
