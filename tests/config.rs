//! Config types as values: defaults, files, names.

use shadernets::config::{
    CheckAction, DeviceChoice, ExperimentConfig, Initializer, ModelKind, SampleFilter,
    SessionConfig, TrackLayer,
};

#[test]
fn the_defaults_are_valid() {
    assert_eq!(SessionConfig::default().validate(), Ok(()));
}

#[test]
fn a_session_survives_being_saved() {
    let mut session = SessionConfig {
        device: DeviceChoice::Named("Radeon".to_owned()),
        ..SessionConfig::default()
    };
    let experiment = &mut session.experiments[0];
    experiment.model.kind = ModelKind::NLayers;
    experiment.data.filter = SampleFilter::Indices(vec![1..=1, 5..=8]);
    experiment.optimizer.learning_rate = 0.1 + 0.2;
    experiment.training.track_layers = vec![TrackLayer {
        parameter: "W".to_owned(),
        units: 3,
    }];
    let saved = serde_json::to_string(&session).unwrap();
    assert_eq!(
        serde_json::from_str::<SessionConfig>(&saved).unwrap(),
        session
    );
    assert!(saved.contains(r#""kind":"NLayers""#), "{saved}");
    assert!(saved.contains(r#""filter":"1,5-8""#), "{saved}");
}

#[test]
fn a_saved_experiment_may_leave_out_what_is_default() {
    let read: ExperimentConfig =
        serde_json::from_str(r#"{"model":{"kind":"n-layers","initializer":"Kaiming"}}"#).unwrap();
    let mut expected = ExperimentConfig::default();
    expected.model.kind = ModelKind::NLayers;
    expected.model.initializer = Initializer::Kaiming;
    assert_eq!(read, expected);
}

#[test]
fn a_saved_experiment_with_unknown_names_is_an_error() {
    for (json, expected) in [
        (r#"{"modle":{}}"#, "unknown field `modle`"),
        (r#"{"model":{"kind":"NLayer"}}"#, "did you mean NLayers?"),
        (
            r#"{"data":{"partitions":{"deb":1}}}"#,
            "unknown field `deb`",
        ),
    ] {
        let error = serde_json::from_str::<ExperimentConfig>(json).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn the_name_of_every_value_is_read_back() {
    for value in CheckAction::ALL {
        assert_eq!(value.to_string().parse(), Ok(*value));
    }
    assert_eq!(CheckAction::NAMES, ["off", "warning", "exception", "debug"]);
}

#[test]
fn validation_names_the_option_what_was_found_and_what_was_expected() {
    let mut experiment = ExperimentConfig::default();
    experiment.model.layers = vec![16, 0];
    let error = experiment.validate().unwrap_err();
    assert_eq!(error.option, "layers");
    assert_eq!(
        error.to_string(),
        "--layers=16,0: expected up to 1000 layers of 1 to 1048576 units each"
    );
}

#[test]
fn repeated_runs_have_ids_of_their_own() {
    let mut experiment = ExperimentConfig::default();
    experiment.training.training_times = 3;
    let ids: Vec<_> = experiment.run_ids().collect();
    assert_eq!(ids, ["main", "main_1", "main_2"]);
}
