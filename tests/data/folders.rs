//! Folders of classes: rows, partitions, filters, names, links, skipping.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use shadernets::{
    config::{DataConfig, OnBadImage, SampleFilter, Shares},
    data::{self, ClassIndex, Partitions},
};

use crate::support::{Corpus, furthest, load, plain_png};

#[test]
fn a_folder_becomes_rows_by_partition_with_labels_and_files() {
    let dataset = Corpus::two_classes().load();
    assert_eq!(dataset.classes, ["a", "b"]);
    assert_eq!(
        (
            dataset.width,
            dataset.height,
            dataset.channels,
            dataset.features()
        ),
        (4, 4, 3, 48)
    );
    // Of the 8 of each class: round(5.6), round(1.2), the rest.
    assert_eq!(
        dataset.partitions,
        Partitions {
            training: 0..12,
            dev: 12..14,
            test: 14..16
        }
    );
    assert_eq!((dataset.len(), dataset.samples.len()), (16, 16 * 48));
    for row in 0..dataset.len() {
        let (label, number) = (dataset.labels[row], dataset.sample_numbers[row]);
        assert_eq!(label, ClassIndex(number / 8), "8 files per class");
        let red = (number % 8 + 1) as f32 * 10.0 / 255.0;
        let green = label.0 as f32;
        assert!(furthest(dataset.rows(row..row + 1), &[red, green, 0.0].repeat(16)) < 1e-6);
        let file = format!("{}/{}.png", dataset.classes[label.index()], number % 8 + 1);
        assert!(dataset.paths[row].ends_with(file));
    }
    let statistics = dataset.statistics();
    let line = |counts: &data::ClassCounts| {
        (
            counts.class.clone(),
            counts.training,
            counts.dev,
            counts.test,
            counts.total(),
        )
    };
    assert_eq!(line(&statistics.classes[1]), ("b".into(), 6, 1, 1, 8));
    assert_eq!(line(&statistics.total), ("total".into(), 12, 2, 2, 16));
}

#[test]
fn loading_twice_gives_the_same_and_another_seed_other_partitions() {
    let corpus = Corpus::two_classes();
    assert_eq!(corpus.load(), corpus.load());
    let seeds: Vec<_> = (0..5)
        .map(|seed| {
            load(&DataConfig {
                seed,
                ..corpus.config()
            })
            .unwrap()
            .sample_numbers
        })
        .collect();
    assert!(seeds.iter().any(|numbers| *numbers != seeds[0]));
}

#[test]
fn progress_tells_every_sample_once() {
    let corpus = Corpus::two_classes();
    let (calls, last) = (AtomicUsize::new(0), AtomicUsize::new(0));
    data::load(&corpus.config(), &|done, total| {
        assert_eq!(total, 16);
        calls.fetch_add(1, Ordering::Relaxed);
        last.fetch_max(done, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!((calls.into_inner(), last.into_inner()), (16, 16));
}

#[test]
fn a_filter_keeps_the_samples_that_it_names() {
    let corpus = Corpus::two_classes();
    let filter: SampleFilter = "1,3,9-11".parse().unwrap();
    let everything = Shares {
        training: 1.0,
        dev: 0.0,
        test: 0.0,
    };
    let config = DataConfig {
        filter,
        partitions: everything,
        ..corpus.config()
    };
    let dataset = load(&config).unwrap();
    assert_eq!(dataset.sample_numbers, [1, 3, 9, 10, 11]);
    assert!(dataset.paths[2].ends_with("b/2.png"));

    // A class of which nothing is kept stays a class: the model keeps its outputs.
    let config = DataConfig {
        filter: "2".parse().unwrap(),
        partitions: everything,
        ..corpus.config()
    };
    let dataset = load(&config).unwrap();
    assert_eq!((dataset.len(), dataset.classes.len()), (1, 2));
}

#[test]
fn a_path_names_a_data_set_too() {
    let corpus = Corpus::two_classes();
    let dataset = corpus.path("").to_str().unwrap().to_owned();
    let config = DataConfig {
        dataset,
        datasets_path: "no/such/folder".into(),
        ..corpus.config()
    };
    assert_eq!(load(&config).unwrap(), corpus.load());
}

#[test]
fn unicode_and_very_long_names_are_names() {
    let corpus = Corpus::two_classes();
    let class = "c_数字_ñ \u{1F431}";
    for number in 0..6 {
        corpus.write(
            &format!("{class}/{}{number}.png", "x".repeat(250)),
            plain_png(2, 2, [1, 2, 3]),
        );
    }
    let dataset = corpus.load();
    assert_eq!(dataset.classes, ["a", "b", class]);
    assert_eq!(dataset.len(), 22);
}

#[test]
fn what_is_no_image_by_its_name_is_ignored_and_counted() {
    let corpus = Corpus::two_classes();
    for name in [
        "README.md",
        "x.png",
        ".hidden/x.png",
        "a/.hidden.png",
        "a/notes.txt",
        "b/Thumbs.db",
    ] {
        corpus.write(name, "text");
    }
    fs::create_dir(corpus.path("b/folder.png")).unwrap();
    let dataset = corpus.load();
    assert_eq!(
        (dataset.len(), dataset.ignored),
        (16, 4),
        "only what lies in class folders counts"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_never_in_a_circle() {
    use std::os::unix::fs::symlink;
    let corpus = Corpus::two_classes();
    symlink(corpus.path("a"), corpus.path("c")).unwrap();
    symlink(corpus.path("a/1.png"), corpus.path("b/9.png")).unwrap();
    symlink(corpus.path(""), corpus.path("a/up")).unwrap();
    symlink(corpus.path("a"), corpus.path("a/loop.png")).unwrap();
    let dataset = corpus.load();
    assert_eq!(dataset.classes, ["a", "b", "c"]);
    assert_eq!(dataset.len(), 8 + 9 + 8);
}

#[test]
fn skipped_images_are_counted_listed_and_leave_the_others_where_they_are() {
    let corpus = Corpus::two_classes();
    let before = corpus.load();
    let text = corpus.write("a/3.png", "not an image");
    let empty = corpus.write("b/1.png", "");
    let config = DataConfig {
        on_bad_image: OnBadImage::Skip,
        ..corpus.config()
    };
    // Whether a partition loses its only sample of a class depends on the seed; this one does not.
    let dataset = load(&config).unwrap();
    assert_eq!(dataset.len(), 14);
    let skipped: Vec<_> = dataset
        .skipped
        .iter()
        .map(|bad| (&bad.path, bad.reason.as_str()))
        .collect();
    assert_eq!(
        skipped,
        [
            (
                &text,
                "its content is no PNG, JPEG, BMP, GIF, WebP or TIFF image"
            ),
            (&empty, "the file is empty"),
        ]
    );
    let kept: Vec<u32> = before
        .sample_numbers
        .iter()
        .copied()
        .filter(|number| ![2, 8].contains(number))
        .collect();
    assert_eq!(dataset.sample_numbers, kept);
    for (row, number) in dataset.sample_numbers.iter().enumerate() {
        let old = before
            .sample_numbers
            .iter()
            .position(|old| old == number)
            .unwrap();
        assert_eq!(dataset.rows(row..row + 1), before.rows(old..old + 1));
        assert_eq!(dataset.labels[row], before.labels[old]);
        assert_eq!(dataset.paths[row], before.paths[old]);
    }
}
