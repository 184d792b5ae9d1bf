//! The worker beside the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use shadernets::backend::cpu::CpuBackend;
use shadernets::config::{DataConfig, ExperimentConfig, Size};
use shadernets::data::{self, Dataset};
use shadernets::gui::lab::{Answer, Job, JobKind, Lab, Picture, Trial};
use shadernets::gui::state::RunKey;
use shadernets::ops::state::StepState;
use shadernets::runs::Checkpoint;
use shadernets::session::link::RunNumber;
use shadernets::train::{Observation, Sizes, TrainError, Trainer, TrainingEvent, compile, drive};

/// Those that come with the program.
pub fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

/// A lab whose answers are waited for.
pub struct Bench {
    lab: Lab,
    woken: Receiver<()>,
}

impl Bench {
    pub fn new() -> Self {
        let (wake, woken) = channel();
        let lab = Lab::start(move || {
            let _ = wake.send(());
        });
        Self { lab, woken }
    }

    pub fn ask(&self, job: Job) {
        self.lab.ask(job);
    }

    /// The answers until one is as wanted, which is the last.
    pub fn until(&self, is_it: impl Fn(&Answer) -> bool) -> Vec<Answer> {
        let mut answers = Vec::new();
        while !answers.last().is_some_and(&is_it) {
            let waited = self.woken.recv_timeout(Duration::from_secs(60));
            waited.expect("an answer within a minute");
            answers.extend(self.lab.answers());
        }
        answers
    }

    pub fn answer(&self, job: Job) -> Answer {
        self.ask(job);
        self.until(|_| true).remove(0)
    }
}

pub fn colors() -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.data.datasets_path = datasets();
    config.data.preprocessing.resize = Size {
        width: 4,
        height: 4,
    };
    config.optimizer.learning_rate = 0.1;
    config.training.epochs = 30;
    config
}

/// A trained model, and what it learned from.
pub fn trained() -> (Arc<Checkpoint>, Arc<Dataset>) {
    let (model, dataset, _) = train(colors());
    (model, dataset)
}

/// The model of an experiment, what it learned from, and its last accuracy on dev.
pub fn train(config: ExperimentConfig) -> (Arc<Checkpoint>, Arc<Dataset>, f64) {
    let dataset = Arc::new(data::load(&config.data, &|_, _| {}).unwrap());
    let mut trainer = trainer(&config, &dataset);
    trainer.observe(Observation {
        save_last: true,
        ..Observation::default()
    });
    let mut accuracy = 0.0;
    let mut saved = None;
    let listen = |event| -> Result<(), TrainError> {
        match event {
            TrainingEvent::Saved { state, .. } => saved = Some(state),
            TrainingEvent::EpochFinished { dev: Some(dev), .. } => accuracy = dev.score.accuracy(),
            _ => {}
        }
        Ok(())
    };
    drive(&mut trainer, listen).unwrap();
    let model = Checkpoint {
        run_id: "main".to_owned(),
        classes: dataset.classes.clone(),
        picture: [dataset.width, dataset.height, dataset.channels],
        state: saved.unwrap(),
        seconds: 0.0,
        history: Vec::new(),
        confusions: Vec::new(),
        config,
    };
    (Arc::new(model), dataset, accuracy)
}

fn trainer(config: &ExperimentConfig, dataset: &Arc<Dataset>) -> Trainer {
    let compiled = compile(config, &Sizes::of(dataset), u64::MAX, true);
    let program = Arc::clone(&compiled.program);
    let backend = CpuBackend::<f32>::new(program, &dataset.samples, StepState::default());
    let (config, dataset) = (config.clone(), Arc::clone(dataset));
    Trainer::new(config, dataset, compiled, Box::new(backend))
}

fn key() -> RunKey {
    RunKey::Live(RunNumber(0))
}

fn error(answer: &Answer) -> &str {
    match answer {
        Answer::Failed { error, .. } => error,
        other => panic!("expected a failure, found {other:?}"),
    }
}

#[test]
fn samples_of_dev_are_predicted_as_they_were_learnt() {
    let (model, dataset) = trained();
    let job = Job::Predict {
        run: key(),
        model,
        dataset: Arc::clone(&dataset),
    };
    let Answer::Predicted { run, classes } = Bench::new().answer(job) else {
        panic!("expected predictions");
    };
    assert_eq!(run, key());
    let labels = &dataset.labels[dataset.partitions.dev.clone()];
    assert_eq!(classes.len(), labels.len());
    let right = classes
        .iter()
        .zip(labels)
        .filter(|(class, label)| **class == label.0);
    let share = right.count() as f64 / labels.len() as f64;
    assert!(share > 0.9, "{share} of dev");
}

