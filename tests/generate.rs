//! The generator of the shipped data sets.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use shadernets::data::generate::{GenerateError, Shipped, generate};

/// Every file under a folder: relative path to contents.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for class in fs::read_dir(folder).unwrap() {
        let class = class.unwrap();
        for file in fs::read_dir(class.path()).unwrap() {
            let file = file.unwrap();
            let name = format!(
                "{}/{}",
                class.file_name().display(),
                file.file_name().display()
            );
            found.insert(name, fs::read(file.path()).unwrap());
        }
    }
    found
}

fn generated(kind: Shipped, per_class: u32, seed: u64) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("made");
    generate(kind, per_class, seed, &to, &|_, _| ()).unwrap();
    files(&to)
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_other_pictures() {
    for kind in Shipped::ALL {
        let first = generated(kind, 3, 7);
        assert_eq!(first, generated(kind, 3, 7));
        let other = generated(kind, 3, 8);
        assert!(first.keys().eq(other.keys()));
        assert!(first.iter().all(|(name, bytes)| other[name] != *bytes));
    }
}

#[test]
fn more_pictures_per_class_leave_the_first_ones_as_they_were() {
    let (few, more) = (
        generated(Shipped::Colors, 2, 1),
        generated(Shipped::Colors, 4, 1),
    );
    assert!(few.iter().all(|(name, bytes)| more[name] == *bytes));
}

#[test]
fn each_class_has_its_folder_and_its_numbered_files() {
    let names: Vec<String> = generated(Shipped::Colors, 2, 0).into_keys().collect();
    let expected = [
        "blue/blue_000.png",
        "blue/blue_001.png",
        "green/green_000.png",
        "green/green_001.png",
        "red/red_000.png",
        "red/red_001.png",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_committed_data_sets_are_what_their_generator_draws_with_seed_0() {
    for kind in Shipped::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("datasets")
            .join(kind.name());
        for (number, class) in (0..).zip(kind.classes()) {
            let count = fs::read_dir(folder.join(class)).unwrap().count();
            assert_eq!(count, kind.default_per_class() as usize, "{kind}/{class}");
            for index in (0..kind.default_per_class()).step_by(13) {
                // Pixels, not bytes: a newer encoder may compress the same picture differently.
                let committed =
                    image::open(folder.join(class).join(format!("{class}_{index:03}.png")))
                        .unwrap();
                assert!(
                    committed.to_rgb8() == kind.draw(0, number, index),
                    "{kind}/{class}/{class}_{index:03}.png: `shadernets dataset generate {kind}` differs"
                );
            }
        }
    }
}

#[test]
fn most_digits_lie_on_paper_of_one_colour_as_often_light_as_dark() {
    let (mut even, mut light, total) = (0, 0, 200);
    for index in 0..total {
        let picture = Shipped::Numbers.draw(3, index % 10, index / 10);
        let corner = *picture.get_pixel(0, 0);
        even += u32::from((0..110).all(|at| {
            [(at, 0), (at, 109), (0, at), (109, at)]
                .into_iter()
                .all(|(x, y)| *picture.get_pixel(x, y) == corner)
        }));
        let brightness = |pixel: &image::Rgb<u8>| {
            u64::from(pixel.0[0]) * 2 + u64::from(pixel.0[1]) * 7 + u64::from(pixel.0[2])
        };
        let most = picture.pixels().map(brightness).max().unwrap();
        let least = picture.pixels().map(brightness).min().unwrap();
        light += u32::from(2 * brightness(&corner) > most + least);
    }
    assert!(
        (total * 7 / 10..total * 19 / 20).contains(&even),
        "{even} of {total} on even paper"
    );
    assert!(
        (total * 2 / 5..total * 3 / 5).contains(&light),
        "{light} of {total} on light paper"
    );
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.txt"), "kept").unwrap();
    let error = generate(Shipped::Colors, 1, 0, folder.path(), &|_, _| ()).unwrap_err();
    assert!(matches!(error, GenerateError::Occupied { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let file = folder.path().join("mine.txt");
    let error = generate(Shipped::Colors, 1, 0, &file, &|_, _| ()).unwrap_err();
    assert!(matches!(error, GenerateError::Occupied { .. }), "{error}");
    assert_eq!(fs::read_to_string(file).unwrap(), "kept");
}

#[test]
fn an_empty_folder_is_filled_and_nothing_else_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("empty");
    fs::create_dir(&to).unwrap();
    let summary = generate(Shipped::Colors, 1, 0, &to, &|_, _| ()).unwrap();
    assert_eq!((summary.pictures, summary.classes), (3, 3));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn counts_out_of_range_and_unknown_names_are_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("none");
    let error = generate(Shipped::Numbers, 0, 0, &to, &|_, _| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--per-class is 0; it must be from 1 to 10000"
    );
    assert!(!to.exists());
    assert!(
        "letters"
            .parse::<Shipped>()
            .unwrap_err()
            .to_string()
            .contains("`letters`")
    );
    assert_eq!("Numbers".parse::<Shipped>().unwrap(), Shipped::Numbers);
}
