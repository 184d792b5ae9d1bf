//! TensorBoard's own loader on event files.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;

use shadernets::report::EventFile;

use crate::python;

const STEPS: u64 = 500;

fn cost(step: u64) -> f64 {
    1.0 / (1.0 + step as f64 / 7.0)
}

#[test]
fn tensorboard_reads_every_scalar() {
    let folder = tempfile::tempdir().unwrap();
    // A run that was killed in the middle of a record, and went on from before step 300.
    let mut first = EventFile::create(folder.path()).unwrap();
    for step in 0..320 {
        let wrong = if step < 300 { 0.0 } else { 100.0 };
        first
            .scalars(step, step as f64, &[("cost/training", cost(step) + wrong)])
            .unwrap();
    }
    let half = fs::read(first.path()).unwrap();
    let mut file = OpenOptions::new().append(true).open(first.path()).unwrap();
    file.write_all(&half[half.len() - 40..half.len() - 10])
        .unwrap();
    let mut second = EventFile::resume(folder.path(), 300).unwrap();
    for step in 300..STEPS {
        let values = [("cost/training", cost(step)), ("cost/dev", f64::NAN)];
        second.scalars(step, step as f64, &values).unwrap();
    }
    let Some(said) = python::run("events_load.py", &["tensorboard"], folder.path()) else {
        return;
    };
    // By tag: step, wall time, value.
    let found: BTreeMap<String, Vec<(u64, f64, Option<f64>)>> =
        serde_json::from_str(&said).unwrap();
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["cost/dev", "cost/training"]
    );
    let expected = (0..STEPS).map(|step| (step, step as f64, Some(f64::from(cost(step) as f32))));
    assert_eq!(found["cost/training"], expected.collect::<Vec<_>>());
    let expected = (300..STEPS).map(|step| (step, step as f64, None));
    assert_eq!(found["cost/dev"], expected.collect::<Vec<_>>());
}
