use std::fs;

use proptest::prelude::*;
use safetensors::SafeTensors;

use super::*;
use crate::runs::{EpochLine, Figures};

fn checkpoint() -> Checkpoint {
    let tensor = |name: &str, shape: [usize; 2]| SavedTensor {
        name: name.to_owned(),
        shape,
        values: (0..shape[0] * shape[1]).map(|i| i as f32 * 0.1).collect(),
    };
    let figures = Figures {
        cost: 0.123_456_789_012_345_67,
        accuracy: 0.1 + 0.2,
    };
    Checkpoint {
        config: ExperimentConfig::default(),
        run_id: "main_1".to_owned(),
        classes: vec!["red".to_owned(), "gr\u{fc}n \"1\"".to_owned()],
        picture: [3, 1, 1],
        state: Arc::new(state(tensor)),
        seconds: 1.5,
        history: vec![MetricsLine::Epoch(EpochLine {
            epoch: 7,
            training: figures,
            dev: None,
            learning_rate: 0.001,
            seconds: 1.5,
            samples_per_second: 1e6,
            early_stop: false,
        })],
        confusions: vec![ConfusionLine {
            epoch: 7,
            partition: "dev".to_owned(),
            cells: vec![[0, 1, 2]],
        }],
    }
}

fn state(tensor: impl Fn(&str, [usize; 2]) -> SavedTensor) -> TrainingState {
    TrainingState {
        epoch: Some(7),
        training: Score::from_sums([0.1 + 0.2, f64::INFINITY, 3.0, 4.0]),
        begun: Some(BegunEpoch {
            steps: 2,
            metrics: vec![0.1; 8],
            found: [0, 5],
        }),
        parameters: vec![tensor("W", [2, 3]), tensor("B", [1, 2])],
        running: vec![tensor("L2_BatchNormalization_Mean", [1, 2])],
        optimizer: vec![tensor("W_m", [2, 3])],
        early_stopping: EarlyStoppingState {
            lowest: f64::INFINITY,
            best_epoch: Some(4),
            since: 3,
        },
        told: [false, true],
    }
}

fn written(checkpoint: &Checkpoint) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("epoch-00007.safetensors");
    checkpoint.write(&path).unwrap();
    (folder, path)
}

/// The message for a file of these bytes.
fn message(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.safetensors");
    fs::write(&path, bytes).unwrap();
    let message = Checkpoint::read(&path).unwrap_err().to_string();
    assert!(message.contains("bad.safetensors: "), "{message}");
    message
}

/// A file with this header and so many bytes after it.
fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(vec![0; data]);
    bytes
}

#[test]
fn what_is_written_is_read() {
    let checkpoint = checkpoint();
    let (_folder, path) = written(&checkpoint);
    assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint);
}

#[test]
fn the_same_checkpoint_is_the_same_file() {
    let (_one, one) = written(&checkpoint());
    let (_other, other) = written(&checkpoint());
    assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap());
}

#[test]
fn a_checkpoint_without_epochs_optimizer_and_history_is_read_too() {
    let mut checkpoint = checkpoint();
    let state = Arc::make_mut(&mut checkpoint.state);
    (state.epoch, state.begun) = (None, None);
    state.optimizer.clear();
    checkpoint.history.clear();
    checkpoint.confusions.clear();
    let (_folder, path) = written(&checkpoint);
    assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint);
}

#[test]
fn the_safetensors_crate_reads_the_tensors_by_their_names() {
    let checkpoint = checkpoint();
    let (_folder, path) = written(&checkpoint);
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, tensor) in [
        ("W", &checkpoint.state.parameters[0]),
        ("L2_BatchNormalization_Mean", &checkpoint.state.running[0]),
        ("optimizer.W_m", &checkpoint.state.optimizer[0]),
    ] {
        let read = file.tensor(name).unwrap();
        assert_eq!(read.shape(), tensor.shape);
        assert_eq!(read.data(), bytemuck::cast_slice::<f32, u8>(&tensor.values));
    }
}

