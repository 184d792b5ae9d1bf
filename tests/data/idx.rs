//! IDX folders, made up and real.

use shadernets::{
    config::DataConfig,
    data::{ClassIndex, Partitions},
};

use crate::support::{Corpus, furthest, gzip, idx, load, mnist, resized};

/// An IDX folder of `training` + `test` images of 2 x 3, label = number % 2, all pixels = number.
fn write_idx(
    corpus: &Corpus,
    name: impl Fn(&str, &str) -> String,
    pack: impl Fn(&[u8]) -> Vec<u8>,
) {
    for (part, count) in [("train", 20u8), ("t10k", 6)] {
        let pixels: Vec<u8> = (0..count).flat_map(|number| [number; 6]).collect();
        let labels: Vec<u8> = (0..count).map(|number| number % 2).collect();
        corpus.write(
            &name(part, "images"),
            pack(&idx(&[count.into(), 2, 3], &pixels)),
        );
        corpus.write(&name(part, "labels"), pack(&idx(&[count.into()], &labels)));
    }
}

#[test]
fn idx_files_compressed_or_not_and_under_either_name_are_the_same_data_set() {
    let rank = |what: &str| if what == "images" { 3 } else { 1 };
    let dashes = |part: &str, what: &str| format!("{part}-{what}-idx{}-ubyte", rank(what));
    let dots = |part: &str, what: &str| format!("{part}-{what}.idx{}-ubyte.gz", rank(what));
    let plain = Corpus::empty();
    write_idx(&plain, dashes, <[u8]>::to_vec);
    let packed = Corpus::empty();
    write_idx(&packed, dots, gzip);
    let misnamed = Corpus::empty();
    write_idx(&misnamed, dashes, gzip);

    let load = |corpus: &Corpus| {
        load(&DataConfig {
            preprocessing: resized(3, 2),
            ..corpus.config()
        })
        .unwrap()
    };
    let dataset = load(&plain);
    assert_eq!(dataset, load(&packed));
    assert_eq!(dataset, load(&misnamed));

    assert_eq!(dataset.classes, ["0", "1"]);
    assert_eq!((dataset.width, dataset.height, dataset.channels), (3, 2, 1));
    // Of the 10 training images of each class, 0.7 : 0.15 makes 8 and 2; the test files are the
    // test partition.
    assert_eq!(
        dataset.partitions,
        Partitions {
            training: 0..16,
            dev: 16..20,
            test: 20..26
        }
    );
    assert_eq!(dataset.sample_numbers[20..], [20, 21, 22, 23, 24, 25]);
    for row in 0..dataset.len() {
        let number = dataset.sample_numbers[row];
        let pixel = (if number < 20 { number } else { number - 20 }) as f32;
        assert!(furthest(dataset.rows(row..row + 1), &[pixel / 255.0; 6]) < 1e-6);
        assert_eq!(dataset.labels[row], ClassIndex(number % 2));
    }
}

#[test]
fn idx_without_test_files_is_partitioned_like_a_folder() {
    let corpus = Corpus::empty();
    let labels: Vec<u8> = (0..40)
        .map(|number| if number % 2 == 0 { 3 } else { 7 })
        .collect();
    corpus.write("train-images-idx3-ubyte", idx(&[40, 2, 2, 3], &[9; 480]));
    corpus.write("train-labels-idx1-ubyte", idx(&[40], &labels));
    let dataset = corpus.load();
    assert_eq!(dataset.classes, ["3", "7"], "the labels that occur");
    assert_eq!(dataset.channels, 3);
    assert_eq!(
        dataset.partitions,
        Partitions {
            training: 0..28,
            dev: 28..34,
            test: 34..40
        }
    );
}

#[test]
fn idx_files_larger_than_what_is_read_at_once_keep_their_images_apart() {
    let corpus = Corpus::empty();
    let side = 160;
    let numbers: Vec<u8> = (0..250).collect();
    let pixels: Vec<u8> = numbers
        .iter()
        .flat_map(|&number| vec![number; side * side])
        .collect();
    let labels: Vec<u8> = numbers.iter().map(|number| number % 2).collect();
    corpus.write(
        "train-images-idx3-ubyte",
        idx(&[250, side as u32, side as u32], &pixels),
    );
    corpus.write("train-labels-idx1-ubyte", idx(&[250], &labels));
    let dataset = corpus.load();
    for (row, number) in dataset.sample_numbers.iter().enumerate() {
        let expected = [*number as f32 / 255.0; 16];
        assert!(
            furthest(dataset.rows(row..row + 1), &expected) < 1e-6,
            "sample {number}"
        );
    }
}

#[test]
fn mnist_has_its_counts_its_means_and_its_order() {
    let Some(folder) = mnist() else { return };
    let config = DataConfig {
        dataset: folder.to_str().unwrap().into(),
        preprocessing: resized(28, 28),
        ..DataConfig::default()
    };
    let dataset = load(&config).unwrap();
    assert_eq!(
        dataset.classes,
        ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    );
    assert_eq!(
        (dataset.channels, dataset.len(), dataset.samples.len()),
        (1, 70_000, 70_000 * 784)
    );
    let statistics = dataset.statistics();
    let training_and_dev: Vec<_> = statistics
        .classes
        .iter()
        .map(|counts| counts.training + counts.dev)
        .collect();
    assert_eq!(
        training_and_dev,
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    );
    let test: Vec<_> = statistics
        .classes
        .iter()
        .map(|counts| counts.test)
        .collect();
    assert_eq!(
        test,
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    );
    // 0.7 : 0.15 of 60,000
    assert!(
        statistics.total.training.abs_diff(49_412) < 10,
        "{}",
        statistics.total.training
    );

    let first: Vec<_> = dataset.labels[60_000..][..10]
        .iter()
        .map(|label| label.0)
        .collect();
    assert_eq!(first, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let mean = |rows| {
        let values = dataset.rows(rows);
        values.iter().map(|&value| f64::from(value)).sum::<f64>() * 255.0 / values.len() as f64
    };
    assert!((mean(0..60_000) - 33.3184).abs() < 1e-3);
    assert!((mean(60_000..70_000) - 33.7912).abs() < 1e-3);
}
