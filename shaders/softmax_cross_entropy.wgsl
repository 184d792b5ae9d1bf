// Softmax and cross-entropy in one, from logits x, with m = max x and s = sum exp(x - m):
//   p = exp(x - m) / s,   loss = log s - (x[label] - m),   predicted = the first class of largest x.
// No logarithm of a rounded probability is taken. In training also the gradient of the mean loss,
//   dx = (p - target) / rows,
// and in `flags` what shows an unstable training, as in watch.wgsl. One invocation a row.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    classes: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> label: array<u32>;
@group(0) @binding(4) var<storage, read_write> probability: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> predicted: array<u32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<storage, read_write> flags: array<u32>;

struct Sums {
    begin: u32,
    // Of exp(x - m), which lie in `probability`.
    exponentials: f32,
    loss: f32,
}

fn sums(row: u32) -> Sums {
    let begin = row * p.classes;
    var largest = x[begin];
    var best = 0u;
    for (var i = 1u; i < p.classes; i++) {
        let value = x[begin + i];
        if value > largest {
            largest = value;
            best = i;
        }
    }
    var sum = 0.0;
    for (var i = begin; i < begin + p.classes; i++) {
        let e = exp(x[i] - largest);
        probability[i] = e;
        sum += e;
    }
    predicted[row] = best;
    let of_row = log(sum) - (x[begin + label[row]] - largest);
    loss[row] = of_row;
    return Sums(begin, sum, of_row);
}

@compute @workgroup_size(64)
fn evaluate(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let s = sums(row);
    for (var i = s.begin; i < s.begin + p.classes; i++) {
        probability[i] /= s.exponentials;
    }
}

// NaN and infinity are told by their bits, since a compiler may assume that they never occur.
fn is_finite(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(64)
fn train(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let s = sums(row);
    let share = 1.0 / f32(state.rows);
    let target_class = s.begin + label[row];
    var all_finite = is_finite(s.loss);
    var saturated = false;
    for (var i = s.begin; i < s.begin + p.classes; i++) {
        let value = probability[i] / s.exponentials;
        probability[i] = value;
        dx[i] = select(value, value - 1.0, i == target_class) * share;
        let bits = bitcast<u32>(value);
        all_finite &= is_finite(value);
        saturated |= (bits & 0x7fffffffu) == 0u || bits == 0x3f800000u;
    }
    flags[row] = select(1u, 0u, all_finite) | select(0u, 2u, saturated);
}
