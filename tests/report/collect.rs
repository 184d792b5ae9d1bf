use std::fs;
use std::path::{Path, PathBuf};

use shadernets::report::find_runs;

/// Makes a folder that looks like a run.
fn make_run(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("config.toml"), "").unwrap();
    fs::write(folder.join("summary.json"), "{}").unwrap();
    folder.to_owned()
}

#[test]
fn runs_are_found_below_folders_and_sorted_each_once() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let runs = ["shard-1/run-10", "shard-1/run-9", "shard-2/deeper/run-1"]
        .map(|run| make_run(&root.join(run)));
    fs::create_dir_all(root.join("shard-1/empty")).unwrap();
    // Whoever is killed before its summary is written has trained nothing.
    fs::create_dir_all(root.join("shard-1/half")).unwrap();
    fs::write(root.join("shard-1/half/config.toml"), "").unwrap();
    let sorted = [runs[1].clone(), runs[0].clone(), runs[2].clone()];
    assert_eq!(find_runs(&[root.to_owned()]).unwrap(), sorted);
    let twice = [root.join("shard-2"), root.join("shard-1"), runs[0].clone()];
    assert_eq!(find_runs(&twice).unwrap(), sorted);
    assert_eq!(find_runs(&runs[..1]).unwrap(), runs[..1]);
}

#[test]
fn a_folder_without_runs_is_an_error_that_names_it() {
    let root = tempfile::tempdir().unwrap();
    make_run(&root.path().join("a/run"));
    fs::create_dir(root.path().join("b")).unwrap();
    let error = find_runs(&[root.path().join("a"), root.path().join("b")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("/b: no runs here"), "{error}");
    let error = find_runs(&[root.path().join("missing")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing: cannot read"), "{error}");
}
