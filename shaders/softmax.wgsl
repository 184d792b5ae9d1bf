// softmax: y = exp(x - max x) / sum exp(x - max x), per row.
// softmax_gradient: dx = y (dy - sum dy y), per row. One invocation a row.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn softmax(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let begin = row * p.classes;
    let end = begin + p.classes;
    var largest = x[begin];
    for (var i = begin + 1u; i < end; i++) {
        largest = max(largest, x[i]);
    }
    var sum = 0.0;
    for (var i = begin; i < end; i++) {
        let e = exp(x[i] - largest);
        y[i] = e;
        sum += e;
    }
    for (var i = begin; i < end; i++) {
        y[i] /= sum;
    }
}

@group(0) @binding(2) var<storage, read> y_: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn softmax_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let begin = row * p.classes;
    let end = begin + p.classes;
    var dot_ = 0.0;
    for (var i = begin; i < end; i++) {
        dot_ += dy[i] * y_[i];
    }
    for (var i = begin; i < end; i++) {
        dx[i] = y_[i] * (dy[i] - dot_);
    }
}
