// Inverted dropout: y = x / (1 - rate) where the unit is kept, else 0. The mask is a function of the
// step (shared/rng.wgsl), so the backward pass, dx = dy / (1 - rate) or 0, draws the same one again.
// One invocation an element.
//!include shared/state.wgsl
//!include shared/grid.wgsl
//!include shared/rng.wgsl

struct Params {
    units: u32,
    stream: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn dropout(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i >= state.rows * p.units {
        return;
    }
    let own = state.replicas[replica];
    let bits = pcg4d(vec4<u32>(own.model_seed, p.stream, state.step, i)).x;
    y[i] = select(0.0, x[i] * own.keep_scale, (bits >> 8u) >= own.drop_below);
}
