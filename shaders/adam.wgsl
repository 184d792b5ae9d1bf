// Adam (Kingma and Ba, 2015), bias-corrected, at step t, as PyTorch computes it:
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2,
//   theta = theta - rate / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps).
// The corrections 1 - beta^t are in the step state. All parameters lie in one slab, one after the other,
// and so do their gradients and moments; what lies between them stays 0. Each of `across`
// invocations takes 4 elements at a time.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    // Of 4 elements.
    vectors: u32,
    // Invocations.
    across: u32,
    beta1: f32,
    beta2: f32,
    eps: f32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> theta: array<vec4<f32>>;

@compute @workgroup_size(64)
fn adam(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let first = element(id, groups);
    let across = p.across;
    if first >= across {
        return;
    }
    let vectors = p.vectors;
    let new_mean = 1.0 - p.beta1;
    let new_square = 1.0 - p.beta2;
    let eps = p.eps;
    let correction = state.correction2;
    let rate = state.replicas[replica].learning_rate / state.correction1;
    // Neighbours go over neighbouring vectors.
    for (var i = first; i < vectors; i += across) {
        let g = gradient[i];
        let mean_before = m[i];
        let square_before = v[i];
        let mean = mean_before + new_mean * (g - mean_before);
        let square = square_before + new_square * (g * g - square_before);
        m[i] = mean;
        v[i] = square;
        let deviation = sqrt(square / correction) + eps;
        theta[i] -= rate * mean / deviation;
    }
}
