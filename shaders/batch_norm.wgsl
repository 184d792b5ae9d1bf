// Batch normalization (Ioffe and Szegedy, 2015): per column,
//   xhat = (x - mean) / sqrt(variance + eps),   y = gamma xhat + beta.
// mean and variance are the minibatch's (biased) in training, the running ones in use; the running ones
// follow by r = (1 - momentum) r + momentum v, v unbiased for the variance (as PyTorch does).
// Moments: partial_moments, one invocation a chunk of rows of a column, gives the chunk's mean and
// sum of squared deviations; combine_moments, one invocation a column, adds them up (Chan, Golub and
// LeVeque, 1979). No large sums of squares are subtracted.
// Backward, with m rows, all sums over rows:
//   dbeta = sum dy,  dgamma = sum dy xhat,
//   dx = gamma / sqrt(variance + eps) (dy - dbeta / m - xhat dgamma / m).
//!include shared/state.wgsl
//!include shared/grid.wgsl
//!include shared/chunks.wgsl

struct Params {
    units: u32,
    update_running: u32,
    eps: f32,
    momentum: f32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<f32>;

@group(0) @binding(3) var<storage, read_write> partial: array<vec2<f32>>;

@compute @workgroup_size(64)
fn partial_moments(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let chunk = i / p.units;
    if chunk >= chunks(state.rows) {
        return;
    }
    let begin = chunk * CHUNK;
    let end = min(begin + CHUNK, state.rows);
    let unit = i % p.units;
    var sum = 0.0;
    for (var row = begin; row < end; row++) {
        sum += x[row * p.units + unit];
    }
    let mean = sum / f32(end - begin);
    var squares = 0.0;
    for (var row = begin; row < end; row++) {
        let d = x[row * p.units + unit] - mean;
        squares += d * d;
    }
    partial[i] = vec2<f32>(mean, squares);
}

@group(0) @binding(2) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> inverse_deviation: array<f32>;
@group(0) @binding(5) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> running_variance: array<f32>;

@compute @workgroup_size(64)
fn combine_moments(@builtin(global_invocation_id) id: vec3<u32>) {
    let unit = id.x;
    if unit >= p.units {
        return;
    }
    var count = 0.0;
    var average = 0.0;
    var squares = 0.0;
    for (var chunk = 0u; chunk < chunks(state.rows); chunk++) {
        let part = partials[chunk * p.units + unit];
        let more = f32(min(CHUNK, state.rows - chunk * CHUNK));
        let total = count + more;
        let d = part.x - average;
        average += d * (more / total);
        squares += part.y + d * d * (count * more / total);
        count = total;
    }
    mean[unit] = average;
    inverse_deviation[unit] = 1.0 / sqrt(squares / count + p.eps);
    if p.update_running == 1u {
        let unbiased = squares / max(count - 1.0, 1.0);
        running_mean[unit] += p.momentum * (average - running_mean[unit]);
        running_variance[unit] += p.momentum * (unbiased - running_variance[unit]);
    }
}

@group(0) @binding(3) var<storage, read> mean_: array<f32>;
@group(0) @binding(4) var<storage, read> inverse_deviation_: array<f32>;
@group(0) @binding(5) var<storage, read> gamma: array<f32>;
@group(0) @binding(6) var<storage, read> beta: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn normalize(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let unit = i % p.units;
    if i >= state.rows * p.units {
        return;
    }
    y[i] = gamma[unit] * ((x[i] - mean_[unit]) * inverse_deviation_[unit]) + beta[unit];
}

@group(0) @binding(4) var<storage, read> variance: array<f32>;

@compute @workgroup_size(64)
fn normalize_running(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let unit = i % p.units;
    if i >= state.rows * p.units {
        return;
    }
    y[i] = gamma[unit] * ((x[i] - mean_[unit]) / sqrt(variance[unit] + p.eps)) + beta[unit];
}

@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> partial_sums: array<vec2<f32>>;

@compute @workgroup_size(64)
fn partial_gradients(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let chunk = i / p.units;
    if chunk >= chunks(state.rows) {
        return;
    }
    let unit = i % p.units;
    var sums = vec2<f32>();
    for (var row = chunk * CHUNK; row < min((chunk + 1u) * CHUNK, state.rows); row++) {
        let at = row * p.units + unit;
        let xhat = (x[at] - mean_[unit]) * inverse_deviation_[unit];
        sums += vec2<f32>(dy[at], dy[at] * xhat);
    }
    partial_sums[i] = sums;
}

@group(0) @binding(3) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(4) var<storage, read_write> dgamma: array<f32>;

@compute @workgroup_size(64)
fn combine_gradients(@builtin(global_invocation_id) id: vec3<u32>) {
    let unit = id.x;
    if unit >= p.units {
        return;
    }
    var sums = vec2<f32>();
    for (var chunk = 0u; chunk < chunks(state.rows); chunk++) {
        sums += partials[chunk * p.units + unit];
    }
    dbeta[unit] = sums.x;
    dgamma[unit] = sums.y;
}

@group(0) @binding(6) var<storage, read> gamma_: array<f32>;
@group(0) @binding(7) var<storage, read> sum_dy: array<f32>;
@group(0) @binding(8) var<storage, read> sum_dy_xhat: array<f32>;
@group(0) @binding(9) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn input_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let unit = i % p.units;
    if i >= state.rows * p.units {
        return;
    }
    let scale = inverse_deviation_[unit];
    let xhat = (x[i] - mean_[unit]) * scale;
    let m = f32(state.rows);
    dx[i] = gamma_[unit] * scale * (dy[i] - (sum_dy[unit] + xhat * sum_dy_xhat[unit]) / m);
}
