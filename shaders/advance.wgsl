// Moves the step state to the next minibatch (src/ops/state.rs: StepState::advance). One invocation.
// Adam's bias corrections 1 - beta^t follow the recurrence c' = beta c + (1 - beta), which keeps its
// relative error small where computing the power in f32 does not.
//!include shared/state.wgsl

struct Params {
    training: u32,
    beta1: f32,
    beta2: f32,
}

@group(0) @binding(0) var<storage, read> p: Params;
@group(0) @binding(1) var<storage, read_write> state: State;

@compute @workgroup_size(1)
fn advance() {
    state.offset += state.rows;
    state.rows = min(state.batch, state.end - state.offset);
    state.slot += 1u;
    if p.training == 1u {
        state.step += 1u;
        state.correction1 = state.correction1 * p.beta1 + (1.0 - p.beta1);
        state.correction2 = state.correction2 * p.beta2 + (1.0 - p.beta2);
    }
}
