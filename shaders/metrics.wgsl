// The figures of a minibatch, into row `slot` of the metrics:
//   sum of the losses, sum of the L2 terms, samples predicted right, samples.
// One workgroup of INVOCATIONS, which share the rows.
//!include shared/state.wgsl

// A power of two.
override INVOCATIONS: u32 = 256u;

struct Params {
    terms: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read> label: array<u32>;
@group(0) @binding(4) var<storage, read> predicted: array<u32>;
@group(0) @binding(5) var<storage, read> l2: array<f32>;
@group(0) @binding(6) var<storage, read_write> metrics: array<vec4<f32>>;

var<workgroup> sums: array<vec2<f32>, 256>;

// The sum over all invocations.
fn total(i: u32, value: vec2<f32>) -> vec2<f32> {
    if INVOCATIONS == 1u {
        return value;
    }
    sums[i] = value;
    for (var n = INVOCATIONS / 2u; n > 0u; n /= 2u) {
        workgroupBarrier();
        if i < n {
            sums[i] += sums[i + n];
        }
    }
    workgroupBarrier();
    return sums[0];
}

@compute @workgroup_size(INVOCATIONS)
fn figures(@builtin(local_invocation_index) i: u32) {
    var own = vec2<f32>();
    for (var row = i; row < state.rows; row += INVOCATIONS) {
        own += vec2<f32>(loss[row], select(0.0, 1.0, label[row] == predicted[row]));
    }
    let all = total(i, own);
    if i > 0u {
        return;
    }
    var penalty = 0.0;
    for (var term = 0u; term < p.terms; term++) {
        penalty += l2[term];
    }
    metrics[state.slot] = vec4<f32>(all.x, penalty, all.y, f32(state.rows));
}
