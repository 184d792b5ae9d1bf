//! Configuration files.

use std::fs;

use shadernets::cli::config_file;
use shadernets::config::SessionConfig;

use crate::{check, mutate};

const FILE: &str = "config.toml";

#[test]
fn damaged_configurations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let written = config_file::write(&SessionConfig::default());
    // What people write: inherited values, lists, several experiments.
    let by_hand = "[session]\ndevice = \"cpu\"\n\n[defaults]\nresize = [16, 16]\nlayers = [10, 5]\n\n\
                   [[experiment]]\nexp-id = \"a\"\ntrack-layer = [\"L0_Dense_W,10\"]\n\n\
                   [[experiment]]\nexp-id = \"b\"\nlearning-rate = 1e-4\npartitions = \"training=0.8,dev=0.2\"\n";
    for sound in [written.as_str(), by_hand] {
        fs::write(&path, sound).unwrap();
        config_file::read(&path).unwrap();
        let tally = check(
            folder.path(),
            FILE,
            |random| {
                let mut bytes = sound.as_bytes().to_vec();
                mutate::bytes(&mut bytes, random);
                vec![(FILE.to_owned(), bytes)]
            },
            || config_file::read(&path).map_err(|error| error.to_string()),
            |session| {
                // Whatever was read can be written, and is the same when it is read again.
                let text = config_file::write(&session);
                let again = folder.path().join("again.toml");
                fs::write(&again, text).unwrap();
                assert_eq!(config_file::read(&again).unwrap(), session);
            },
        );
        assert!(tally.refused > 500 && tally.read > 20, "{tally:?}");
    }
}
