// Gradient descent: theta = theta - learning rate * gradient. All parameters lie in one slab, one after the other,
// and so do their gradients. One invocation 4 elements.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    // Of 4 elements.
    vectors: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> theta: array<vec4<f32>>;

@compute @workgroup_size(64)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < p.vectors {
        theta[i] -= state.replicas[replica].learning_rate * gradient[i];
    }
}
