// Gradient descent: theta = theta - learning rate * gradient. One invocation an element.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    length: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> theta: array<f32>;

@compute @workgroup_size(64)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < p.length {
        theta[i] -= state.learning_rate * gradient[i];
    }
}
