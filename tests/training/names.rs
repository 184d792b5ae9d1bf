use shadernets::config::{ExperimentConfig, ModelKind};
use shadernets::train::{Compiled, Sizes, compile};

fn compiled(kind: ModelKind, layers: &[usize], picture: [usize; 3]) -> Compiled {
    let mut config = ExperimentConfig::default();
    config.model.kind = kind;
    config.model.layers = layers.to_vec();
    let sizes = Sizes {
        picture,
        classes: 10,
        partitions: [20, 5, 5],
        bytes: false,
    };
    compile(&config, &sizes, u64::MAX, true)
}

fn names(compiled: &Compiled) -> Vec<&str> {
    let parameters = compiled.parameters.iter();
    parameters
        .map(|p| compiled.program.tensors[p.value].name.as_str())
        .collect()
}

fn count(compiled: &Compiled) -> usize {
    let parameters = compiled.parameters.iter();
    parameters
        .map(|p| compiled.program.tensors.len(p.value))
        .sum()
}

#[test]
fn parameters_are_named_by_layer_index_kind_and_part() {
    let one = compiled(ModelKind::OneLayer, &[], [4, 4, 3]);
    assert_eq!(names(&one), ["W", "B"]);
    let n = compiled(ModelKind::NLayers, &[7], [4, 4, 3]);
    assert_eq!(
        names(&n),
        [
            "L0_Dense_W",
            "L2_BatchNormalization_Gamma",
            "L2_BatchNormalization_Beta",
            "L4_Dense_W",
            "L6_BatchNormalization_Gamma",
            "L6_BatchNormalization_Beta",
        ]
    );
    let kinds: Vec<&str> = n.layers.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "Dense",
            "Dropout",
            "BatchNormalization",
            "LeakyReLU",
            "Dense",
            "Dropout",
            "BatchNormalization",
            "Softmax"
        ]
    );
}

#[test]
fn parameter_counts_are_the_reference_systems() {
    assert_eq!(
        count(&compiled(ModelKind::NLayers, &[100], [110, 110, 3])),
        3_631_220
    );
    assert_eq!(
        count(&compiled(ModelKind::NLayers, &[10], [16, 16, 3])),
        7820
    );
    assert_eq!(
        count(&compiled(ModelKind::NLayers, &[10], [32, 32, 1])),
        10_380
    );
}
