//! Files that were damaged at random: each is read, or refused with an error that names it. None makes the
//! program panic or hang, or take more memory than the file's size times a small factor.
#![cfg(feature = "native")]

mod checkpoints;
mod configs;
mod heap;
mod idx;
mod mutate;

use std::fs;
use std::path::Path;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// Damaged files of each kind.
const CASES: u64 = 3000;

/// Bytes that reading may take for each byte of the files, and for whatever they hold.
const FACTOR: usize = 8;
const WHATEVER: usize = 1 << 20;

/// What came of a kind of damaged files.
#[derive(Debug, Default)]
struct Tally {
    read: usize,
    refused: usize,
}

/// Damages files and reads them, again and again. `damage` returns the contents of each file, `read` reads
/// them, and the text of an error must have `named` in it.
fn check<T>(
    folder: &Path,
    named: &str,
    mut damage: impl FnMut(&mut ChaCha8Rng) -> Vec<(String, Vec<u8>)>,
    read: impl Fn() -> Result<T, String>,
    use_it: impl Fn(T),
) -> Tally {
    let mut tally = Tally::default();
    for seed in 0..CASES {
        let files = damage(&mut ChaCha8Rng::seed_from_u64(seed));
        for (name, bytes) in &files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        let (result, peak) = heap::peak(&read);
        let most = FACTOR * size + WHATEVER;
        assert!(
            peak <= most,
            "case {seed}: {peak} bytes for a file of {size}"
        );
        match result {
            Ok(value) => {
                tally.read += 1;
                use_it(value);
            }
            Err(message) => {
                tally.refused += 1;
                assert!(message.contains(named), "case {seed}: {message}");
            }
        }
    }
    println!("{named}: {tally:?}");
    tally
}
