use std::collections::BTreeMap;
use std::process::Command;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use shadernets::backend::gpu::{MAX_ITERATIONS, shaders::assemble};
use shadernets::ops::case::CaseBuilder;
use shadernets::ops::{Shader, Target, registry};

/// Every shader that an op of the registry dispatches, with the entry points that are used.
fn used() -> BTreeMap<&'static str, (Shader, Vec<&'static str>)> {
    let mut used = BTreeMap::new();
    for entry in registry() {
        for index in 0..crate::CASES {
            let case = CaseBuilder::build(&entry, index);
            for dispatch in case.op.gpu(&case.tensors, &Target::default()) {
                let shader = dispatch.shader;
                let (_, entries) = used.entry(shader.name).or_insert((shader, Vec::new()));
                entries.push(dispatch.entry);
            }
        }
    }
    used
}

#[test]
fn every_shader_file_belongs_to_an_op_of_the_same_name() {
    let root = env!("CARGO_MANIFEST_DIR");
    for file in std::fs::read_dir(format!("{root}/shaders")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "wgsl") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(
                used().contains_key(name),
                "no op of the registry uses {name}.wgsl"
            );
            let twin = format!("{root}/src/ops/{name}.rs");
            assert!(std::path::Path::new(&twin).exists(), "{twin} is missing");
        }
    }
}

#[test]
fn every_shader_is_valid_for_naga_and_every_entry_point_is_used() {
    for (name, (shader, entries)) in used() {
        let text = assemble(&shader);
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
        for entry in &module.entry_points {
            assert!(
                entries.contains(&entry.name.as_str()),
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
    for (name, (shader, _)) in used() {
        let file = folder.path().join(format!("{name}.wgsl"));
        std::fs::write(&file, assemble(&shader)).unwrap();
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
            for dispatch in op.gpu(&compiled.program.tensors, &Target::default()) {
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
