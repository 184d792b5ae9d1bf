//! Experiments in files.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use shadernets::cli::config_file;
use shadernets::cli::options::{OptionSpec, options};
use shadernets::config::{DeviceChoice, ExperimentConfig, SessionConfig};
use shadernets::runs::RunError;

use crate::options::OTHER_VALUES;

/// Texts that are hard to write, where any text is a value.
const HARD_TEXTS: [&str; 5] = [
    "a \"b\" 'c'",
    "caf\u{e9} \u{1F600}",
    "# x = [1]",
    "C;\t\u{7f}",
    "'''\"\"\"",
];

fn read_text(text: &str) -> Result<SessionConfig, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.toml");
    fs::write(&path, text).unwrap();
    config_file::read(&path).map_err(|error| {
        let message = error.to_string();
        let (place, problem) = message.split_once("runs.toml: ").unwrap();
        assert_eq!(PathBuf::from(place), folder.path().join(""));
        problem.to_owned()
    })
}

fn read_back(session: &SessionConfig) -> SessionConfig {
    let text = config_file::write(session);
    read_text(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

#[test]
fn experiments_inherit_the_defaults_of_their_file() {
    let session = read_text(
        "# A comparison.\n\
         [session]\ndevice = \"cpu\"\nno-gui = true\n\
         [defaults]\ndataset = \"numbers\"\nresize = [16, 16]\nlearning-rate = 1e-2\n\
         track-layer = [\"W,3\", \"B,1\"]\n\
         [[experiment]]\nexp-id = \"small\"\nlayers = \"10\"\n\
         [[experiment]]\nexp-id = \"large\"\nlayers = [200, 100]\nlearning-rate = 1\nresize = \"8,8\"\n\
         track-layer = \"W,5\"\npartitions = { training = 0.8, dev = 0.2 }\ndataset-seed = 0xff\n",
    )
    .unwrap();
    let expected = crate::session(
        "--device=cpu --no-gui \
         --experiment --exp-id=small --dataset=numbers --resize=16,16 --learning-rate=0.01 --layers=10 \
         --track-layer=W,3 --track-layer=B,1 \
         --experiment --exp-id=large --dataset=numbers --resize=8,8 --learning-rate=1 --layers=200,100 \
         --track-layer=W,5 --partitions=training=0.8,dev=0.2 --dataset-seed=255",
    );
    assert_eq!(session, expected);
}

#[test]
fn defaults_alone_are_one_experiment() {
    let session = read_text("[defaults]\nlayers = []\n").unwrap();
    assert_eq!(session, crate::session("--layers="));
    assert_eq!(read_text(""), Ok(SessionConfig::default()));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (text, expected) in [
        ("[defaults]\nlayers = [1\n", "line 2: no TOML: "),
        (
            "[defaults]\nlayers = [1]\nlayers = [2]\n",
            "line 3: no TOML: duplicate key",
        ),
        (
            "[defaults]\n\nlearning-rte = 1\n",
            "line 3: unknown name 'learning-rte'; did you mean learning-rate?",
        ),
        (
            "[defaults]\nlearning_rate = 1\n",
            "did you mean learning-rate?",
        ),
        (
            "[defaults]\nxyz = 1\n",
            "the names are those of `shadernets --help`",
        ),
        (
            "[defaults]\ndevice = \"cpu\"\n",
            "line 2: unknown name 'device'; it belongs under [session]",
        ),
        (
            "[session]\nmodel-seed = 1\n",
            "it belongs under [defaults] or [[experiment]]",
        ),
        (
            "learning-rate = 1\n",
            "line 1: unknown name 'learning-rate'; it belongs under [defaults]",
        ),
        (
            "[defalts]\n",
            "line 1: unknown name 'defalts'; the table is written as [defaults]",
        ),
        (
            "[experiment]\n",
            "experiments are written as [[experiment]]",
        ),
        (
            "experiment = [1]\n",
            "experiments are written as [[experiment]]",
        ),
        (
            "[other]\n",
            "expected the tables [session], [defaults], [[experiment]]",
        ),
        (
            "[[experiment]]\n\n[[experiment]]\nlearning-rate = -1\n",
            "line 4: learning-rate = -1: expected a number above 0",
        ),
        (
            "[defaults]\nlayers = [10, \"x\"]\n",
            "line 2: layers = [10, \"x\"]: expected whole numbers",
        ),
        (
            "[defaults]\nlayers = [[10]]\n",
            "line 2: layers = [[10]]: expected a text, a number",
        ),
        (
            "[defaults]\ntrim = 1\n",
            "line 2: trim = 1: expected true or false",
        ),
        (
            "[defaults]\nresize = [16, 16, 3]\n",
            "expected a width and a height",
        ),
        ("[defaults]\nmodel = \"NLayer\"\n", "did you mean NLayers?"),
        (
            "[session]\ndry-run = true\n",
            "give --dry-run on the command line",
        ),
        ("[defaults]\nexp-id = 2026-01-01\n", "expected a text"),
        (
            "[defaults]\nnbr-epochs = 99999999999999999999999\n",
            "a whole number of at most 4294967295",
        ),
        (
            "[defaults]\neval-dev = false\n[[experiment]]\nlayers = 1\n[[experiment]]\nearly-stopping = \"stop\"\n",
            "line 5: early-stopping = stop: expected notify where --eval-dev=false",
        ),
    ] {
        let error = read_text(text).expect_err(text);
        assert!(error.contains(expected), "{text}\n{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn files_that_cannot_be_experiments_are_refused() {
    let long = "#".repeat((1 << 20) + 1);
    assert!(
        read_text(&long)
            .unwrap_err()
            .starts_with("longer than 1048576 bytes")
    );
    let many = "[[experiment]]\n".repeat(10_001);
    let error = read_text(&many).unwrap_err();
    assert!(
        error.starts_with("line 10001: [[experiment]] = 10001 times: expected at most 10000"),
        "{error}"
    );
    let long_defaults = format!("[defaults]\ndataset = \"{}\"\n", "x".repeat(100_000));
    let error = read_text(&(long_defaults + &many[15..])).unwrap_err();
    assert!(
        error.contains("10000 experiments with [defaults] this long"),
        "{error}"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let error = config_file::read(&path).unwrap_err().to_string();
    assert!(error.contains("x.toml: cannot read it"), "{error}");
    fs::write(&path, b"\xff").unwrap();
    assert!(
        config_file::read(&path)
            .unwrap_err()
            .to_string()
            .contains("not UTF-8")
    );
    #[cfg(unix)]
    assert!(
        config_file::read("/dev/zero".as_ref())
            .unwrap_err()
            .to_string()
            .contains("longer than")
    );
}

#[test]
fn the_file_of_a_run_holds_one_experiment_and_repeats_it() {
    let session = crate::session("--device=cpu --exp-id=a --experiment --exp-id=b --layers=5");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let run = &session.experiments[1];
    fs::write(&path, config_file::write_run(run, &session)).unwrap();
    assert_eq!(config_file::read_run(&path).unwrap(), *run);
    assert_eq!(config_file::read(&path).unwrap().device, DeviceChoice::Cpu);
    fs::write(&path, config_file::write(&session)).unwrap();
    let error = config_file::read_run(&path).unwrap_err();
    assert!(matches!(error, RunError::BadFile { .. }));
    assert!(
        error
            .to_string()
            .contains("config.toml: it has 2 experiments"),
        "{error}"
    );
    let missing = config_file::read_run(&folder.path().join("x")).unwrap_err();
    assert!(matches!(missing, RunError::Io { .. }), "{missing}");
}

#[test]
fn a_written_file_has_every_option_in_its_own_type() {
    let text = config_file::write(&crate::session(
        "--layers=10,5 --dataset-seed=18446744073709551615",
    ));
    for line in [
        "learning-rate = 0.001",
        "layers = [10, 5]",
        "resize = [110, 110]",
        "trim = false",
        "model = \"OneLayer\"",
        "track-layer = []",
        "nbr-epochs = 100",
        "rot-angle = 0.0",
        "dataset-seed = \"18446744073709551615\"",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    let of_files = |option: &&OptionSpec| option.is_of_session() || option.is_of_experiments();
    for option in options().filter(of_files) {
        let written = text.contains(&format!("\n{} = ", option.name));
        let has_none = matches!(option.name, "plot" | "log-file" | "init-from");
        assert_eq!(
            written,
            option.name != "no-gui" && !has_none,
            "--{}",
            option.name
        );
    }
}

/// A session in which options have values that the command line could have given them.
fn any_session() -> impl Strategy<Value = SessionConfig> {
    let settings = || {
        let setting = prop::sample::select(OTHER_VALUES.to_vec()).prop_flat_map(|(name, value)| {
            let free = matches!(name, "exp-id" | "dataset" | "datasets-path" | "device");
            let numbers = (any::<u64>(), 0.0..1e-3f64)
                .prop_map(|(whole, real)| [whole.to_string(), real.to_string()]);
            let text = match name {
                _ if free => prop::sample::select(HARD_TEXTS.to_vec())
                    .prop_map(str::to_owned)
                    .boxed(),
                "dataset-seed" | "model-seed" => numbers.prop_map(|[whole, _]| whole).boxed(),
                "noise-intensity" | "weight-decay" | "decay" => {
                    numbers.prop_map(|[_, real]| real).boxed()
                }
                _ => Just(value.to_owned()).boxed(),
            };
            (Just(name), prop_oneof![Just(value.to_owned()), text])
        });
        prop::collection::vec(setting, 0..12)
    };
    prop::collection::vec(settings(), 1..4).prop_filter_map("a valid session", |groups| {
        let mut session = SessionConfig {
            experiments: Vec::new(),
            ..SessionConfig::default()
        };
        for group in groups {
            let mut finished =
                std::mem::replace(&mut session.experiments, vec![ExperimentConfig::default()]);
            for (name, text) in group {
                let option = options().find(|o| o.name == name)?;
                if option.is_of_session() || option.is_of_experiments() {
                    option.set(&mut session, &text).ok()?;
                }
            }
            finished.append(&mut session.experiments);
            session.experiments = finished;
        }
        session.validate().is_ok().then_some(session)
    })
}

proptest! {
    #[test]
    fn a_session_is_read_back_as_it_was_written(session in any_session()) {
        prop_assert_eq!(read_back(&session), session);
    }

    #[test]
    fn no_text_makes_the_reader_panic(
        session in any_session(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..8),
    ) {
        let mut text: Vec<char> = config_file::write(&session).chars().collect();
        for (index, char) in edits {
            let at = index.index(text.len());
            text[at] = char;
        }
        let _ = read_text(&text.into_iter().collect::<String>());
    }
}
