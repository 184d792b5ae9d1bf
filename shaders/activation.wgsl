// Activations of hidden layers, y = f(x), and their derivatives, dx = dy f'(x), the latter from y:
//   relu        max(x, 0)                1 if y > 0, else 0
//   leaky_relu  x if x > 0, else 0.01 x  1 if y > 0, else 0.01
//   sigmoid     1 / (1 + exp(-x))        y (1 - y)
//   tanh        tanh(x)                  1 - y^2
// One invocation an element.
//!include shared/state.wgsl
//!include shared/grid.wgsl

struct Params {
    units: u32,
}

const LEAK: f32 = 0.01;

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

fn in_use(i: u32) -> bool {
    return i < state.rows * p.units;
}

@compute @workgroup_size(64)
fn relu(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        out[i] = max(x[i], 0.0);
    }
}

@compute @workgroup_size(64)
fn leaky_relu(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        out[i] = x[i] * select(LEAK, 1.0, x[i] > 0.0);
    }
}

@compute @workgroup_size(64)
fn sigmoid(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        // exp of a negative number: no overflow.
        let e = exp(-abs(x[i]));
        out[i] = select(e, 1.0, x[i] > 0.0) / (1.0 + e);
    }
}

@compute @workgroup_size(64)
fn tanh_(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        // tanh |x| = (1 - e) / (1 + e), e = exp(-2 |x|): the built-in may be far less exact, and this
        // cancels near 0, where the series takes over.
        let a = abs(x[i]);
        let e = exp(-2.0 * a);
        let s = a * a;
        let series = a * (1.0 + s * (-0.33333334 + s * (0.13333334 - s * 0.053968254)));
        out[i] = sign(x[i]) * select((1.0 - e) / (1.0 + e), series, a < 0.1);
    }
}

@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;

@compute @workgroup_size(64)
fn relu_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        dx[i] = select(0.0, dy[i], y[i] > 0.0);
    }
}

@compute @workgroup_size(64)
fn leaky_relu_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        dx[i] = dy[i] * select(LEAK, 1.0, y[i] > 0.0);
    }
}

@compute @workgroup_size(64)
fn sigmoid_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        dx[i] = dy[i] * y[i] * (1.0 - y[i]);
    }
}

@compute @workgroup_size(64)
fn tanh_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if in_use(i) {
        dx[i] = dy[i] * (1.0 - y[i]) * (1.0 + y[i]);
    }
}
