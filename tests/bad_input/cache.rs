//! `--cache` in places and on data sets where it cannot help.

use std::fs;

use crate::place::Place;
use crate::{Fails, Works, WrongUsage, arguments, check, files_with};

#[test]
fn a_cache_never_writes_where_it_must_not_and_never_fails_a_run() {
    check(&[
        arguments(
            "a misspelt word",
            "--cache=of",
            WrongUsage(&["--cache", "'of'", "auto, off, or a folder"]),
        ),
        arguments("no cache", "--cache=off", Works(&["Summary"])),
        arguments(
            "a cache inside the data set",
            "--cache=./datasets/set/cache",
            Fails(&[
                "--cache=./datasets/set/cache",
                "inside the data set",
                "elsewhere",
            ]),
        ),
        arguments(
            "a cache in place of the data set",
            "--cache=./elsewhere/../datasets/set",
            Fails(&["inside the data set"]),
        ),
        files_with(
            "a cache of a data set that cannot be decoded",
            |place| place.write("a/1.png", "text"),
            "--cache=./cache",
            Fails(&["a/1.png"]),
        ),
        files_with(
            "a cache below a file",
            |place| fs::write(place.path("file"), "in the way").unwrap(),
            "--cache=./file/cache",
            Works(&["Summary"]),
        ),
    ]);
}

/// Runs the program twice at once, then once more, with a cache beside the data set.
#[test]
fn two_processes_share_a_cache() {
    let place = Place::with_two_classes();
    let command = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_shadernets"));
        command
            .current_dir(place.path(""))
            .args([
                "dataset",
                "show",
                "--dataset=set",
                "--resize=4,4",
                "--cache=./cache",
            ])
            .stdout(std::process::Stdio::piped());
        command
    };
    let both = [command().spawn().unwrap(), command().spawn().unwrap()];
    for process in both {
        assert!(process.wait_with_output().unwrap().status.success());
    }
    let third = command().output().unwrap();
    let said = String::from_utf8_lossy(&third.stdout);
    assert!(said.contains("from the cache"), "{said}");
    assert_eq!(fs::read_dir(place.path("cache")).unwrap().count(), 1);
}
