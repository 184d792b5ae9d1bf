// Adds Gaussian noise to the minibatch and clips it: x = clamp(x + sigma * n, 0, 1), with n drawn anew
// for each pixel, entry and epoch. One invocation an element.
//!include shared/state.wgsl
//!include shared/grid.wgsl
//!include shared/rng.wgsl

struct Params {
    features: u32,
    stream: u32,
    sigma: f32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn noise(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let row = i / p.features;
    if row >= state.rows {
        return;
    }
    let entry = order[state.offset + row];
    var key = pcg4d(vec4<u32>(state.dataset_seed, p.stream, state.epoch, entry));
    key.w = i % p.features;
    let bits = pcg4d(key);
    x[i] = clamp(x[i] + p.sigma * normal(bits.x, bits.y), 0.0, 1.0);
}
