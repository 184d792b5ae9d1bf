// L2 regularization with rate wd on a minibatch of m rows, as the reference system defines it:
// each gradient gets wd / m theta, the cost gets wd / 2 sum theta^2.
// add_gradient: one invocation an element. partial_squares: one invocation sums the squares of PIECE
// elements; combine_squares: one invocation sums the partial results.
//!include shared/state.wgsl
//!include shared/grid.wgsl

const PIECE: u32 = 1024u;

struct Params {
    length: u32,
    // Where in `l2` the parameter's term goes.
    slot: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> theta: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(64)
fn add_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < p.length {
        gradient[i] += state.replicas[replica].weight_decay / f32(state.rows) * theta[i];
    }
}

@group(0) @binding(3) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(64)
fn partial_squares(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i * PIECE >= p.length {
        return;
    }
    var sum = 0.0;
    for (var j = i * PIECE; j < min((i + 1u) * PIECE, p.length); j++) {
        sum += theta[j] * theta[j];
    }
    partial[i] = sum;
}

@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> l2: array<f32>;

@compute @workgroup_size(1)
fn combine_squares() {
    var sum = 0.0;
    for (var i = 0u; i * PIECE < p.length; i++) {
        sum += sums[i];
    }
    l2[p.slot] = 0.5 * state.replicas[replica].weight_decay * sum;
}
