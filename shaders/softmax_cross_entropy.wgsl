// Softmax and cross-entropy in one, from logits x, with m = max x and s = sum exp(x - m):
//   p = exp(x - m) / s,   loss = log s - (x[label] - m),   predicted = the first class of largest x.
// No logarithm of a rounded probability is taken. Gradient of the mean loss: dx = (p - target) / rows.
// softmax_cross_entropy: one invocation a row; softmax_cross_entropy_gradient: one an element.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> label: array<u32>;
@group(0) @binding(4) var<storage, read_write> probability: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> predicted: array<u32>;

@compute @workgroup_size(64)
fn softmax_cross_entropy(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let begin = row * p.classes;
    let end = begin + p.classes;
    var best = begin;
    for (var i = begin + 1u; i < end; i++) {
        if x[i] > x[best] {
            best = i;
        }
    }
    let largest = x[best];
    var sum = 0.0;
    for (var i = begin; i < end; i++) {
        let e = exp(x[i] - largest);
        probability[i] = e;
        sum += e;
    }
    for (var i = begin; i < end; i++) {
        probability[i] /= sum;
    }
    loss[row] = log(sum) - (x[begin + label[row]] - largest);
    predicted[row] = best - begin;
}

@group(0) @binding(2) var<storage, read> probability_: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn softmax_cross_entropy_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let row = i / p.classes;
    if row >= state.rows {
        return;
    }
    let is_target = i % p.classes == label[row];
    dx[i] = (probability_[i] - select(0.0, 1.0, is_target)) / f32(state.rows);
}
