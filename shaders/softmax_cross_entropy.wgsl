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

// Classes of a row if an invocation holds them all, so that it reads each once; 0 if they are too many.
override HELD: u32 = 0u;
const MOST_HELD: u32 = 32u;

var<private> held: array<f32, MOST_HELD>;

fn classes() -> u32 {
    if HELD > 0u {
        return HELD;
    }
    return p.classes;
}

fn logit(i: u32, class_: u32) -> f32 {
    if HELD > 0u {
        return held[class_];
    }
    return x[i];
}

// exp(x - m) is held, or lies in `probability`.
fn exponential(i: u32, class_: u32) -> f32 {
    if HELD > 0u {
        return held[class_];
    }
    return probability[i];
}

struct Sums {
    begin: u32,
    classes: u32,
    label: u32,
    exponentials: f32,
    loss: f32,
}

fn sums(row: u32) -> Sums {
    let classes = classes();
    let begin = row * classes;
    var largest = x[begin];
    var best = 0u;
    held[0] = largest;
    for (var i = 1u; i < classes; i++) {
        let value = x[begin + i];
        if HELD > 0u {
            held[i] = value;
        }
        if value > largest {
            largest = value;
            best = i;
        }
    }
    var sum = 0.0;
    for (var i = 0u; i < classes; i++) {
        let e = exp(logit(begin + i, i) - largest);
        if HELD > 0u {
            held[i] = e;
        } else {
            probability[begin + i] = e;
        }
        sum += e;
    }
    predicted[row] = best;
    let label = label[row];
    let of_row = log(sum) - (x[begin + label] - largest);
    loss[row] = of_row;
    return Sums(begin, classes, label, sum, of_row);
}

@compute @workgroup_size(64)
fn evaluate(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row >= state.rows {
        return;
    }
    let s = sums(row);
    for (var i = 0u; i < s.classes; i++) {
        probability[s.begin + i] = exponential(s.begin + i, i) / s.exponentials;
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
    var all_finite = is_finite(s.loss);
    var saturated = false;
    for (var i = 0u; i < s.classes; i++) {
        let value = exponential(s.begin + i, i) / s.exponentials;
        probability[s.begin + i] = value;
        dx[s.begin + i] = select(value, value - 1.0, i == s.label) * share;
        let bits = bitcast<u32>(value);
        all_finite &= is_finite(value);
        saturated |= (bits & 0x7fffffffu) == 0u || bits == 0x3f800000u;
    }
    flags[row] = select(1u, 0u, all_finite) | select(0u, 2u, saturated);
}
