use shadernets::report::{COLUMNS, Comparison, Row, RowKind};
use shadernets::runs::{RunRecord, Status};

use crate::fixture::{HOSTILE, compared, figures, run, strange};

fn value(row: &Row, name: &str) -> Option<f64> {
    let index = COLUMNS.iter().position(|column| column.name == name);
    row.values[index.unwrap()]
}

fn labels(runs: &[RunRecord]) -> Vec<String> {
    let comparison = Comparison::new(runs);
    comparison.rows.iter().map(Row::label).collect()
}

/// Three repetitions with training accuracies of 0.90, 0.92 and 0.94.
fn repeated() -> Vec<RunRecord> {
    let run = |k: u64| {
        let id = if k == 0 {
            "x".to_owned()
        } else {
            format!("x_{k}")
        };
        let mut run = run(&id, k, 1.0, 30);
        run.config.exp_id = "x".to_owned();
        run.summary.training = Some(figures(0.5, 0.90 + 0.02 * k as f64));
        run.summary.dev = Some(figures(0.25, 0.85));
        run
    };
    (0..3).map(run).collect()
}

#[test]
fn repeated_runs_have_a_mean_and_a_deviation_below_them() {
    let rows = Comparison::new(&repeated()).rows;
    let kinds: Vec<RowKind> = rows.iter().map(|row| row.kind).collect();
    let run = RowKind::Run;
    assert_eq!(kinds, [run, run, run, RowKind::Mean, RowKind::Deviation]);
    let close = |row: usize, name: &str, expected: f64| {
        let found = value(&rows[row], name).unwrap();
        assert!((found - expected).abs() < 1e-12, "{name}: {found}");
    };
    close(3, "training_accuracy", 0.92);
    close(4, "training_accuracy", 0.02);
    close(3, "avoidable_bias", 0.08);
    close(3, "variance", 0.07);
    close(4, "variance", 0.02);
    close(4, "dev_cost", 0.0);
    close(3, "parameters", 7820.0);
    assert_eq!(value(&rows[4], "parameters"), None);
    assert_eq!(rows[3].label(), "x: mean of 3");
}

#[test]
fn what_not_all_repetitions_have_has_no_mean() {
    let mut runs = repeated();
    runs[1].summary.early_stop_epoch = None;
    runs[1]
        .epochs
        .iter_mut()
        .for_each(|line| line.early_stop = false);
    runs[2].summary.dev = Some(figures(f64::NAN, 0.1));
    let rows = Comparison::new(&runs).rows;
    assert_eq!(value(&rows[3], "early_stop_epoch"), None);
    assert!(value(&rows[3], "dev_cost").unwrap().is_nan());
}

#[test]
fn a_run_that_did_not_come_to_its_end_is_not_averaged() {
    let mut runs = repeated();
    runs[2].summary.status = Status::Failed;
    assert_eq!(
        labels(&runs),
        ["x", "x_1", "x_2", "x: mean of 2", "x: standard deviation"]
    );
    runs[1].summary.status = Status::Running;
    assert_eq!(labels(&runs), ["x", "x_1", "x_2"]);
}

#[test]
fn runs_are_in_the_same_order_whatever_folders_they_came_from() {
    let ids = ["x_10", "a", "x_2", "x"];
    let mut runs: Vec<RunRecord> = ids
        .iter()
        .enumerate()
        .map(|(rate, id)| {
            let mut run = run(id, 0, 1.0, 2);
            run.config.optimizer.learning_rate = 0.1 + rate as f64;
            run
        })
        .collect();
    let sorted = ["a", "x", "x_2", "x_10"];
    assert_eq!(labels(&runs), sorted);
    runs.reverse();
    runs[0].folder = "elsewhere/z".into();
    assert_eq!(labels(&runs), sorted);
}

#[test]
fn runs_of_the_same_id_go_by_their_folders() {
    let (mut a, mut b) = (run("x", 0, 1.0, 2), run("x", 0, 1.0, 2));
    (a.folder, b.folder) = ("runs/10-x".into(), "runs/9-x".into());
    b.config.optimizer.learning_rate = 0.5;
    assert_eq!(labels(&[a, b]), ["9-x", "10-x"]);
}

#[test]
fn a_run_at_work_is_as_good_as_its_last_epoch() {
    let mut runs = vec![run("x", 0, 1.0, 30)];
    let last = runs[0].epochs[29].clone();
    let summary = &mut runs[0].summary;
    (summary.training, summary.dev, summary.early_stop_epoch) = (None, None, None);
    summary.seconds = 0.0;
    let rows = Comparison::new(&runs).rows;
    assert_eq!(value(&rows[0], "training_cost"), Some(last.training.cost));
    assert_eq!(
        value(&rows[0], "dev_accuracy"),
        Some(last.dev.unwrap().accuracy)
    );
    assert_eq!(value(&rows[0], "early_stop_epoch"), Some(18.0));
    assert_eq!(value(&rows[0], "seconds"), Some(last.seconds));
}

#[test]
fn csv_and_json_keep_all_digits() {
    let mut runs = repeated();
    runs[0].summary.training = Some(figures(1.0 / 3.0, 0.9));
    runs[1].summary.training = Some(figures(f64::NAN, 0.9));
    runs[0].summary.test = None;
    let comparison = Comparison::new(&runs);
    let csv = comparison.csv().unwrap();
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let cell = |line: &str, name: &str| {
        let index = head.iter().position(|column| *column == name).unwrap();
        line.split(',').nth(index).unwrap().to_owned()
    };
    let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
    assert_eq!(cell(first, "training_cost").parse(), Ok(1.0 / 3.0));
    assert_eq!(cell(first, "parameters"), "7820");
    assert_eq!(cell(first, "test_accuracy"), "");
    assert_eq!(cell(second, "training_cost"), "NaN");
    assert_eq!(cell(csv.lines().nth(4).unwrap(), "kind"), "mean");

    let json: serde_json::Value = serde_json::from_str(&comparison.json().unwrap()).unwrap();
    assert_eq!(json[0]["training_cost"], serde_json::json!(1.0 / 3.0));
    assert_eq!(json[0]["parameters"], serde_json::json!(7820));
    assert_eq!(json[0].get("test_accuracy"), None);
    assert_eq!(json[1].get("training_cost"), Some(&serde_json::Value::Null));
    assert_eq!(json[0]["status"], "finished");
    assert_eq!(json[3]["kind"], "mean");
    assert_eq!(json[3]["runs"], 3);
}

#[test]
fn hostile_names_stay_in_their_cells() {
    let runs = strange();
    let comparison = Comparison::new(&runs);
    let markdown = comparison.markdown();
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    for line in markdown.lines() {
        assert_eq!(bars(line), COLUMNS.len() + 3, "{line}");
    }
    assert!(!markdown.contains('<'), "{markdown}");
    let terminal = comparison.terminal();
    assert_eq!(terminal.lines().count(), runs.len() + 2);
    let mut reader =
        csv::Reader::from_reader(comparison.csv().unwrap().into_bytes().leak() as &[u8]);
    let names: Vec<String> = reader
        .records()
        .map(|row| row.unwrap()[1].to_owned())
        .collect();
    assert!(names.contains(&HOSTILE[0].to_owned()), "{names:?}");
}

#[test]
fn the_table_is_readable() {
    let text = Comparison::new(&compared()).terminal();
    println!("{text}{}", Comparison::new(&strange()).terminal());
    let mean = text
        .lines()
        .find(|line| line.contains("mean of 3"))
        .unwrap();
    assert!(mean.contains('%'), "{mean}");
}
