// Dropout, batch normalization (Ioffe and Szegedy, 2015) and activation in one, per column:
//   d = x mask,   xhat = (d - mean) / sqrt(variance + eps),   y = gamma xhat + beta,   z = f(y),
// with the statistics as in batch_norm.wgsl, the mask as in dropout.wgsl and f as in activation.wgsl.
// Backward, with dy = dz f'(y), m rows and all sums over rows, y computed again:
//   dbeta = sum dy,   dgamma = sum dy xhat,
//   dx = mask gamma / sqrt(variance + eps) (dy - (dbeta + xhat dgamma) / m).
// by_batch, gradients: one workgroup COLUMNS vectors V of columns, of any replica, ROWS invocations a column, which go
// over the rows three times, and twice. by_running: the same of RUN rows, once, with the running statistics.
//!include shared/state.wgsl

// 0 none, 1 relu, 2 leaky relu, 3 sigmoid, 4 tanh.
override ACTIVATION: u32 = 0u;
override DROPOUT: bool = false;
override UPDATE_RUNNING: bool = false;
override COLUMNS: u32 = 8u;
// A power of two.
override ROWS: u32 = 32u;
const RUN: u32 = 64u;

const LEAK: f32 = 0.01;

struct Params {
    // Of V, in a row.
    vectors: u32,
    stream: u32,
    eps: f32,
    momentum: f32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<V>;
@group(0) @binding(3) var<storage, read> gamma: array<V>;
@group(0) @binding(4) var<storage, read> beta: array<V>;

// The first word of pcg4d (shared/rng.wgsl), of many indices at once.
fn random_word(a: u32, b: u32, c: u32, index: U) -> U {
    let step = U(1013904223u);
    var v = U(a) * U(1664525u) + step;
    var w = U(b) * U(1664525u) + step;
    var s = U(c) * U(1664525u) + step;
    var t = index * U(1664525u) + step;
    v += w * t;
    w += s * v;
    s += v * w;
    t += w * s;
    v ^= v >> U(16u);
    w ^= w >> U(16u);
    t ^= t >> U(16u);
    return v + w * t;
}

// What decides which units are dropped: read once, since a software adapter's reads are dear.
struct Mask {
    seed: u32,
    stream: u32,
    step: u32,
    drop_below: u32,
    keep_scale: f32,
}

fn mask() -> Mask {
    if !DROPOUT {
        return Mask();
    }
    let own = state.replicas[replica];
    return Mask(own.model_seed, p.stream, state.step, own.drop_below, own.keep_scale);
}

// The i-th V of x after dropout.
fn dropped(mask: Mask, i: u32, value: V) -> V {
    if !DROPOUT {
        return value;
    }
    let bits = random_word(mask.seed, mask.stream, mask.step, indices(i));
    return select(V(0.0), value * mask.keep_scale, (bits >> U(8u)) >= U(mask.drop_below));
}

fn logistic(y: V) -> V {
    // exp of a negative number: no overflow.
    let e = exp(-abs(y));
    return select(e, V(1.0), y > V(0.0)) / (V(1.0) + e);
}

fn hyperbolic_tangent(y: V) -> V {
    // As in activation.wgsl.
    let a = abs(y);
    let e = exp(-2.0 * a);
    let s = a * a;
    let series = a * (V(1.0) + s * (V(-0.33333334) + s * (V(0.13333334) - s * 0.053968254)));
    return sign(y) * select((V(1.0) - e) / (V(1.0) + e), series, a < V(0.1));
}

fn activation(y: V) -> V {
    switch ACTIVATION {
        case 1u: { return max(y, V(0.0)); }
        case 2u: { return y * select(V(LEAK), V(1.0), y > V(0.0)); }
        case 3u: { return logistic(y); }
        case 4u: { return hyperbolic_tangent(y); }
        default: { return y; }
    }
}

fn through_activation(y: V, dz: V) -> V {
    switch ACTIVATION {
        case 1u: { return select(V(0.0), dz, y > V(0.0)); }
        case 2u: { return dz * select(V(LEAK), V(1.0), y > V(0.0)); }
        case 3u: {
            let s = logistic(y);
            return dz * s * (V(1.0) - s);
        }
        case 4u: {
            let t = hyperbolic_tangent(y);
            return dz * (V(1.0) - t) * (V(1.0) + t);
        }
        default: { return dz; }
    }
}

var<workgroup> sums: array<V, 256>;

// The sum over the invocations of a column.
fn total(local: vec3<u32>, value: V) -> V {
    if ROWS == 1u {
        return value;
    }
    let at = local.y * COLUMNS + local.x;
    workgroupBarrier();
    sums[at] = value;
    for (var n = ROWS / 2u; n > 0u; n /= 2u) {
        workgroupBarrier();
        if local.y < n {
            sums[at] += sums[at + n * COLUMNS];
        }
    }
    workgroupBarrier();
    return sums[local.x];
}

@group(0) @binding(5) var<storage, read_write> mean: array<V>;
@group(0) @binding(6) var<storage, read_write> inverse_deviation: array<V>;
@group(0) @binding(7) var<storage, read_write> running_mean: array<V>;
@group(0) @binding(8) var<storage, read_write> running_variance: array<V>;
@group(0) @binding(9) var<storage, read_write> z: array<V>;

@compute @workgroup_size(COLUMNS, ROWS)
fn by_batch(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let vectors = p.vectors;
    let own = side_by_side(group.x * COLUMNS + local.x, vectors);
    let column = min(own, vectors - 1u);
    let rows = state.rows;
    let mask = mask();
    var sum = V(0.0);
    for (var row = local.y; row < rows; row += ROWS) {
        let i = row * vectors + column;
        sum += dropped(mask, i, x[i]);
    }
    let average = total(local, sum) / f32(rows);
    var squares = V(0.0);
    for (var row = local.y; row < rows; row += ROWS) {
        let i = row * vectors + column;
        let d = dropped(mask, i, x[i]) - average;
        squares += d * d;
    }
    squares = total(local, squares);
    if own >= vectors {
        return;
    }
    let inverse = V(1.0) / sqrt(squares / f32(rows) + V(p.eps));
    if local.y == 0u {
        mean[own] = average;
        inverse_deviation[own] = inverse;
        if UPDATE_RUNNING {
            let unbiased = squares / f32(max(rows, 2u) - 1u);
            running_mean[own] += p.momentum * (average - running_mean[own]);
            running_variance[own] += p.momentum * (unbiased - running_variance[own]);
        }
    }
    let g = gamma[own];
    let b = beta[own];
    for (var row = local.y; row < rows; row += ROWS) {
        let i = row * vectors + own;
        z[i] = activation(g * ((dropped(mask, i, x[i]) - average) * inverse) + b);
    }
}

@group(0) @binding(5) var<storage, read> mean_in_use: array<V>;
@group(0) @binding(6) var<storage, read> variance_in_use: array<V>;
@group(0) @binding(7) var<storage, read_write> z_in_use: array<V>;

@compute @workgroup_size(COLUMNS, ROWS)
fn by_running(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let vectors = p.vectors;
    let own = side_by_side(group.x * COLUMNS + local.x, vectors);
    if own >= vectors {
        return;
    }
    let average = mean_in_use[own];
    let deviation = sqrt(variance_in_use[own] + V(p.eps));
    let g = gamma[own];
    let b = beta[own];
    let end = min((group.y + 1u) * RUN, state.rows);
    for (var row = group.y * RUN + local.y; row < end; row += ROWS) {
        let i = row * vectors + own;
        z_in_use[i] = activation(g * ((x[i] - average) / deviation) + b);
    }
}

@group(0) @binding(5) var<storage, read> mean_: array<V>;
@group(0) @binding(6) var<storage, read> inverse_deviation_: array<V>;
@group(0) @binding(7) var<storage, read> dz: array<V>;
@group(0) @binding(8) var<storage, read_write> dgamma: array<V>;
@group(0) @binding(9) var<storage, read_write> dbeta: array<V>;
@group(0) @binding(10) var<storage, read_write> dx: array<V>;

@compute @workgroup_size(COLUMNS, ROWS)
fn gradients(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let vectors = p.vectors;
    let own = side_by_side(group.x * COLUMNS + local.x, vectors);
    let column = min(own, vectors - 1u);
    let rows = state.rows;
    let mask = mask();
    let average = mean_[column];
    let inverse = inverse_deviation_[column];
    let g = gamma[column];
    let b = beta[column];
    var sum = V(0.0);
    var sum_xhat = V(0.0);
    for (var row = local.y; row < rows; row += ROWS) {
        let i = row * vectors + column;
        let xhat = (dropped(mask, i, x[i]) - average) * inverse;
        let dy = through_activation(g * xhat + b, dz[i]);
        sum += dy;
        sum_xhat += dy * xhat;
    }
    sum = total(local, sum);
    sum_xhat = total(local, sum_xhat);
    if own >= vectors {
        return;
    }
    if local.y == 0u {
        dbeta[own] = sum;
        dgamma[own] = sum_xhat;
    }
    let share = 1.0 / f32(rows);
    for (var row = local.y; row < rows; row += ROWS) {
        let i = row * vectors + own;
        let xhat = (dropped(mask, i, x[i]) - average) * inverse;
        let dy = through_activation(g * xhat + b, dz[i]);
        dx[i] = dropped(mask, i, g * inverse * (dy - (sum + xhat * sum_xhat) * share));
    }
}
