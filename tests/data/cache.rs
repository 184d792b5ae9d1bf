//! `--cache`: the same data set from the disk as from the images, and never another one.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use shadernets::{
    config::{CacheChoice, DataConfig, OnBadImage, Preprocessing, Shares},
    data::{self, Dataset, cache::CacheUse},
};
use tempfile::TempDir;

use crate::support::{Corpus, busy_image, encode, idx, load, plain_png, resized};

/// A cache folder of its own, beside a data set.
struct Cached {
    corpus: Corpus,
    folder: TempDir,
}

impl Cached {
    fn of(corpus: Corpus) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Cached { corpus, folder }
    }

    fn config(&self) -> DataConfig {
        DataConfig {
            cache: CacheChoice::Folder(self.folder.path().join("made/when/needed")),
            ..self.corpus.config()
        }
    }

    fn entries(&self) -> Vec<PathBuf> {
        let listing = fs::read_dir(self.folder.path().join("made/when/needed"));
        listing.map_or(vec![], |files| {
            files.map(|file| file.unwrap().path()).collect()
        })
    }

    /// The only entry.
    fn entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    }
}

fn load_cached(config: &DataConfig) -> (Dataset, CacheUse) {
    data::load_cached(config, &|_, _| {}).unwrap()
}

/// That the load decodes the images and keeps the samples, which are those of a load without a cache.
#[track_caller]
fn assert_written(config: &DataConfig) {
    assert_use(config, |cache| matches!(cache, CacheUse::Written));
}

/// That the load takes the samples from the cache, and they are those of a load without one.
#[track_caller]
fn assert_read(config: &DataConfig) {
    assert_use(config, |cache| matches!(cache, CacheUse::Read));
}

#[track_caller]
fn assert_use(config: &DataConfig, is_expected: fn(&CacheUse) -> bool) {
    let (dataset, cache) = load_cached(config);
    assert!(is_expected(&cache), "{cache:?}");
    let uncached = load(&DataConfig {
        cache: CacheChoice::Off,
        ..config.clone()
    })
    .unwrap();
    // The numbers first: they are equal bit for bit, not only as numbers.
    let bits = |dataset: &Dataset| -> Vec<u32> {
        dataset
            .samples
            .iter()
            .map(|value| value.to_bits())
            .collect()
    };
    assert!(bits(&dataset) == bits(&uncached), "other samples");
    assert_eq!(dataset, uncached);
}

fn busy_png() -> Vec<u8> {
    encode(busy_image(), image::ImageFormat::Png)
}

#[test]
fn the_second_load_of_a_folder_is_the_first_bit_for_bit() {
    let cached = Cached::of(Corpus::two_classes());
    cached.corpus.write("a/busy.png", busy_png());
    cached.corpus.write("b/notes.txt", "ignored");
    assert_written(&cached.config());
    assert_read(&cached.config());
    assert_eq!(load_cached(&cached.config()).0.ignored, 1);
}

#[test]
fn the_second_load_of_idx_files_is_the_first_bit_for_bit() {
    let corpus = Corpus::empty();
    let values: Vec<u8> = (0..40 * 6).map(|value| (value * 7) as u8).collect();
    let labels: Vec<u8> = (0..40).map(|sample| sample % 2).collect();
    for part in ["train", "t10k"] {
        corpus.write(
            &format!("{part}-images-idx3-ubyte"),
            idx(&[40, 2, 3], &values),
        );
        corpus.write(&format!("{part}-labels-idx1-ubyte"), idx(&[40], &labels));
    }
    let cached = Cached::of(corpus);
    assert_written(&cached.config());
    assert_read(&cached.config());
    // Labels are no samples, and yet part of what the entry is known by.
    cached
        .corpus
        .write("t10k-labels-idx1-ubyte", idx(&[40], &[1, 0].repeat(20)));
    assert_written(&cached.config());
}

#[test]
fn whatever_changes_the_samples_has_an_entry_of_its_own() {
    let cached = Cached::of(Corpus::two_classes());
    cached.corpus.write("a/busy.png", busy_png());
    let stages = |change: fn(&mut Preprocessing)| {
        let mut config = cached.config();
        change(&mut config.preprocessing);
        config
    };
    let configs = [
        cached.config(),
        stages(|stages| stages.trim = true),
        stages(|stages| stages.grayscale = true),
        stages(|stages| *stages = resized(4, 3)),
        stages(|stages| *stages = resized(3, 4)),
        stages(|stages| stages.minmax_normalize = true),
        stages(|stages| stages.adaptive_invert = true),
        DataConfig {
            filter: "0-6,9-15".parse().unwrap(),
            ..cached.config()
        },
        DataConfig {
            filter: "0-6,10-16".parse().unwrap(),
            ..cached.config()
        },
        DataConfig {
            on_bad_image: OnBadImage::Skip,
            ..cached.config()
        },
    ];
    configs.iter().for_each(assert_written);
    configs.iter().for_each(assert_read);
}

/// They only decide which row a sample has.
#[test]
fn another_seed_and_other_partitions_share_the_entry() {
    let cached = Cached::of(Corpus::two_classes());
    assert_written(&cached.config());
    for seed in 1..4 {
        assert_read(&DataConfig {
            seed,
            ..cached.config()
        });
    }
    assert_read(&DataConfig {
        partitions: Shares {
            training: 0.5,
            dev: 0.5,
            test: 0.0,
        },
        ..cached.config()
    });
}

