//! The README's options are those of the program.
#![cfg(feature = "native")]

use std::path::Path;

use shadernets::cli::readme_table;

const BEGIN: &str = "<!-- options: written by `UPDATE_README=1 cargo test --test readme` -->\n";
const END: &str = "<!-- end of options -->\n";

#[test]
fn the_readme_lists_the_options_as_declared() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    // A checkout on Windows may have other line ends.
    let readme = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\r\n", "\n");
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("the begin marker in README.md");
    let (options, after) = rest.split_once(END).expect("the end marker in README.md");
    let declared = format!("\n{}\n", readme_table());
    if options == declared {
        return;
    }
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{declared}{END}{after}")).unwrap();
        return;
    }
    panic!("README.md is out of date: run `UPDATE_README=1 cargo test --test readme`");
}
