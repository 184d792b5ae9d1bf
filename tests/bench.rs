//! `shadernets bench`, as a person runs it. No test asserts a time.
#![cfg(feature = "native")]

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::Value;

/// Small enough to train in a moment.
const SMALL: &str = "60x12x5/25";

fn bench(arguments: &[&str]) -> Output {
    assert_cmd::cargo::cargo_bin_cmd!("shadernets")
        .env("NO_COLOR", "1")
        .env("XDG_RUNTIME_DIR", std::env::temp_dir())
        .arg("bench")
        .args(arguments)
        .output()
        .unwrap()
}

/// Standard output of a run that succeeds.
#[track_caller]
fn out(arguments: &[&str]) -> String {
    let output = bench(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a run that ends with this exit code.
#[track_caller]
fn fails(code: i32, arguments: &[&str]) -> String {
    let output = bench(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn both_devices_are_measured_into_tables_json_and_a_comparison() {
    support::pipelines();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let json = format!("--json={}", text(&file));
    let tables = out(&["--workload=w2", "--epochs=2", "--device=cpu,gpu", &json]);
    for heard in [
        "copy",
        "matmul",
        "s/epoch",
        "dispatches/step",
        "thread CPU/step",
    ] {
        assert!(tables.contains(heard), "{heard} in {tables}");
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(report["peaks"].as_array().unwrap().len(), 2);
    let measurements = report["measurements"].as_array().unwrap();
    let names: Vec<_> = measurements
        .iter()
        .map(|m| m["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["shadernets cpu", "shadernets gpu"]);
    for measurement in measurements {
        assert_eq!(measurement["epoch_seconds"].as_array().unwrap().len(), 1);
        assert_eq!(measurement["train_cost"].as_array().unwrap().len(), 2);
        // 2 products of the first layer, 3 of the second, and dev.
        let expected = 2.0 * (256.0 * 16.0 * (2.0 * 593.0 + 127.0) + 160.0 * (3.0 * 593.0 + 127.0));
        assert_eq!(measurement["epoch_flops"].as_f64(), Some(expected));
        assert!(measurement["step_counts"]["dispatches"].as_f64().unwrap() > 1.0);
    }

    let compared = out(&["--compare", text(&file), text(&file)]);
    assert!(compared.contains("1.00"), "{compared}");
    assert!(
        !compared.contains("WORSE") && !compared.contains("better"),
        "{compared}"
    );

    let mut slower = report.clone();
    slower["measurements"][0]["epoch_seconds"] = serde_json::json!([1e3]);
    slower["measurements"][1]["step_counts"]["dispatches"] = serde_json::json!(1);
    let other = folder.path().join("slower.json");
    std::fs::write(&other, slower.to_string()).unwrap();
    let compared = out(&["--compare", text(&file), text(&other)]);
    let marked = |mark: &str| compared.lines().filter(|line| line.ends_with(mark)).count();
    assert_eq!([marked("WORSE"), marked("better")], [1, 1], "{compared}");
}

#[test]
fn a_training_of_a_persons_own_is_measured() {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let datasets = format!("--datasets-path={}", text(&datasets));
    let line = out(&[
        "--json-line",
        "--device=cpu",
        "--epochs=2",
        "--",
        "--dataset=colors",
        &datasets,
        "--resize=4,4",
        "--exp-id=own",
    ]);
    let measurement: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(measurement["workload"], "own");
    assert_eq!(measurement["train_cost"].as_array().unwrap().len(), 2);
}

#[test]
fn an_exported_workload_trains_to_the_costs_that_it_tells() {
    support::pipelines();
    let folder = tempfile::tempdir().unwrap();
    out(&["--export", text(folder.path()), "--workload", SMALL]);
    let file = folder.path().join("60x12x5-25.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let expected = |name: &str| -> Vec<f64> {
        let tensor = tensors.tensor(name).unwrap();
        let (words, _) = tensor.data().as_chunks();
        words.iter().map(|word| f64::from_le_bytes(*word)).collect()
    };
    for (device, tolerance) in [("cpu", 0.0), ("gpu", 1e-3)] {
        let device = format!("--device={device}");
        let line = out(&["--from", text(&file), &device, "--json-line"]);
        let measured: Value = serde_json::from_str(&line).unwrap();
        for name in ["train_cost", "dev_cost"] {
            let costs = measured[name].as_array().unwrap();
            let expected = expected(name);
            assert_eq!(costs.len(), expected.len());
            for (cost, expected) in costs.iter().zip(expected) {
                let cost = cost.as_f64().unwrap();
                assert!(
                    (cost - expected).abs() <= tolerance,
                    "{device} {name}: {cost}, {expected}"
                );
            }
        }
    }
}

#[test]
fn wrong_usage_and_bad_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad");
    std::fs::write(&bad, "nothing of the kind").unwrap();
    let bad = text(&bad);
    for (arguments, heard) in [
        (&["--workload=w9"][..], "w1, w2, w3, or SAMPLESx"),
        (&["--epochs=0"], "--epochs"),
        (&["--seconds=-1"], "--seconds"),
        (&["--device="], "--device"),
        (&["--json-line"], "--device"),
        (&["--json-line", "--device=cpu"], "--workload"),
        (&["--export=x", "--workload=peak"], "cannot be exported"),
        (&["--", "--device=cpu"], "before the --"),
        (&["--", "--experiment", "--experiment"], "one experiment"),
        (&["--", "--layers=x"], "--layers"),
    ] {
        let message = fails(2, arguments);
        assert!(message.contains(heard), "{arguments:?}: {message}");
    }
    for (arguments, heard) in [
        (
            &["--json-line", "--device=cpu", "--from", bad][..],
            "no safetensors file",
        ),
        (
            &["--json-line", "--device=cpu", "--from", "/none"],
            "--from=/none",
        ),
        (
            &["--json-line", "--device=no such thing", "--workload=w2"],
            "no such thing",
        ),
        (&["--compare", bad, bad], "--json"),
    ] {
        let message = fails(1, arguments);
        assert!(message.contains(heard), "{arguments:?}: {message}");
    }
}
