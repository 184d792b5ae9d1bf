// cross_entropy: per row, loss = -log p[label], and predicted = the first class of largest p.
// cross_entropy_gradient: dp = -1 / (rows p) for the label's class, else 0. One invocation a row.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> probability: array<f32>;
@group(0) @binding(3) var<storage, read> label: array<u32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> predicted: array<u32>;

@compute @workgroup_size(64)
fn cross_entropy(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let begin = row * p.classes;
    loss[row] = -log(probability[begin + label[row]]);
    var best = 0u;
    for (var i = 1u; i < p.classes; i++) {
        if probability[begin + i] > probability[begin + best] {
            best = i;
        }
    }
    predicted[row] = best;
}

@group(0) @binding(4) var<storage, read_write> dp: array<f32>;

@compute @workgroup_size(64)
fn cross_entropy_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    for (var i = 0u; i < p.classes; i++) {
        let at = row * p.classes + i;
        dp[at] = select(0.0, -1.0 / (f32(state.rows) * probability[at]), i == label[row]);
    }
}
