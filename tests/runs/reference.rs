//! The reference system's comparisons, as it gives them, yield tables of as many rows.

use crate::place::{Place, datasets};

/// The command lines of several experiments, each experiment for two epochs and loaded by this program's own
/// loader: ImageMagick and libvips are no part of it.
fn comparisons() -> Vec<(String, usize)> {
    let lines = include_str!("../fixtures/reference_commands.txt").lines();
    let lines =
        lines.filter(|line| line.contains("--experiment ") || line.contains("--training-times"));
    let own = "--nbr-epochs=2 --data-loader=image";
    lines
        .map(|line| {
            let groups: Vec<_> = line.split("--experiment").map(str::trim).collect();
            let groups: Vec<_> = groups
                .into_iter()
                .filter(|group| !group.is_empty())
                .collect();
            let runs = groups.iter().map(|group| {
                let times = group
                    .split_once("--training-times=")
                    .map_or("1", |(_, rest)| rest);
                let digits = times.split(|c: char| !c.is_ascii_digit()).next().unwrap();
                digits.parse::<usize>().unwrap()
            });
            let runs = runs.sum();
            let groups: Vec<_> = groups
                .iter()
                .map(|group| format!("{group} {own}"))
                .collect();
            (groups.join(" --experiment "), runs)
        })
        .collect()
}

fn check(line: &str, runs: usize) {
    let place = Place::new();
    let datasets = datasets();
    place.works(
        &format!("--datasets-path={datasets} --no-gui --device=cpu {line}").replace(
            "--experiment ",
            &format!("--experiment --datasets-path={datasets} "),
        ),
    );
    let table = place.works("report runs --format=json");
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    let rows = table.as_array().unwrap().iter();
    let rows = rows.filter(|row| row["kind"] == "run").count();
    assert_eq!(rows, runs, "{line}");
}

#[test]
fn comparisons_of_the_reference_yield_a_row_a_run() {
    let comparisons = comparisons();
    assert_eq!(comparisons.len(), 22);
    for (line, runs) in comparisons {
        check(&line, runs);
    }
}
