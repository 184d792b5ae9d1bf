// The figures of a minibatch, into row `slot` of the metrics:
//   sum of the losses, sum of the L2 terms, samples predicted right, samples.
// partial_figures: one invocation a chunk of rows; combine_figures: one invocation.
//!include shared/state.wgsl
//!include shared/grid.wgsl
//!include shared/chunks.wgsl

struct Params {
    terms: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read> label: array<u32>;
@group(0) @binding(4) var<storage, read> predicted: array<u32>;
@group(0) @binding(5) var<storage, read_write> partial: array<vec2<f32>>;

@compute @workgroup_size(64)
fn partial_figures(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let chunk = element(id, groups);
    if chunk >= chunks(state.rows) {
        return;
    }
    var figures = vec2<f32>();
    for (var row = chunk * CHUNK; row < min((chunk + 1u) * CHUNK, state.rows); row++) {
        figures += vec2<f32>(loss[row], select(0.0, 1.0, label[row] == predicted[row]));
    }
    partial[chunk] = figures;
}

@group(0) @binding(2) var<storage, read> partials: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> l2: array<f32>;
@group(0) @binding(4) var<storage, read_write> metrics: array<vec4<f32>>;

@compute @workgroup_size(1)
fn combine_figures() {
    var figures = vec2<f32>();
    for (var chunk = 0u; chunk < chunks(state.rows); chunk++) {
        figures += partials[chunk];
    }
    var penalty = 0.0;
    for (var i = 0u; i < p.terms; i++) {
        penalty += l2[i];
    }
    metrics[state.slot] = vec4<f32>(figures.x, penalty, figures.y, f32(state.rows));
}
