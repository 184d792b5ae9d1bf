// Counter-based random numbers, in u32 arithmetic only: the same bits as src/ops/rng.rs on every
// device. pcg4d: Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
fn pcg4d(seed: vec4<u32>) -> vec4<u32> {
    var v = seed * vec4<u32>(1664525u) + vec4<u32>(1013904223u);
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v ^= v >> vec4<u32>(16u);
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}

// Uniform in [0, 1), from the top 24 bits: exact in f32.
fn unit(bits: u32) -> f32 {
    return f32(bits >> 8u) * 0x1p-24;
}

// cos(2 pi t) for t in [-1/4, 1/4], by its Taylor polynomial to t^14 (error under 1e-8): the built-in
// may be off by 2^-11.
fn cos_quarter(t: f32) -> f32 {
    let x = 6.2831855 * t;
    let y = x * x;
    return 1.0 + y * (-0.5 + y * (0.041666668 + y * (-0.0013888889 + y * (2.4801587e-5
        + y * (-2.7557319e-7 + y * (2.0876756e-9 + y * -1.1470746e-11))))));
}

// cos and sin of t turns.
fn cos_turns(t: f32) -> f32 {
    let r = t - round(t);
    let a = abs(r);
    return select(cos_quarter(a), -cos_quarter(0.5 - a), a > 0.25);
}

fn sin_turns(t: f32) -> f32 {
    return cos_turns(t - 0.25);
}

// A normal deviate from two random words (Box and Muller, 1958).
fn normal(a: u32, b: u32) -> f32 {
    let radius = sqrt(-2.0 * log((f32(a >> 8u) + 1.0) * 0x1p-24));
    return radius * cos_turns(unit(b));
}
