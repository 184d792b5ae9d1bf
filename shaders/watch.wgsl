// Counts what shows a numerically unstable training, over the samples of an epoch:
//   found[0]  samples whose loss or probabilities are NaN or infinite,
//   found[1]  samples with a probability of exactly 0 or 1.
// NaN and infinity are told by their bits, since a compiler may assume that they never occur.
// One invocation a row.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> probability: array<u32>;
@group(0) @binding(3) var<storage, read> loss: array<u32>;
@group(0) @binding(4) var<storage, read_write> found: array<atomic<u32>>;

fn is_finite(bits: u32) -> bool {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(64)
fn watch(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    var all_finite = is_finite(loss[row]);
    var saturated = false;
    for (var i = row * p.classes; i < (row + 1u) * p.classes; i++) {
        let bits = probability[i];
        all_finite &= is_finite(bits);
        saturated |= (bits & 0x7fffffffu) == 0u || bits == 0x3f800000u;
    }
    if !all_finite {
        atomicAdd(&found[0], 1u);
    }
    if saturated {
        atomicAdd(&found[1], 1u);
    }
}
