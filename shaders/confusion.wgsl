// The confusion matrix: adds each row to count[label, predicted]. Counts are integers, so the order
// of the atomic additions does not show. One invocation a row.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> label: array<u32>;
@group(0) @binding(3) var<storage, read> predicted: array<u32>;
@group(0) @binding(4) var<storage, read_write> count: array<atomic<u32>>;

@compute @workgroup_size(64)
fn confusion(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row < state.rows {
        atomicAdd(&count[label[row] * p.classes + predicted[row]], 1u);
    }
}
