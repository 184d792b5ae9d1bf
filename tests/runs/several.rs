//! Several runs in one command.

use crate::place::{Place, check_files, model_bits, training};

#[test]
fn runs_side_by_side_are_those_that_would_run_alone() {
    let options = training("colors", "cpu");
    let together = Place::new();
    let said = together.works(&format!(
        "{options} --nbr-epochs=4 --training-times=2 --experiment --exp-id=fast {options} --nbr-epochs=6 --learning-rate=0.01"
    ));
    let runs = together.runs();
    let ids: Vec<_> = runs
        .iter()
        .map(|run| check_files(run).summary.run_id)
        .collect();
    assert_eq!(ids.len(), 3, "{said}");
    // The data set is told of once, since it is loaded once.
    assert_eq!(said.matches("Data set ").count(), 1, "{said}");
    assert!(said.contains("Comparison"), "{said}");
    for (run, id) in runs.iter().zip(&ids) {
        let alone = Place::new();
        alone.works(&match id.as_str() {
            "main" => format!("{options} --nbr-epochs=4"),
            "main_1" => format!("{options} --nbr-epochs=4 --model-seed=1"),
            _ => format!("{options} --nbr-epochs=6 --learning-rate=0.01"),
        });
        assert!(model_bits(run) == model_bits(&alone.only_run()), "{id}");
    }
    let jobs = Place::new();
    jobs.works(&format!(
        "{options} --jobs=2 --nbr-epochs=4 --training-times=2 --experiment --exp-id=fast {options} --nbr-epochs=6 --learning-rate=0.01"
    ));
    for (run, same) in runs.iter().zip(jobs.runs()) {
        assert!(model_bits(run) == model_bits(&same), "{}", same.display());
    }
}

#[test]
fn a_run_that_fails_does_not_end_the_others() {
    let options = training("colors", "cpu");
    let place = Place::new();
    let output = place.run(&format!(
        "{options} --nbr-epochs=2 --exp-id=good --experiment {options} --exp-id=bad --dataset=nothing --experiment {options} --nbr-epochs=2 --exp-id=late"
    ));
    let (said, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("error: experiment bad: ") && error.contains("nothing"),
        "{error}"
    );
    assert!(
        said.contains("Experiment good: ") && said.contains("Experiment late: "),
        "{said}"
    );
    assert_eq!(place.runs().len(), 2);
}

#[test]
fn two_shards_are_the_whole() {
    let options = format!(
        "{} --nbr-epochs=3 --training-times=3",
        training("colors", "cpu")
    );
    let (whole, shards) = (Place::new(), Place::new());
    whole.works(&options);
    for shard in ["1/2", "2/2"] {
        shards.works(&format!("{options} --shard={shard}"));
    }
    let (whole_table, merged) = (
        whole.works("report runs --format=csv"),
        shards.works("report runs --format=csv"),
    );
    // All but the seconds, the last column.
    let results = |table: &str| -> Vec<String> {
        let rows = table
            .lines()
            .map(|row| row.rsplit_once(',').unwrap().0.to_owned());
        rows.collect()
    };
    assert_eq!(results(&whole_table), results(&merged));
    assert!(whole_table.lines().count() >= 4, "{whole_table}");
}

/// What a run has come to: its id, the bits of its model, its figures.
type Result = (String, Vec<(String, Vec<u32>)>, String);

fn results(place: &Place) -> Vec<Result> {
    let runs = place.runs();
    let results = runs.iter().map(|run| {
        let record = check_files(run);
        let figures: Vec<_> = record.epochs.iter().map(|e| (e.training, e.dev)).collect();
        let summary = record.summary;
        let figures = format!(
            "{figures:?} {:?} {:?}",
            summary.test, summary.early_stop_epoch
        );
        (summary.run_id, model_bits(run), figures)
    });
    results.collect()
}

#[test]
fn runs_that_train_as_one_program_are_those_that_would_train_alone() {
    for device in ["cpu", "gpu"] {
        // Seeds, rates, and one run that cannot go with the others; the last minibatch is smaller, dev is saved
        // when it is best.
        let options = training("colors", device);
        let sweep = format!(
            "sweep --vary learning-rate=0.001,0.02 --vary dropout-rate=0.1,0.4 -- {options} --weight-decay=0.01 \
             --nbr-epochs=30 --training-times=2 --checkpoint-every=10 --experiment {options} --exp-id=other --layers=5 --nbr-epochs=9"
        );
        let (together, alone, three) = (Place::new(), Place::new(), Place::new());
        together.works(&sweep);
        alone.works(&format!("{sweep} --replicas=off"));
        three.works(&format!("{sweep} --replicas=3"));
        let expected = results(&alone);
        assert_eq!(expected.len(), 12);
        assert!(results(&together) == expected, "{device}");
        assert!(results(&three) == expected, "{device}");
    }
}
