// add: y = y + b, b added to each row. One invocation an element.
// gradient: db = the sum of dy's rows. partial_sums: one invocation sums a chunk of rows of a column;
// combine_sums: one invocation sums a column's partial sums.
//!include shared/state.wgsl
//!include shared/grid.wgsl
//!include shared/chunks.wgsl

struct Params {
    units: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i / p.units >= state.rows {
        return;
    }
    y[i] += b[i % p.units];
}

@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(64)
fn partial_sums(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let chunk = i / p.units;
    if chunk >= chunks(state.rows) {
        return;
    }
    var sum = 0.0;
    for (var row = chunk * CHUNK; row < min((chunk + 1u) * CHUNK, state.rows); row++) {
        sum += dy[row * p.units + i % p.units];
    }
    partial[i] = sum;
}

@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(64)
fn combine_sums(@builtin(global_invocation_id) id: vec3<u32>) {
    let unit = id.x;
    if unit >= p.units {
        return;
    }
    var sum = 0.0;
    for (var chunk = 0u; chunk < chunks(state.rows); chunk++) {
        sum += sums[chunk * p.units + unit];
    }
    db[unit] = sum;
}
