use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use shadernets::backend::gpu::{
    MAX_ITERATIONS,
    shaders::{assemble, assemble_for_replicas},
};
use shadernets::ops::case::CaseBuilder;
use shadernets::ops::{Shader, Target, registry};

/// Kinds of device that kernels differ for.
fn targets() -> Vec<Target> {
    let software = |lanes| Target {
        software: true,
        subgroup: Some(lanes),
        ..Target::default()
    };
    let gpu = Target {
        workgroup_memory: 16 * 1024,
        workgroup_invocations: 256,
        ..Target::default()
    };
    vec![Target::default(), software(8), software(16), gpu]
}

/// Every text that an op of the registry dispatches, by its shader's name, with the entry points used.
fn used() -> BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>> {
    let mut used = BTreeMap::<_, BTreeSet<_>>::new();
    for entry in registry() {
        for index in 0..crate::CASES {
            let case = CaseBuilder::build(&entry, index);
            for target in targets() {
                for dispatch in case.op.gpu(&case.tensors, &target) {
                    let Shader { name, source } = dispatch.shader;
                    used.entry((name, source))
                        .or_default()
                        .insert(dispatch.entry);
                }
            }
        }
    }
    used
}

/// As a program of one network compiles it, and one of several.
fn texts(source: &'static str) -> [String; 2] {
    let shader = Shader { name: "", source };
    [assemble(&shader), assemble_for_replicas(&shader)]
}

fn parse(name: &str, text: &str) -> naga::Module {
    let module = naga::front::wgsl::parse_str(text)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
    Validator::new(ValidationFlags::all(), Capabilities::SUBGROUP)
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(text)));
    module
}

#[test]
fn every_shader_file_belongs_to_an_op_of_the_same_name() {
    let root = env!("CARGO_MANIFEST_DIR");
    let used = used();
    for file in std::fs::read_dir(format!("{root}/shaders")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "wgsl") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(
                used.keys().any(|(used, _)| *used == name),
                "no op of the registry uses {name}.wgsl"
            );
            let twin = format!("{root}/src/ops/{name}.rs");
            assert!(std::path::Path::new(&twin).exists(), "{twin} is missing");
        }
    }
}

#[test]
fn every_shader_is_valid_for_naga_and_every_entry_point_is_used() {
    for ((name, source), entries) in used() {
        for entry in texts(source)
            .iter()
            .flat_map(|text| parse(name, text).entry_points)
        {
            assert!(
                entries.contains(entry.name.as_str()),
                "{name}: nobody uses {}",
                entry.name
            );
        }
    }
}

#[test]
fn every_shader_is_valid_for_tint_where_it_is_installed() {
    // Debian has a game of the same name.
    let help = Command::new("tint").arg("--help").output();
    let is_tint = help.is_ok_and(|help| {
        let text = [help.stdout, help.stderr].concat();
        String::from_utf8_lossy(&text).contains("input-file")
    });
    if !is_tint {
        println!("shaders are validated by: naga (tint is not installed)");
        return;
    }
    println!("shaders are validated by: naga and tint");
    let folder = tempfile::tempdir().unwrap();
    let used = used().into_keys();
    let texts = used.flat_map(|(name, source)| texts(source).map(|text| (name, text)));
    for (i, (name, text)) in texts.enumerate() {
        let file = folder.path().join(format!("{name}{i}.wgsl"));
        // naga takes subgroup operations without this line, and does not know it.
        let subgroups = if text.contains("subgroup") {
            "enable subgroups;\n"
        } else {
            ""
        };
        std::fs::write(&file, format!("{subgroups}{text}")).unwrap();
        let tint = Command::new("tint")
            .args(["--format", "wgsl", "-o", "/dev/null"])
            .arg(&file)
            .output()
            .unwrap();
        let said = [tint.stdout, tint.stderr].concat();
        assert!(
            tint.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&said)
        );
    }
}

#[test]
fn no_kernel_of_a_large_program_loops_longer_than_software_adapters_allow() {
    use shadernets::config::{ExperimentConfig, ModelKind};
    use shadernets::program::Phase;
    use shadernets::train::{Sizes, compile};

    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.training.max_minibatch_size = 200_000;
    config.optimizer.weight_decay = 0.1;
    config.data.augmentation.rotation_degrees = 10.0;
    config.model.dropout_rate = 0.1;
    let sizes = Sizes {
        picture: [256, 256, 3],
        classes: 1000,
        partitions: [200_000, 10, 10],
    };
    let compiled = compile(&config, &sizes, u64::MAX, true);
    for phase in [Phase::Train, Phase::Evaluate] {
        for op in compiled.program.ops(phase) {
            for target in targets() {
                for dispatch in op.gpu(&compiled.program.tensors, &target) {
                    assert!(
                        dispatch.iterations <= MAX_ITERATIONS,
                        "{} loops {} times",
                        dispatch.entry,
                        dispatch.iterations
                    );
                }
            }
        }
    }
}
