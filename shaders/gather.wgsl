// Fetches a minibatch from the data set on the device: row r of it is the sample that entry
// order[offset + r] stands for. An entry is clone * samples + sample, so that each clone of a sample
// is augmented on its own.
//
// rows_of_part: x[r, f] = data[sample - first, f] if this part of the data set holds the sample.
// labels: label[r] = labels[sample]. One invocation an element of the result.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    features: u32,
    samples: u32,
    first: u32,
    count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> data: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn rows_of_part(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let row = i / p.features;
    if row >= state.rows {
        return;
    }
    let sample = order[state.offset + row] % p.samples;
    if sample >= p.first && sample - p.first < p.count {
        x[i] = data[(sample - p.first) * p.features + i % p.features];
    }
}

@group(0) @binding(3) var<storage, read> all_labels: array<u32>;
@group(0) @binding(4) var<storage, read_write> label: array<u32>;

@compute @workgroup_size(64)
fn labels(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    label[row] = all_labels[order[state.offset + row] % p.samples];
}
