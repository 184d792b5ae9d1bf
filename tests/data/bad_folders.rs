//! Bad folders and options: one line that names the folder or the option, and what to do.

use std::{fs, path::Path};

use shadernets::config::{DataConfig, DataLoader, Preprocessing, Shares, Size};

use crate::support::{Corpus, assert_says, error, plain_png};

#[cfg(unix)]
#[test]
fn links_to_nowhere_and_to_themselves_are_named() {
    use std::os::unix::fs::symlink;
    for (target, reason) in [("nowhere.png", "No such file"), ("9.png", "symbolic links")] {
        let corpus = Corpus::two_classes();
        symlink(target, corpus.path("a/9.png")).unwrap();
        assert_says(&corpus.error(), &["a/9.png", "cannot be read", reason]);
    }
    let corpus = Corpus::two_classes();
    symlink("loop", corpus.path("loop")).unwrap();
    assert_says(&corpus.error(), &["cannot read", "set/loop"]);
}

#[cfg(unix)]
#[test]
fn a_class_that_is_a_link_back_up_is_a_class_without_images() {
    let corpus = Corpus::two_classes();
    std::os::unix::fs::symlink(corpus.path(""), corpus.path("up")).unwrap();
    assert_says(
        &corpus.error(),
        &["class folder", "set/up", "no image", "3 other entries"],
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_named_as_an_image_does_not_hang() {
    let corpus = Corpus::two_classes();
    let made = std::process::Command::new("mkfifo")
        .arg(corpus.path("a/pipe.png"))
        .status();
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(corpus.load().ignored, 1);
    }
}

#[test]
fn an_empty_class_is_named() {
    let corpus = Corpus::two_classes();
    fs::create_dir(corpus.path("c")).unwrap();
    assert_says(
        &corpus.error(),
        &["class folder", "set/c", "holds no image", "png, jpg"],
    );
    corpus.write("c/notes.txt", "text");
    assert_says(&corpus.error(), &["(1 other entries were ignored)"]);
}

#[test]
fn one_class_is_too_few() {
    let corpus = Corpus::empty();
    corpus.write("only/1.png", plain_png(1, 1, [0; 3]));
    assert_says(&corpus.error(), &["one class only, `only`", "at least 2"]);
}

#[test]
fn a_folder_without_classes_is_no_data_set() {
    let corpus = Corpus::empty();
    corpus.write("1.png", plain_png(1, 1, [0; 3]));
    assert_says(
        &corpus.error(),
        &["no data set", "no class folder and no IDX file"],
    );
}

#[test]
fn an_unknown_data_set_is_answered_with_the_nearest_and_with_all() {
    let corpus = Corpus::two_classes();
    let other = corpus.path("../numbers/x");
    fs::create_dir_all(other).unwrap();
    let config = DataConfig {
        dataset: "Nubmers".into(),
        ..corpus.config()
    };
    assert_says(
        &error(&config),
        &[
            "--dataset=Nubmers",
            "Did you mean `numbers`?",
            "holds: numbers, set",
        ],
    );
    let config = DataConfig {
        dataset: "mnist".into(),
        ..corpus.config()
    };
    assert!(!error(&config).contains("Did you mean"));
    let config = DataConfig {
        dataset: String::new(),
        ..corpus.config()
    };
    assert_says(&error(&config), &["--dataset is empty", "numbers, set"]);
}

#[test]
fn a_datasets_path_that_does_not_exist_is_named() {
    let config = DataConfig {
        datasets_path: "/no/such/place".into(),
        ..Corpus::empty().config()
    };
    assert_says(&error(&config), &["/no/such/place", "--datasets-path"]);
}

#[test]
fn a_data_set_that_is_a_file_is_refused() {
    let corpus = Corpus::two_classes();
    let config = DataConfig {
        dataset: "set/a/1.png".into(),
        ..corpus.config()
    };
    assert_says(&error(&config), &["a/1.png is a file", "expected a folder"]);
}

#[test]
fn a_class_too_small_for_its_partitions_is_named() {
    let corpus = Corpus::two_classes();
    for number in 5..=8 {
        fs::remove_file(corpus.path(&format!("b/{number}.png"))).unwrap();
    }
    assert_says(
        &corpus.error(),
        &[
            "class `b` has 4 usable samples",
            "--partitions=training=0.7,dev=0.15,test=0.15",
            "test",
        ],
    );
}

#[test]
fn options_out_of_range_are_named() {
    let corpus = Corpus::two_classes();
    let filter = DataConfig {
        filter: "0,16".parse().unwrap(),
        ..corpus.config()
    };
    assert_says(
        &error(&filter),
        &["--filter-dataset", "index 16", "16 samples"],
    );
    let shares = Shares {
        training: 0.7,
        dev: 0.7,
        test: 0.1,
    };
    let shares = DataConfig {
        partitions: shares,
        ..corpus.config()
    };
    assert_says(&error(&shares), &["--partitions", "must add up to 1"]);
    let size = |width, height| {
        let resize = Size { width, height };
        DataConfig {
            preprocessing: Preprocessing {
                resize,
                ..Preprocessing::default()
            },
            ..corpus.config()
        }
    };
    assert_says(&error(&size(0, 5)), &["--resize=0,5", "at least 1"]);
    assert_says(
        &error(&size(u32::MAX, u32::MAX)),
        &["16 samples", "GiB", "smaller --resize"],
    );
}

#[test]
fn a_loader_that_is_not_built_in_says_how_to_get_it() {
    let corpus = Corpus::two_classes();
    for (loader, name) in [
        (DataLoader::Imagemagick, "imagemagick"),
        (DataLoader::Vips, "vips"),
    ] {
        let config = DataConfig {
            loader,
            ..corpus.config()
        };
        assert_says(
            &error(&config),
            &[
                &format!("--data-loader={name}"),
                &format!("--features {name}"),
            ],
        );
    }
}

#[test]
fn nothing_is_written_into_a_data_set() {
    let corpus = Corpus::two_classes();
    let list = |path: &Path| fs::read_dir(path).unwrap().count();
    let before = (list(&corpus.path("")), list(&corpus.path("a")));
    corpus.load();
    corpus.write("a/1.png", "");
    corpus.error();
    assert_eq!(before, (list(&corpus.path("")), list(&corpus.path("a"))));
}