#[test]
fn a_data_set_of_other_samples_is_told() {
    let (model, _) = trained();
    let mut config = colors().data;
    config.preprocessing.resize.width = 5;
    let dataset = Arc::new(data::load(&config, &|_, _| {}).unwrap());
    let answer = Bench::new().answer(Job::Predict {
        run: key(),
        model,
        dataset,
    });
    assert!(
        error(&answer).contains("samples of 48 numbers"),
        "{answer:?}"
    );
}

#[test]
fn a_drawing_is_what_a_file_of_the_same_pixels_is() {
    let (model, _) = trained();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drawn.png");
    let pixels: Vec<u8> = (0..3 * 20 * 20).map(|i| (i * 7 % 256) as u8).collect();
    image::save_buffer(&path, &pixels, 20, 20, image::ColorType::Rgb8).unwrap();
    let drawn = Picture {
        width: 20,
        height: 20,
        pixels,
    };
    let bench = Bench::new();
    let [of_file, of_drawing] = [Trial::File(path), Trial::Drawn(drawn)].map(|trial| {
        let (run, model) = (key(), Arc::clone(&model));
        match bench.answer(Job::Try { run, model, trial }) {
            Answer::Tried { shares, seen, .. } => (shares, seen),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(of_file, of_drawing);
    assert_eq!([of_file.1.width, of_file.1.height], [4, 4]);
}

#[test]
fn a_picture_that_is_none_is_told_and_the_worker_goes_on() {
    let (model, _) = trained();
    let bench = Bench::new();
    let drawn = |width| Job::Try {
        run: key(),
        model: Arc::clone(&model),
        trial: Trial::Drawn(Picture {
            width,
            height: 2,
            pixels: vec![0; 12],
        }),
    };
    assert!(error(&bench.answer(drawn(3))).contains("3 x 2"));
    assert!(matches!(bench.answer(drawn(2)), Answer::Tried { .. }));
}

#[test]
fn samples_are_shown_before_and_after_and_varied_as_training_does() {
    let mut config = colors().data;
    config.augmentation.rotation_degrees = 20.0;
    config.augmentation.noise = 0.05;
    let job = Job::Preview(Box::new(config.clone()));
    let Answer::Previewed {
        classes, samples, ..
    } = Bench::new().answer(job)
    else {
        panic!("expected samples");
    };
    assert_eq!(classes, ["blue", "green", "red"]);
    assert_eq!(samples.len(), 6);
    let of_classes: Vec<_> = samples.iter().map(|sample| &*sample.class).collect();
    assert_eq!(of_classes, ["blue", "blue", "green", "green", "red", "red"]);

    // What a training sees of the same samples: all in one minibatch of its first epoch.
    let experiment = ExperimentConfig {
        data: config.clone(),
        ..colors()
    };
    let dataset = Arc::new(data::load(&config, &|_, _| {}).unwrap());
    let mut trainer = trainer(&experiment, &dataset);
    let rows = dataset.partitions.training.len() as u32;
    trainer.visit(move |_| (0..rows).collect());
    trainer.observe(Observation {
        samples: usize::MAX,
        ..Observation::default()
    });
    let mut seen = None;
    let listen = |event| -> Result<(), TrainError> {
        if let TrainingEvent::SamplesSeen { epoch: 0, samples } = event {
            seen = Some(samples);
        }
        Ok(())
    };
    drive(&mut trainer, listen).unwrap();
    let seen: Vec<Vec<u8>> = seen.unwrap().values.chunks(48).map(bytes).collect();
    for sample in &samples {
        assert_eq!(sample.augmented.len(), 3);
        assert_ne!(sample.augmented[0], sample.augmented[1]);
        assert!(
            seen.contains(&sample.augmented[0].pixels),
            "of {}",
            sample.class
        );
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .map(|value| data::bytes::nearest(*value))
        .collect()
}

#[test]
fn a_preview_that_cannot_be_is_told_with_the_reason() {
    let config = DataConfig {
        dataset: "colours".to_owned(),
        ..colors().data
    };
    let answer = Bench::new().answer(Job::Preview(Box::new(config)));
    let Answer::Failed { kind, error, .. } = answer else {
        panic!("expected a failure");
    };
    assert_eq!(kind, JobKind::Preview);
    assert!(error.contains("Did you mean `colors`?"), "{error}");
}

/// A folder of runs: sound ones, and one that is damaged.
fn runs(sound: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..sound + 1 {
        let run = folder.path().join(format!("run-{number}"));
        std::fs::create_dir(&run).unwrap();
        let config = "[[experiment]]\nexp-id = \"main\"\n";
        std::fs::write(run.join("config.toml"), config).unwrap();
        let listed = crate::start::listed(number);
        let summary = serde_json::to_string(&listed.about.unwrap().summary).unwrap();
        let summary = if number == sound { "{" } else { &summary };
        std::fs::write(run.join("summary.json"), summary).unwrap();
        std::fs::write(run.join("metrics.jsonl"), "").unwrap();
    }
    folder
}

#[test]
fn a_damaged_run_is_told_by_name_and_the_others_open() {
    let folder = runs(20);
    let bench = Bench::new();
    let there = folder.path().to_owned();
    bench.ask(Job::Open(vec![
        PathBuf::from("/nowhere/at all"),
        there.clone(),
    ]));
    let mut count = 0;
    let opened = |answer: &Answer| match answer {
        Answer::Opened(records) => records.len(),
        _ => 0,
    };
    let mut answers = Vec::new();
    while count < 20 {
        let more = bench.until(|_| true);
        count += more.iter().map(opened).sum::<usize>();
        answers.extend(more);
    }
    assert_eq!(count, 20);
    let failed = |answer: &&Answer| {
        matches!(
            answer,
            Answer::Failed {
                kind: JobKind::Open,
                ..
            }
        )
    };
    let failed = answers.iter().filter(failed).map(|answer| match answer {
        Answer::Failed { what, .. } => what.clone(),
        _ => String::new(),
    });
    let failed = failed.collect::<Vec<_>>();
    assert!(failed[0].contains("/nowhere/at all"), "{failed:?}");
    assert!(failed[1].contains("run-20"), "{failed:?}");

    let Answer::Runs(of, listed) = bench.answer(Job::ListRuns(there.clone())) else {
        panic!("expected a list");
    };
    assert_eq!((of, listed.len()), (there, 21));
    assert!(listed[0].folder.ends_with("run-20") && listed[0].about.is_err());
    assert_eq!(listed[1].about.as_ref().unwrap().dataset, "colors");
}

#[test]
fn models_plots_and_tables_are_written_by_the_ending() {
    let (model, _) = trained();
    let folder = runs(2);
    let runs: Vec<_> = [0, 1]
        .map(|run| folder.path().join(format!("run-{run}")))
        .to_vec();
    let bench = Bench::new();
    let file = |name: &str| folder.path().join(name);
    for name in ["a.onnx", "a.safetensors"] {
        let (model, to) = (Arc::clone(&model), file(name));
        let answer = bench.answer(Job::ExportModel { model, to });
        assert!(
            matches!(&answer, Answer::Wrote(path) if path.is_file()),
            "{answer:?}"
        );
    }
    for name in ["t.csv", "t.md", "t.json", "t.html"] {
        let (runs, to) = (runs.clone(), file(name));
        let answer = bench.answer(Job::ExportTable { runs, to });
        assert!(
            matches!(&answer, Answer::Wrote(path) if path.is_file()),
            "{answer:?}"
        );
    }
    let (some, to) = (runs.clone(), file("p.svg"));
    let answer = bench.answer(Job::ExportPlot { runs: some, to });
    assert!(
        matches!(&answer, Answer::Wrote(path) if path.is_file()),
        "{answer:?}"
    );
    for job in [
        Job::ExportModel {
            model,
            to: file("a.txt"),
        },
        Job::ExportPlot {
            runs: runs.clone(),
            to: file("a.txt"),
        },
        Job::ExportTable {
            runs,
            to: file("a.txt"),
        },
    ] {
        assert!(error(&bench.answer(job)).contains("expected ."));
    }
    let (runs, to) = (Vec::new(), file("none.csv"));
    assert!(error(&bench.answer(Job::ExportTable { runs, to })).contains("folder"));
}

#[test]
fn data_sets_are_listed() {
    let bench = Bench::new();
    let answer = bench.answer(Job::ListDatasets(datasets()));
    let Answer::Datasets(_, names) = &answer else {
        panic!("{answer:?}");
    };
    assert_eq!(names, &["colors", "numbers"]);
    // Neither is an error: so it is where somebody begins.
    let nowhere = Path::new("/nowhere").to_owned();
    let answer = bench.answer(Job::ListDatasets(nowhere.clone()));
    assert!(matches!(&answer, Answer::Datasets(_, names) if names.is_empty()));
    let answer = bench.answer(Job::ListRuns(nowhere));
    assert!(matches!(&answer, Answer::Runs(_, runs) if runs.is_empty()));
}

#[test]
fn previews_that_are_overtaken_are_left_out() {
    let bench = Bench::new();
    let mut config = colors().data;
    for width in 1..=50 {
        config.preprocessing.resize.width = width;
        bench.ask(Job::Preview(Box::new(config.clone())));
    }
    let is_last = |answer: &Answer| match answer {
        Answer::Previewed { config, .. } => config.preprocessing.resize.width == 50,
        _ => false,
    };
    assert!(bench.until(is_last).len() < 50);
}
