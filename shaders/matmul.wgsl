// c = a b, c: [m, n], row-major; the forms say which matrix is stored transposed:
//   nn: a [m, k], b [k, n];   nt: a [m, k], b [n, k];   tn: a [k, m], b [k, n].
// m or k may be the minibatch: then its size is the step state's row count.
//
// naive_*: one invocation computes one element of c: the baseline.
// blocked_*: one invocation computes a block of 8 x 4 elements, in registers: 12 loads for 32
// multiply-adds instead of 2 for 1. At the edges it loads the last row or column again and does not
// store.
// Software adapters end a shader silently after 65,535 iterations of its loops, so one dispatch goes
// over k from `begin` to `end` at most, and all but the first add to what is in c.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    m: u32,
    n: u32,
    k: u32,
    batch_is_m: u32,
    batch_is_k: u32,
    begin: u32,
    end: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

fn rows_of_c() -> u32 {
    return select(p.m, state.rows, p.batch_is_m == 1u);
}

fn end() -> u32 {
    return min(p.end, select(p.k, state.rows, p.batch_is_k == 1u));
}

fn put(at: u32, value: f32) {
    if p.begin == 0u {
        c[at] = value;
    } else {
        c[at] += value;
    }
}

@compute @workgroup_size(64)
fn naive_nn(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let row = i / p.n;
    let column = i % p.n;
    if row >= rows_of_c() {
        return;
    }
    var sum = 0.0;
    for (var l = p.begin; l < end(); l++) {
        sum += a[row * p.k + l] * b[l * p.n + column];
    }
    put(i, sum);
}

@compute @workgroup_size(64)
fn naive_nt(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let row = i / p.n;
    let column = i % p.n;
    if row >= rows_of_c() {
        return;
    }
    var sum = 0.0;
    for (var l = p.begin; l < end(); l++) {
        sum += a[row * p.k + l] * b[column * p.k + l];
    }
    put(i, sum);
}

@compute @workgroup_size(64)
fn naive_tn(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let row = i / p.n;
    let column = i % p.n;
    if row >= rows_of_c() {
        return;
    }
    var sum = 0.0;
    for (var l = p.begin; l < end(); l++) {
        sum += a[l * p.m + row] * b[l * p.n + column];
    }
    put(i, sum);
}

struct Block {
    row: u32,
    column: u32,
    rows: u32,
}

// Blocks are numbered along the columns of c first.
fn block(i: u32) -> Block {
    let across = (p.n + 3u) / 4u;
    return Block(i / across * 8u, i % across * 4u, rows_of_c());
}

fn store(t: Block, row: u32, v: vec4<f32>) {
    if t.row + row >= t.rows {
        return;
    }
    let at = (t.row + row) * p.n + t.column;
    put(at, v.x);
    if t.column + 1u < p.n { put(at + 1u, v.y); }
    if t.column + 2u < p.n { put(at + 2u, v.z); }
    if t.column + 3u < p.n { put(at + 3u, v.w); }
}

@compute @workgroup_size(64)
fn blocked_nn(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let t = block(element(id, groups));
    if t.row >= t.rows {
        return;
    }
    let last_row = t.rows - 1u;
    let last_column = p.n - 1u;
    var a0 = t.row * p.k + p.begin;
    var a1 = min(t.row + 1u, last_row) * p.k + p.begin;
    var a2 = min(t.row + 2u, last_row) * p.k + p.begin;
    var a3 = min(t.row + 3u, last_row) * p.k + p.begin;
    var a4 = min(t.row + 4u, last_row) * p.k + p.begin;
    var a5 = min(t.row + 5u, last_row) * p.k + p.begin;
    var a6 = min(t.row + 6u, last_row) * p.k + p.begin;
    var a7 = min(t.row + 7u, last_row) * p.k + p.begin;
    var b0 = t.column + p.begin * p.n;
    var b1 = min(t.column + 1u, last_column) + p.begin * p.n;
    var b2 = min(t.column + 2u, last_column) + p.begin * p.n;
    var b3 = min(t.column + 3u, last_column) + p.begin * p.n;
    var c0 = vec4<f32>();
    var c1 = vec4<f32>();
    var c2 = vec4<f32>();
    var c3 = vec4<f32>();
    var c4 = vec4<f32>();
    var c5 = vec4<f32>();
    var c6 = vec4<f32>();
    var c7 = vec4<f32>();
    for (var l = p.begin; l < end(); l++) {
        let v = vec4<f32>(b[b0], b[b1], b[b2], b[b3]);
        c0 += a[a0] * v;
        c1 += a[a1] * v;
        c2 += a[a2] * v;
        c3 += a[a3] * v;
        c4 += a[a4] * v;
        c5 += a[a5] * v;
        c6 += a[a6] * v;
        c7 += a[a7] * v;
        a0 += 1u;
        a1 += 1u;
        a2 += 1u;
        a3 += 1u;
        a4 += 1u;
        a5 += 1u;
        a6 += 1u;
        a7 += 1u;
        b0 += p.n;
        b1 += p.n;
        b2 += p.n;
        b3 += p.n;
    }
    store(t, 0u, c0);
    store(t, 1u, c1);
    store(t, 2u, c2);
    store(t, 3u, c3);
    store(t, 4u, c4);
    store(t, 5u, c5);
    store(t, 6u, c6);
    store(t, 7u, c7);
}

