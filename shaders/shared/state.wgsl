// The step state: src/ops/state.rs describes each word. `replica` says which network of those that are
// trained as one program this invocation works for (src/backend/gpu/replicas.rs).
struct State {
    offset: u32,
    rows: u32,
    end: u32,
    batch: u32,
    step: u32,
    slot: u32,
    epoch: u32,
    dataset_seed: u32,
    correction1: f32,
    correction2: f32,
    replicas: array<OwnState>,
}

// Of one replica.
struct OwnState {
    model_seed: u32,
    learning_rate: f32,
    weight_decay: f32,
    // A unit is dropped if the top 24 bits of its random word are below.
    drop_below: u32,
    // What kept units are multiplied with.
    keep_scale: f32,
}
