// The step state: src/ops/state.rs describes each word.
struct State {
    offset: u32,
    rows: u32,
    end: u32,
    batch: u32,
    step: u32,
    slot: u32,
    epoch: u32,
    model_seed: u32,
    dataset_seed: u32,
    learning_rate: f32,
    correction1: f32,
    correction2: f32,
}
