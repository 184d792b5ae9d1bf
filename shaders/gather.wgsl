// Fetches a minibatch from the data set on the device: row r of it is the sample that entry
// order[offset + r] stands for. An entry is clone * samples + sample, so that each clone of a sample
// is augmented on its own.
//   x[r, :] = data[sample - first, :] if this part of the data set holds the sample,
//   label[r] = labels[sample].
// gather_labels: only the latter, one invocation a row.
// One invocation a run of vectors V of a row; rows go along y. Stored is what a V lies in the data set as.
//!include shared/state.wgsl
//!include shared/rows.wgsl

struct Params {
    // Of V, in a row.
    vectors: u32,
    samples: u32,
    first: u32,
    count: u32,
    // Workgroups of a row.
    across: u32,
    // Vectors of an invocation.
    run: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> data: array<Stored>;
@group(0) @binding(4) var<storage, read_write> x: array<V>;
@group(0) @binding(5) var<storage, read> labels: array<u32>;
@group(0) @binding(6) var<storage, read_write> label: array<u32>;

@compute @workgroup_size(64)
fn gather(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = cell(group, local, groups, p.across);
    let row = at.row;
    if row >= state.rows {
        return;
    }
    let sample = order[state.offset + row] % p.samples;
    if at.column == 0u {
        label[row] = labels[sample];
    }
    let is_here = sample >= p.first && sample - p.first < p.count;
    // A loop of no rounds: software adapters go through the body of an `if` even if it is nobody's.
    let run = select(0u, p.run, is_here);
    // Neighbours copy neighbouring vectors.
    let stride = p.across * WORKGROUP;
    let source = (sample - p.first) * p.vectors;
    let place = row * p.vectors;
    for (var i = 0u; i < run; i++) {
        let column = at.column + i * stride;
        if column < p.vectors {
            x[place + column] = value(data[source + column]);
        }
    }
}

@group(0) @binding(3) var<storage, read> labels_: array<u32>;
@group(0) @binding(4) var<storage, read_write> label_: array<u32>;

@compute @workgroup_size(64)
fn gather_labels(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = id.x + id.y * groups.x * WORKGROUP;
    if row < state.rows {
        label_[row] = labels_[order[state.offset + row] % p.samples];
    }
}
