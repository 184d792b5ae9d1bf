//! Folders and names that are wrong, and those that are merely strange.

use std::fs;

use crate::place::png;
use crate::{Fails, Works, check, files, files_with};

#[test]
fn a_folder_that_is_no_data_set_is_named() {
    check(&[
        files(
            "an empty class",
            |p| fs::create_dir(p.set("c")).unwrap(),
            Fails(&["class folder", "set/c", "holds no image"]),
        ),
        files(
            "a class of texts only",
            |p| p.write("c/notes.txt", "text"),
            Fails(&["set/c", "1 other entries were ignored"]),
        ),
        files(
            "a class whose only image is a folder named x.png",
            |p| fs::create_dir_all(p.set("c/x.png")).unwrap(),
            Fails(&["set/c", "holds no image"]),
        ),
        files(
            "one class",
            |p| p.remove("b"),
            Fails(&["datasets/set", "one class only, `a`"]),
        ),
        files(
            "no class folder",
            |p| {
                p.remove("a");
                p.remove("b");
                p.write("1.png", png(image::RgbImage::new(1, 1)));
            },
            Fails(&["datasets/set", "no class folder"]),
        ),
        files_with(
            "a data set that does not exist",
            |p| p.write("../numbers/1/1.png", ""),
            "--dataset=nubmers",
            Fails(&["--dataset=nubmers", "Did you mean `numbers`?"]),
        ),
        files_with(
            "a path that does not exist",
            |_| {},
            "--dataset=/no/such/folder",
            Fails(&["--dataset=/no/such/folder", "there is no such data set"]),
        ),
        files_with(
            "a folder of data sets that does not exist",
            |_| {},
            "--datasets-path=/no/such/folder",
            Fails(&["/no/such/folder", "--datasets-path"]),
        ),
        files_with(
            "a data set that is a file",
            |_| {},
            "--dataset=set/a/1.png",
            Fails(&["set/a/1.png is a file"]),
        ),
        files(
            "a class too small for its partitions",
            |p| (4..=8).for_each(|number| p.remove(&format!("b/{number}.png"))),
            Fails(&["class `b` has 3 usable samples", "--partitions"]),
        ),
        files_with(
            "a data set that does not exist, in the second experiment",
            |_| {},
            "--experiment --dataset=nowhere",
            Fails(&["--dataset=nowhere"]),
        ),
        files_with(
            "a data set that does not exist, shown",
            |_| {},
            "dataset show --dataset=nowhere",
            Fails(&["--dataset=nowhere"]),
        ),
        files_with(
            "a data set drawn over another",
            |_| {},
            "dataset generate colors --to datasets/set",
            Fails(&["datasets/set"]),
        ),
        files_with(
            "a data set drawn below a file",
            |_| {},
            "dataset generate colors --to datasets/set/a/1.png/colors",
            Fails(&["datasets/set/a/1.png"]),
        ),
    ]);
}

#[test]
fn a_strange_name_is_a_name() {
    check(&[
        files(
            "Unicode names",
            |p| {
                p.write_class("日本語 été");
                p.write_class("שלום 🦀");
                fs::rename(p.set("a/1.png"), p.set("a/ça va 👍🏽\u{301}.png")).unwrap();
            },
            Works(&["日本語 été", "שלום 🦀", "Summary", " 32\n"]),
        ),
        files(
            "names of 255 bytes",
            |p| {
                p.write_class(&"l".repeat(255));
                fs::rename(p.set("a/1.png"), p.set("a").join("n".repeat(251) + ".png")).unwrap();
            },
            Works(&["llllll", "Summary", " 24\n"]),
        ),
        files(
            "a bad image with a name of 255 bytes",
            |p| p.write(&format!("a/{}.png", "é".repeat(125)), "text"),
            Fails(&["/éééé", "éé.png", "content is no PNG"]),
        ),
        #[cfg(unix)]
        files(
            "names that look like options and patterns",
            |p| {
                p.write_class("--help");
                p.write_class("*{}%s 'x' \"y\" $HOME");
            },
            Works(&["--help", "*{}%s", "Summary", " 32\n"]),
        ),
        files(
            "hidden, foreign and nested entries",
            |p| {
                p.write("README.md", "text");
                p.write(".cache/1.png", "text");
                p.write("a/.DS_Store", "text");
                p.write("a/Thumbs.db", "text");
                p.write("a/deeper/1.png", "text");
            },
            Works(&["Ignored 3 files", "Summary", " 16\n"]),
        ),
    ]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_a_name() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    check(&[
        files(
            "an image",
            |p| {
                let name = OsStr::from_bytes(b"caf\xe9.png");
                fs::rename(p.set("a/1.png"), p.set("a").join(name)).unwrap();
            },
            Works(&["Summary", " 16\n"]),
        ),
        files(
            "a class",
            |p| fs::rename(p.set("b"), p.set("").join(OsStr::from_bytes(b"caf\xe9"))).unwrap(),
            Works(&["caf", "Summary", " 16\n"]),
        ),
        files(
            "a bad image",
            |p| fs::write(p.set("a").join(OsStr::from_bytes(b"caf\xe9.png")), "text").unwrap(),
            Fails(&["set/a/caf", "content is no PNG"]),
        ),
    ]);
}

#[cfg(unix)]
#[test]
fn links_and_devices_neither_loop_nor_hang() {
    check(&[
        files(
            "an image that is a link to nowhere",
            |p| p.link("nowhere.png", "a/9.png"),
            Fails(&["set/a/9.png", "cannot be read", "No such file"]),
        ),
        files_with(
            "an image that is a link to nowhere, skipped",
            |p| p.link("nowhere.png", "a/9.png"),
            "--on-bad-image=skip",
            Works(&["Skipped 1 images", "set/a/9.png", "Summary", " 16\n"]),
        ),
        files(
            "an image that is a link to itself",
            |p| p.link("9.png", "a/9.png"),
            Fails(&["set/a/9.png", "cannot be read"]),
        ),
        files(
            "a class that is a link to itself",
            |p| p.link("loop", "loop"),
            Fails(&["cannot read", "set/loop"]),
        ),
        files(
            "a link back up among the classes",
            |p| p.link(p.set(""), "up"),
            Fails(&["set/up", "holds no image"]),
        ),
        files(
            "links back up inside a class",
            |p| {
                p.link(p.set(""), "a/up");
                p.link(p.set("a"), "a/around.png");
            },
            Works(&["Summary", " 16\n"]),
        ),
        files(
            "a link to an endless device",
            |p| p.link("/dev/zero", "a/9.png"),
            Works(&["Ignored 1 files", "Summary", " 16\n"]),
        ),
    ]);
}

/// Permissions do not stop the user root, so the file is one that opens and then cannot be read.
#[cfg(target_os = "linux")]
#[test]
fn an_image_that_opens_but_cannot_be_read_is_named() {
    check(&[files(
        "a link to the process's own memory",
        |p| p.link("/proc/self/mem", "a/9.png"),
        Fails(&["set/a/9.png", "cannot be read"]),
    )]);
}