#[test]
fn what_the_safetensors_crate_writes_is_read_as_tensors() {
    let values: Vec<u8> = [1.0f32, 2.0, 3.0].map(f32::to_le_bytes).concat();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![3], &values);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.safetensors");
    safetensors::serialize_to_file([("bias", view.unwrap())], None, &path).unwrap();
    let bias = SavedTensor {
        name: "bias".to_owned(),
        shape: [1, 3],
        values: vec![1.0, 2.0, 3.0],
    };
    assert_eq!(read_tensors(&path).unwrap(), [bias]);
    let error = Checkpoint::read(&path).unwrap_err().to_string();
    assert!(error.contains("no shadernets record"), "{error}");
}

#[test]
fn a_failed_write_leaves_the_file_before() {
    let (folder, path) = written(&checkpoint());
    let before = fs::read(&path).unwrap();
    let failure = |_: &mut std::io::BufWriter<&fs::File>| Err(std::io::Error::other("disk full"));
    let error = replace_file_by(&path, failure).unwrap_err().to_string();
    assert!(error.contains("cannot write it: disk full"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn whoever_may_read_other_new_files_may_read_this_one() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = written(&checkpoint());
    let other = folder.path().join("other");
    fs::write(&other, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&other));
}

#[test]
fn messages_say_what_is_wrong() {
    let (_folder, path) = written(&checkpoint());
    let whole = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&whole);
    let cases = [
        (Vec::new(), "only 0 bytes"),
        (b"# This is no tensor file.".to_vec(), "no safetensors file"),
        (whole[..100].to_vec(), "cut off"),
        (whole[..whole.len() - 1].to_vec(), "cut off"),
        ([&whole[..], b"x"].concat(), "there are"),
        (with_header("[1,2]", 0), "a map of tensors"),
        (with_header("{}", 0), "no shadernets record"),
        (
            with_header(
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                4,
            ),
            "the tensor a is there twice",
        ),
        (
            with_header(
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
                4,
            ),
            "the tensor a has the shape [2] and 4 bytes",
        ),
        (
            with_header(
                r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
                0,
            ),
            "do not agree",
        ),
        (
            with_header(
                r#"{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,0]}}"#,
                0,
            ),
            "expected value",
        ),
        (
            with_header(
                r#"{"__metadata__":{"shadernets":"{\"format\":2,\"all\":\"new\"}"}}"#,
                0,
            ),
            "a newer version of this program wrote it, in format 2",
        ),
        (
            with_header(r#"{"__metadata__":{"shadernets":"{\"format\":1}"}}"#, 0),
            "missing field `run_id`",
        ),
    ];
    for (bytes, expected) in cases {
        let found = message(&bytes);
        assert!(found.contains(expected), "{found}\nexpected: {expected}");
    }
    let replaced = |from: &str, to: &str| {
        assert_eq!((text.matches(from).count(), from.len()), (1, to.len()));
        let at = whole.windows(from.len()).position(|w| w == from.as_bytes());
        let mut bytes = whole.clone();
        bytes[at.unwrap()..][..to.len()].copy_from_slice(to.as_bytes());
        message(&bytes)
    };
    let found = replaced(r#"\"optimizer\":[\"W_m\"]"#, r#"\"optimizer\":[\"W_x\"]"#);
    assert!(found.contains("it has no tensor optimizer.W_x"), "{found}");
    let found = replaced(r#"[\"W\",\"B\"]"#, r#"[\"W\",\"W\"]"#);
    assert!(found.contains("has the tensor W twice"), "{found}");
    let found = replaced(r#"\"epochs\":100"#, r#"\"epochs\":000"#);
    assert!(found.contains("its record"), "{found}");
    let found = replaced(r#"\"epochs\":100"#, r#"\"epochs\":  0"#);
    assert!(found.contains("--nbr-epochs=0"), "{found}");
}

proptest! {
    /// Resuming is exact only if the learning rate and the lowest cost are.
    #[test]
    fn numbers_survive_bit_for_bit(bits: u64) {
        let number = Float(f64::from_bits(bits));
        let text = serde_json::to_string(&number).unwrap();
        let read: Float = serde_json::from_str(&text).unwrap();
        prop_assert!(read.0.to_bits() == bits || read.0.is_nan() && number.0.is_nan());
    }
}