#[test]
fn a_file_that_is_changed_touched_added_removed_or_renamed_is_noticed() {
    let cached = Cached::of(Corpus::two_classes());
    let path = |name| cached.corpus.path(name);
    assert_written(&cached.config());
    cached.corpus.write("a/1.png", plain_png(4, 4, [200, 0, 0]));
    assert_written(&cached.config());
    let touched = fs::File::options()
        .write(true)
        .open(path("a/2.png"))
        .unwrap();
    touched
        .set_modified(SystemTime::now() - Duration::from_secs(1000))
        .unwrap();
    assert_written(&cached.config());
    cached.corpus.write("b/9.png", plain_png(4, 4, [1, 2, 3]));
    assert_written(&cached.config());
    fs::remove_file(path("a/3.png")).unwrap();
    assert_written(&cached.config());
    fs::rename(path("b/4.png"), path("b/0.png")).unwrap();
    assert_written(&cached.config());
    fs::rename(path("b"), path("c")).unwrap();
    assert_written(&cached.config());
    assert_read(&cached.config());
}

#[cfg(unix)]
#[test]
fn other_content_of_the_same_size_and_age_is_noticed() {
    let cached = Cached::of(Corpus::two_classes());
    let path = cached.corpus.path("a/1.png");
    let before = fs::metadata(&path).unwrap();
    assert_written(&cached.config());
    cached.corpus.write("a/1.png", plain_png(4, 4, [11, 0, 0]));
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    let after = fs::metadata(&path).unwrap();
    assert_eq!(
        (after.len(), after.modified().unwrap()),
        (before.len(), before.modified().unwrap())
    );
    assert_written(&cached.config());
}

#[test]
fn images_that_were_skipped_are_skipped_again_with_their_reasons() {
    let cached = Cached::of(Corpus::two_classes());
    cached.corpus.write("a/3.png", "not an image");
    cached.corpus.write("b/1.png", "");
    let config = DataConfig {
        on_bad_image: OnBadImage::Skip,
        ..cached.config()
    };
    assert_written(&config);
    assert_read(&config);
    assert_eq!(load_cached(&config).0.skipped.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_load_that_could_not_read_a_file_is_not_kept() {
    let cached = Cached::of(Corpus::two_classes());
    std::os::unix::fs::symlink("nowhere", cached.corpus.path("a/9.png")).unwrap();
    let config = DataConfig {
        on_bad_image: OnBadImage::Skip,
        ..cached.config()
    };
    for _ in 0..2 {
        assert_use(&config, |cache| matches!(cache, CacheUse::NotWritten(_)));
    }
    assert_eq!(cached.entries(), Vec::<PathBuf>::new());
}

#[test]
fn a_load_that_fails_keeps_nothing() {
    let cached = Cached::of(Corpus::two_classes());
    cached.corpus.write("a/3.png", "not an image");
    assert!(load(&cached.config()).is_err());
    assert_eq!(cached.entries(), Vec::<PathBuf>::new());
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let cached = Cached::of(Corpus::two_classes());
    assert_written(&cached.config());
    let entry = cached.entry();
    let sound = fs::read(&entry).unwrap();
    let check = |damaged: &[u8], what: &str| {
        fs::write(&entry, damaged).unwrap();
        let (_, cache) = load_cached(&cached.config());
        assert!(matches!(cache, CacheUse::Written), "{what}: {cache:?}");
        assert!(fs::read(&entry).unwrap() == sound, "{what}: not mended");
    };
    for length in [0, 1, 55, 56, 57, sound.len() / 2, sound.len() - 1] {
        check(&sound[..length], &format!("cut off after {length} bytes"));
    }
    check(&[&sound[..], &[0]].concat(), "one byte more");
    check(&vec![0xFF; sound.len()], "all ones");
    // Every byte of the header and of what follows the samples, and some of the samples.
    let samples = 56..56 + 16 * 48 * 4;
    for place in 0..sound.len() {
        if !samples.contains(&place) || place % 61 == 0 {
            let mut flipped = sound.clone();
            flipped[place] ^= 1 << (place % 8);
            check(&flipped, &format!("a bit of byte {place} flipped"));
        }
    }
    assert_read(&cached.config());
}

#[test]
fn the_entry_of_another_data_set_is_not_taken_for_this_one() {
    let (one, other) = (
        Cached::of(Corpus::two_classes()),
        Cached::of(Corpus::two_classes()),
    );
    other.corpus.write("a/1.png", plain_png(4, 4, [99, 99, 99]));
    assert_written(&one.config());
    assert_written(&other.config());
    fs::copy(other.entry(), one.entry()).unwrap();
    assert_written(&one.config());
}

#[test]
fn a_folder_that_cannot_be_written_is_no_failure() {
    let cached = Cached::of(Corpus::two_classes());
    let file = cached.folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let config = DataConfig {
        cache: CacheChoice::Folder(file.join("cache")),
        ..cached.config()
    };
    assert_use(&config, |cache| matches!(cache, CacheUse::NotWritten(_)));
}

#[test]
fn nothing_is_written_into_the_data_set() {
    let cached = Cached::of(Corpus::two_classes());
    let names = |folder: &Path| -> Vec<PathBuf> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        names.sort();
        names
    };
    let before = names(&cached.corpus.path(""));
    let inside = DataConfig {
        cache: CacheChoice::Folder(cached.corpus.path("cache")),
        ..cached.config()
    };
    let message = crate::support::error(&inside);
    crate::support::assert_says(&message, &["--cache", "inside the data set"]);
    assert_written(&cached.config());
    assert_eq!(names(&cached.corpus.path("")), before);
}

#[test]
fn several_loads_at_once_all_get_the_data_set() {
    let cached = Cached::of(Corpus::two_classes());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_use(&cached.config(), |cache| !matches!(cache, CacheUse::Off)));
        }
    });
    cached.entry();
    assert_read(&cached.config());
}
