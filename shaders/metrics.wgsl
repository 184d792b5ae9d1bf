// The figures of a minibatch, into row `slot` of the metrics:
//   sum of the losses, sum of the L2 terms, samples predicted right, samples.
// In training also counts the flags of watch.wgsl, and adds them to `found`.
// One workgroup of INVOCATIONS, which share the rows.
//!include shared/state.wgsl

// A power of two.
override INVOCATIONS: u32 = 256u;

struct Params {
    terms: u32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read> label: array<u32>;
@group(0) @binding(4) var<storage, read> predicted: array<u32>;
@group(0) @binding(5) var<storage, read> l2: array<f32>;
@group(0) @binding(6) var<storage, read_write> metrics: array<vec4<f32>>;

@group(0) @binding(7) var<storage, read> flags: array<u32>;
@group(0) @binding(8) var<storage, read_write> found: array<u32>;

var<workgroup> sums: array<vec4<f32>, 256>;

// The sum over all invocations.
fn total(i: u32, value: vec4<f32>) -> vec4<f32> {
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

fn write_figures(loss_and_right: vec2<f32>) {
    var penalty = 0.0;
    for (var term = 0u; term < p.terms; term++) {
        penalty += l2[term];
    }
    metrics[state.slot] = vec4<f32>(loss_and_right.x, penalty, loss_and_right.y, f32(state.rows));
}

fn figures_of(row: u32) -> vec2<f32> {
    return vec2<f32>(loss[row], select(0.0, 1.0, label[row] == predicted[row]));
}

@compute @workgroup_size(INVOCATIONS)
fn figures(@builtin(local_invocation_index) i: u32) {
    var own = vec4<f32>();
    for (var row = i; row < state.rows; row += INVOCATIONS) {
        own += vec4<f32>(figures_of(row), 0.0, 0.0);
    }
    let all = total(i, own);
    if i == 0u {
        write_figures(all.xy);
    }
}

@compute @workgroup_size(INVOCATIONS)
fn figures_and_flags(@builtin(local_invocation_index) i: u32) {
    var own = vec4<f32>();
    for (var row = i; row < state.rows; row += INVOCATIONS) {
        let flag = flags[row];
        own += vec4<f32>(figures_of(row), f32(flag & 1u), f32(flag >> 1u));
    }
    let all = total(i, own);
    if i == 0u {
        write_figures(all.xy);
        found[0] += u32(all.z);
        found[1] += u32(all.w);
    }
}
