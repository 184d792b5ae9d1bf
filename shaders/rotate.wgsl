// Rotates each picture of the minibatch about its centre ((w-1)/2, (h-1)/2) by its own angle, uniform
// in [-limit, limit], counter-clockwise as displayed; same size (rotated, then cropped to the centre),
// bilinear, edge pixels extended. Pictures are [h, w, c] in a row of x.
// One invocation a pixel of the result, all its channels.
//!include shared/state.wgsl
//!include shared/grid.wgsl
//!include shared/rng.wgsl

struct Params {
    width: u32,
    height: u32,
    channels: u32,
    stream: u32,
    // In turns.
    limit: f32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn rotate(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let pixels = p.width * p.height;
    let row = i / pixels;
    if row >= state.rows {
        return;
    }
    let entry = order[state.offset + row];
    let bits = pcg4d(vec4<u32>(state.dataset_seed, p.stream, state.epoch, entry)).x;
    let turns = p.limit * (2.0 * unit(bits) - 1.0);
    let c = cos_turns(turns);
    let s = sin_turns(turns);

    let last = vec2<f32>(f32(p.width - 1u), f32(p.height - 1u));
    let d = vec2<f32>(f32(i % pixels % p.width), f32(i % pixels / p.width)) - 0.5 * last;
    let from_ = clamp(0.5 * last + vec2<f32>(c * d.x - s * d.y, s * d.x + c * d.y), vec2<f32>(), last);
    let corner = floor(from_);
    let t = from_ - corner;
    let x0 = u32(corner.x);
    let y0 = u32(corner.y);
    let x1 = min(x0 + 1u, p.width - 1u);
    let y1 = min(y0 + 1u, p.height - 1u);
    let base = row * pixels;
    for (var channel = 0u; channel < p.channels; channel++) {
        let top = mix(x[(base + y0 * p.width + x0) * p.channels + channel],
                      x[(base + y0 * p.width + x1) * p.channels + channel], t.x);
        let bottom = mix(x[(base + y1 * p.width + x0) * p.channels + channel],
                         x[(base + y1 * p.width + x1) * p.channels + channel], t.x);
        y[i * p.channels + channel] = mix(top, bottom, t.y);
    }
}
