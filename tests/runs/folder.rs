//! What a run leaves.

use shadernets::runs::Status;

use crate::place::{Place, check_files, training};

#[test]
fn a_run_leaves_all_its_files_and_its_configuration_repeats_it() {
    let place = Place::new();
    let options = format!(
        "{} --nbr-epochs=5 --checkpoint-every=2 --metrics-every=2 --track-layer=L0_Dense_W,3 --display-samples=4",
        training("colors", "cpu")
    );
    let said = place.works(&options);
    let run = place.only_run();
    assert!(
        said.contains(&format!(
            "Results: runs/{}",
            run.file_name().unwrap().display()
        )),
        "{said}"
    );
    let record = check_files(&run);
    assert_eq!(record.summary.status, Status::Finished);
    assert_eq!(record.epochs.len(), 5);
    assert!(!record.minibatches.is_empty());
    // Dev after each epoch, and test.
    assert_eq!(record.confusions.len(), 6);
    assert_eq!(record.pictures.len(), 10);
    for line in &record.pictures {
        assert!(image::open(run.join(&line.file)).is_ok(), "{line:?}");
    }
    for file in [
        "report.html",
        "model.safetensors",
        "checkpoints/epoch-00003.safetensors",
    ] {
        assert!(run.join(file).is_file(), "{file}");
    }
    assert!(std::fs::read_dir(run.join("tensorboard")).unwrap().count() == 1);

    let again = Place::new();
    std::fs::copy(run.join("config.toml"), again.path("config.toml")).unwrap();
    again.works("--no-gui --device=cpu --config=config.toml");
    let (first, second) = (check_files(&run), check_files(&again.only_run()));
    assert_eq!(first.config, second.config);
    assert_eq!(first.summary.training, second.summary.training);
    assert_eq!(first.summary.test, second.summary.test);
}

#[test]
fn without_a_runs_path_nothing_is_written() {
    let place = Place::new();
    place.works(&format!(
        "{} --nbr-epochs=2 --runs-path=off",
        training("colors", "cpu")
    ));
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 0);
}

#[test]
fn json_events_are_lines_and_nothing_else_is_said() {
    let place = Place::new();
    let said = place.works(&format!(
        "{} --nbr-epochs=3 --json --metrics-every=1",
        training("colors", "cpu")
    ));
    let mut kinds = std::collections::BTreeMap::new();
    for line in said.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect(line);
        assert_eq!(event["run"], "main");
        *kinds
            .entry(event["kind"].as_str().unwrap().to_owned())
            .or_insert(0) += 1;
    }
    assert_eq!(kinds["run-begun"], 1);
    assert_eq!(kinds["epoch"], 3);
    assert!(kinds["minibatch"] >= 3);
    assert_eq!(kinds["confusion"], 3);
    assert_eq!(kinds["results"], 1);
    assert_eq!(kinds["run-ended"], 1);
}

#[test]
fn quiet_says_the_results_only() {
    let place = Place::new();
    let said = place.works(&format!(
        "{} --nbr-epochs=3 --quiet",
        training("colors", "cpu")
    ));
    assert!(said.trim_start().starts_with("Summary"), "{said}");
    assert!(!said.contains("[Epoch"), "{said}");
}

#[test]
fn the_log_has_stamps_components_and_epochs() {
    let place = Place::new();
    place.works(&format!(
        "{} --nbr-epochs=3 --log-file=log.txt --debug",
        training("colors", "cpu")
    ));
    let log = std::fs::read_to_string(place.path("log.txt")).unwrap();
    let first = log.lines().next().unwrap();
    let stamp = first.split_whitespace().next().unwrap();
    assert!(
        stamp.ends_with('Z') && humantime::parse_rfc3339(stamp).is_ok(),
        "{first}"
    );
    assert_eq!(log.matches("epoch finished").count(), 3, "{log}");
    assert!(log.contains("tensors: "), "{log}");
    assert!(log.contains("L0_Dense_W gradient"), "{log}");
}

#[test]
fn minibatches_can_be_dumped_and_unknown_parameters_are_named() {
    let place = Place::new();
    place.works(&format!(
        "{} --nbr-epochs=1 --dump-minibatches",
        training("colors", "cpu")
    ));
    let minibatch = place
        .only_run()
        .join("minibatches/epoch-00000/minibatch-00000");
    let files: Vec<_> = std::fs::read_dir(minibatch)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    assert_eq!(files.len(), 32);
    assert_eq!(
        image::open(&files[0]).unwrap().to_rgb8().dimensions(),
        (6, 6)
    );

    let output = place.run(&format!(
        "{} --track-layer=L9_Dense_W,3",
        training("colors", "cpu")
    ));
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("--track-layer=L9_Dense_W,3") && error.contains("L0_Dense_W"),
        "{error}"
    );
}