@compute @workgroup_size(64)
fn blocked_nt(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let t = block(element(id, groups));
    if t.row >= t.rows {
        return;
    }
    let last_row = t.rows - 1u;
    let last_column = p.n - 1u;
    var a0 = t.row * p.k + p.begin;
    var a1 = min(t.row + 1u, last_row) * p.k + p.begin;
    var a2 = min(t.row + 2u, last_row) * p.k + p.begin;
    var a3 = min(t.row + 3u, last_row) * p.k + p.begin;
    var a4 = min(t.row + 4u, last_row) * p.k + p.begin;
    var a5 = min(t.row + 5u, last_row) * p.k + p.begin;
    var a6 = min(t.row + 6u, last_row) * p.k + p.begin;
    var a7 = min(t.row + 7u, last_row) * p.k + p.begin;
    var b0 = t.column * p.k + p.begin;
    var b1 = min(t.column + 1u, last_column) * p.k + p.begin;
    var b2 = min(t.column + 2u, last_column) * p.k + p.begin;
    var b3 = min(t.column + 3u, last_column) * p.k + p.begin;
    var c0 = vec4<f32>();
    var c1 = vec4<f32>();
    var c2 = vec4<f32>();
    var c3 = vec4<f32>();
    var c4 = vec4<f32>();
    var c5 = vec4<f32>();
    var c6 = vec4<f32>();
    var c7 = vec4<f32>();
    for (var l = p.begin; l < end(); l++) {
        let v = vec4<f32>(b[b0], b[b1], b[b2], b[b3]);
        c0 += a[a0] * v;
        c1 += a[a1] * v;
        c2 += a[a2] * v;
        c3 += a[a3] * v;
        c4 += a[a4] * v;
        c5 += a[a5] * v;
        c6 += a[a6] * v;
        c7 += a[a7] * v;
        a0 += 1u;
        a1 += 1u;
        a2 += 1u;
        a3 += 1u;
        a4 += 1u;
        a5 += 1u;
        a6 += 1u;
        a7 += 1u;
        b0 += 1u;
        b1 += 1u;
        b2 += 1u;
        b3 += 1u;
    }
    store(t, 0u, c0);
    store(t, 1u, c1);
    store(t, 2u, c2);
    store(t, 3u, c3);
    store(t, 4u, c4);
    store(t, 5u, c5);
    store(t, 6u, c6);
    store(t, 7u, c7);
}

@compute @workgroup_size(64)
fn blocked_tn(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let t = block(element(id, groups));
    if t.row >= t.rows {
        return;
    }
    let last_row = t.rows - 1u;
    let last_column = p.n - 1u;
    var a0 = t.row + p.begin * p.m;
    var a1 = min(t.row + 1u, last_row) + p.begin * p.m;
    var a2 = min(t.row + 2u, last_row) + p.begin * p.m;
    var a3 = min(t.row + 3u, last_row) + p.begin * p.m;
    var a4 = min(t.row + 4u, last_row) + p.begin * p.m;
    var a5 = min(t.row + 5u, last_row) + p.begin * p.m;
    var a6 = min(t.row + 6u, last_row) + p.begin * p.m;
    var a7 = min(t.row + 7u, last_row) + p.begin * p.m;
    var b0 = t.column + p.begin * p.n;
    var b1 = min(t.column + 1u, last_column) + p.begin * p.n;
    var b2 = min(t.column + 2u, last_column) + p.begin * p.n;
    var b3 = min(t.column + 3u, last_column) + p.begin * p.n;
    var c0 = vec4<f32>();
    var c1 = vec4<f32>();
    var c2 = vec4<f32>();
    var c3 = vec4<f32>();
    var c4 = vec4<f32>();
    var c5 = vec4<f32>();
    var c6 = vec4<f32>();
    var c7 = vec4<f32>();
    for (var l = p.begin; l < end(); l++) {
        let v = vec4<f32>(b[b0], b[b1], b[b2], b[b3]);
        c0 += a[a0] * v;
        c1 += a[a1] * v;
        c2 += a[a2] * v;
        c3 += a[a3] * v;
        c4 += a[a4] * v;
        c5 += a[a5] * v;
        c6 += a[a6] * v;
        c7 += a[a7] * v;
        a0 += p.m;
        a1 += p.m;
        a2 += p.m;
        a3 += p.m;
        a4 += p.m;
        a5 += p.m;
        a6 += p.m;
        a7 += p.m;
        b0 += p.n;
        b1 += p.n;
        b2 += p.n;
        b3 += p.n;
    }
    store(t, 0u, c0);
    store(t, 1u, c1);
    store(t, 2u, c2);
    store(t, 3u, c3);
    store(t, 4u, c4);
    store(t, 5u, c5);
    store(t, 6u, c6);
    store(t, 7u, c7);
}
