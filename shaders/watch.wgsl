// Tells what shows a numerically unstable training, of each sample:
//   flags bit 0  its loss or a probability is NaN or infinite,
//   flags bit 1  a probability is exactly 0 or 1.
// NaN and infinity are told by their bits, since a compiler may assume that they never occur.
// One invocation a row.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> probability: array<u32>;
@group(0) @binding(3) var<storage, read> loss: array<u32>;
@group(0) @binding(4) var<storage, read_write> flags: array<u32>;

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
    flags[row] = select(1u, 0u, all_finite) | select(0u, 2u, saturated);
}
