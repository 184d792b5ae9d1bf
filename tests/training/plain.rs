use shadernets::config::{ExperimentConfig, ModelKind};
use shadernets::program::Phase;
use shadernets::train::{Sizes, compile};

#[test]
fn fusing_replaces_softmax_and_cross_entropy_by_one_op_in_each_list() {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    let sizes = Sizes {
        picture: [4, 4, 1],
        classes: 3,
        partitions: [10, 3, 3],
    };
    let names = |fuse, phase| -> Vec<&'static str> {
        let compiled = compile(&config, &sizes, u64::MAX, fuse);
        compiled.program.ops(phase).map(|op| op.name()).collect()
    };
    for phase in [Phase::Train, Phase::Evaluate] {
        assert!(names(false, phase).contains(&"softmax"));
        assert!(!names(true, phase).contains(&"softmax"));
        assert!(!names(true, phase).contains(&"cross_entropy"));
        assert!(names(true, phase).contains(&"softmax_cross_entropy"));
    }
    assert!(names(true, Phase::Train).contains(&"softmax_cross_entropy_gradient"));
    assert!(!names(true, Phase::Train).contains(&"softmax_gradient"));
}
