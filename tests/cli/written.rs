//! Experiments written as command lines, and read back.

use std::ffi::OsString;
use std::process::Command;

use shadernets::cli::{self, Invocation, command_line};
use shadernets::config::{CacheChoice, ExperimentConfig, Keep, ModelKind, SessionConfig};

use crate::experiment;
use crate::options::OTHER_VALUES;

fn line_of(experiment: &ExperimentConfig) -> String {
    command_line(experiment, &SessionConfig::default())
}

/// What a shell makes of a command line, without the program's name.
fn words(line: &str) -> Vec<OsString> {
    let script = line.replacen("shadernets", r"printf '%s\0'", 1);
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{line}");
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.split_terminator('\0');
    words.map(OsString::from).collect()
}

#[track_caller]
fn comes_back(experiment: &ExperimentConfig) {
    let line = line_of(experiment);
    match cli::parse(words(&line)) {
        Ok(Invocation::Train(session)) => {
            assert_eq!(
                session.experiments,
                std::slice::from_ref(experiment),
                "{line}"
            )
        }
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn only_what_differs_is_written() {
    assert_eq!(line_of(&ExperimentConfig::default()), "shadernets train");
    let line = "--dataset=numbers --model=NLayers --layers=16 --resize=16,16 --trim";
    assert_eq!(
        line_of(&experiment(line)),
        "shadernets train --dataset=numbers --trim=true --resize=16,16 --model=NLayers --layers=16"
    );
}

#[test]
#[cfg(unix)]
fn every_option_comes_back() {
    let mut written = 0;
    for (name, value) in OTHER_VALUES {
        let option = cli::options::options()
            .find(|option| option.name == *name)
            .unwrap();
        if !option.is_of_experiments() || option.default_text() == *value {
            continue;
        }
        // It needs another one beside it.
        let needs = match *name {
            "restore-best" => "--early-stopping=stop",
            _ => "",
        };
        let experiment = experiment(&format!("--{name}={value} {needs}"));
        assert!(
            line_of(&experiment).contains(&format!("--{name}=")),
            "{name}"
        );
        comes_back(&experiment);
        written += 1;
    }
    assert!(written > 40, "{written}");
}

#[test]
#[cfg(unix)]
fn what_holds_for_the_session_comes_back() {
    let mut written = 0;
    for (name, value) in OTHER_VALUES {
        let option = cli::options::options()
            .find(|option| option.name == *name)
            .unwrap();
        // A line that describes its experiment is from no file.
        let is_origin = ["config", "resume"].contains(name);
        if option.is_of_experiments() || is_origin || option.default_text() == *value {
            continue;
        }
        let mut session = SessionConfig::default();
        option.set(&mut session, value).unwrap();
        let line = command_line(&ExperimentConfig::default(), &session);
        match cli::parse(words(&line)) {
            Ok(Invocation::Train(read)) => assert_eq!(read, session, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
        assert_ne!(line, "shadernets train", "{name}");
        written += 1;
    }
    assert!(written > 10, "{written}");
}

#[test]
#[cfg(unix)]
fn spaces_quotes_and_signs_of_the_shell_come_back() {
    let mut config = ExperimentConfig {
        exp_id: "it's \"new\" $HOME `ls` 100% *".to_owned(),
        ..ExperimentConfig::default()
    };
    config.data.dataset = " /my pictures/cats & dogs; ok\\no\n".to_owned();
    config.data.cache = CacheChoice::Folder("./a cache/".into());
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![];
    config.model.init_from = Some("--odd=name.safetensors".into());
    config.training.track_layers = ["L0_Dense_W,10", "L1_Dense_W,3"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    config.checkpoints.keep = Keep { last: 7, best: 0 };
    config.optimizer.learning_rate = 1e-300;
    comes_back(&config);
}
