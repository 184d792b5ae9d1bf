//! The GPU that the tests run on: `scripts/test` asks for it before it runs the others.

mod support;

#[test]
fn there_is_a_gpu_to_test_on() {
    support::pipelines();
}
