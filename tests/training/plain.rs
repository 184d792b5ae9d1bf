use shadernets::config::{ExperimentConfig, ModelKind};
use shadernets::program::Phase;
use shadernets::train::{Sizes, compile};

#[test]
fn fusing_leaves_one_op_for_what_stands_together() {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.dropout_rate = 0.1;
    let sizes = Sizes {
        picture: [4, 4, 1],
        classes: 3,
        partitions: [10, 3, 3],
        bytes: false,
    };
    let names = |fuse, phase| -> Vec<&'static str> {
        let compiled = compile(&config, &sizes, u64::MAX, fuse);
        compiled.program.ops(phase).map(|op| op.name()).collect()
    };
    for phase in [Phase::Train, Phase::Evaluate] {
        let (plain, fused) = (names(false, phase), names(true, phase));
        for part in ["softmax", "cross_entropy", "leaky_relu"] {
            assert!(plain.contains(&part), "{part} is not in {plain:?}");
            assert!(!fused.contains(&part), "{part} is in {fused:?}");
        }
        let count = |name| fused.iter().filter(|op| **op == name).count();
        assert_eq!(count("batch_norm_activation"), 2, "{fused:?}");
    }
    let fused = names(true, Phase::Train);
    assert!(fused.contains(&"softmax_cross_entropy_training"));
    assert!(names(true, Phase::Evaluate).contains(&"softmax_cross_entropy"));
    for part in [
        "softmax_gradient",
        "cross_entropy_gradient",
        "watch",
        "dropout",
    ] {
        assert!(!fused.contains(&part), "{part} is in {fused:?}");
    }
    assert_eq!(fused.iter().filter(|op| **op == "adam").count(), 1);
}
