//! The Python programs that check what this one writes.

use std::path::Path;
use std::process::Command;

/// The interpreter: `SHADERNETS_PYTHON` (which `scripts/test` sets), or `python3`.
fn interpreter() -> Command {
    let python = std::env::var_os("SHADERNETS_PYTHON");
    Command::new(python.unwrap_or_else(|| "python3".into()))
}

/// Runs a script beside this file on a folder, and returns what it prints; none, said loudly, where Python
/// does not have the packages.
pub fn run(script: &str, packages: &[&str], folder: &Path) -> Option<String> {
    let import = format!("import {}", packages.join(", "));
    let has_packages = interpreter().args(["-c", &import]).output();
    if !has_packages.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED PYTHON: {script} needs {}", packages.join(", "));
        return None;
    }
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export");
    let output = interpreter()
        // No folder of compiled files beside the scripts.
        .arg("-B")
        .arg(scripts.join(script))
        .arg(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}
