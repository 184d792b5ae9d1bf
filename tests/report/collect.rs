use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use shadernets::cli::config_file;
use shadernets::config::SessionConfig;
use shadernets::report::{Format, find_runs, read_runs, report};
use shadernets::runs::{MetricsLine, RunRecord};

use crate::fixture::{compared, draw};

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

/// Writes a run's files into a folder of its own below another, as training does.
fn save(run: &RunRecord, runs: &Path) -> PathBuf {
    let folder = runs.join(run.folder.file_name().unwrap());
    let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    fs::create_dir_all(&folder).unwrap();
    write(
        "config.toml",
        config_file::write_run(&run.config, &SessionConfig::default()),
    );
    write("summary.json", serde_json::to_string(&run.summary).unwrap());
    write(
        "metrics.jsonl",
        lines(run.epochs.iter().cloned().map(MetricsLine::Epoch)),
    );
    write("confusion.jsonl", lines(&run.confusions));
    write("pictures.jsonl", lines(&run.pictures));
    folder
}

fn lines<T: Serialize>(lines: impl IntoIterator<Item = T>) -> String {
    let lines = lines
        .into_iter()
        .map(|line| serde_json::to_string(&line).unwrap() + "\n");
    lines.collect()
}

#[test]
fn runs_of_two_machines_make_the_table_of_one() {
    let root = tempfile::tempdir().unwrap();
    let [one, shard_1, shard_2] = ["one", "shard-1", "shard-2"].map(|name| root.path().join(name));
    let runs = compared();
    for (index, run) in runs.iter().enumerate() {
        save(run, &one);
        save(run, if index % 2 == 0 { &shard_1 } else { &shard_2 });
    }
    for format in [
        Format::Terminal,
        Format::Markdown,
        Format::Csv,
        Format::Json,
    ] {
        let table = |folders: &[&PathBuf]| {
            let folders: Vec<PathBuf> = folders.iter().copied().cloned().collect();
            report(&folders, format, None, None).unwrap()
        };
        let whole = table(&[&one]);
        assert_eq!(whole, table(&[&shard_1, &shard_2]));
        assert_eq!(whole, table(&[&shard_2, &shard_1]));
        assert_ne!(whole, table(&[&shard_1]));
    }
}

#[test]
fn a_run_is_read_as_it_was_written_and_page_and_plot_lie_where_they_were_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let mut run = compared().remove(0);
    draw(&mut run, root.path(), 16);
    save(&run, root.path());
    assert_eq!(read_runs(&[root.path().to_owned()]).unwrap(), [run]);
    let (page, plot) = (root.path().join("page.html"), root.path().join("plot.svg"));
    report(
        &[root.path().to_owned()],
        Format::Csv,
        Some(&page),
        Some(&plot),
    )
    .unwrap();
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("data:image/png;base64,"));
    assert!(plot.is_file());
}

#[test]
fn a_damaged_run_is_an_error_that_names_its_file() {
    let root = tempfile::tempdir().unwrap();
    let folder = save(&compared()[0], root.path());
    let damage = |name: &str, text: &str| {
        let path = folder.join(name);
        let before = fs::read_to_string(&path).unwrap();
        fs::write(&path, text).unwrap();
        let error = report(&[root.path().to_owned()], Format::Csv, None, None);
        fs::write(&path, before).unwrap();
        error.unwrap_err().to_string()
    };
    for (name, text) in [
        ("summary.json", "{"),
        ("metrics.jsonl", "{}\n"),
        ("config.toml", "[[experiment]]\nnonsense = 1\n"),
    ] {
        let error = damage(name, text);
        assert!(error.contains(name), "{error}");
    }
}
