//! Files of JSON lines that grow by whole lines.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{RunError, replace_file};

/// A file that lines are appended to.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    /// Opens a file to append lines; a last line that has no line feed is cut off.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: PathBuf) -> Result<Self, RunError> {
        let whole = match fs::read(&path) {
            Ok(bytes) => bytes
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |last| last + 1),
            Err(_) => 0,
        };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(RunError::io(&path, "open it to append"))?;
        file.set_len(whole as u64)
            .map_err(RunError::io(&path, "cut off an unfinished line"))?;
        Ok(Self { path, file })
    }

    /// Appends lines, in one write.
    ///
    /// # Errors
    /// The disk is full, or the file is gone.
    pub fn append<T: Serialize>(&mut self, lines: &[T]) -> Result<(), RunError> {
        let text = text(&self.path, lines)?;
        self.file
            .write_all(&text)
            .map_err(RunError::io(&self.path, "append to it"))
    }
}

/// Replaces a file by these lines, as a whole.
///
/// # Errors
/// It cannot be written.
pub(super) fn replace<T: Serialize>(path: &Path, lines: &[T]) -> Result<(), RunError> {
    replace_file(path, &text(path, lines)?)
}

fn text<T: Serialize>(path: &Path, lines: &[T]) -> Result<Vec<u8>, RunError> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).map_err(|error| RunError::BadFile {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        text.push(b'\n');
    }
    Ok(text)
}

/// The lines of a file; none if there is no file. A last line without line feed is not finished, and not read.
///
/// # Errors
/// The file cannot be read, or a finished line is none of this kind.
pub fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RunError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RunError::io(path, "read it")(error)),
    };
    let whole = text.rfind('\n').map_or("", |last| &text[..last]);
    let lines = whole
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(number, line)| {
        serde_json::from_str(line).map_err(|error| RunError::BadLine {
            path: path.to_owned(),
            line: number + 1,
            message: error.to_string(),
        })
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_is_not_read_and_gone_when_the_file_grows_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.jsonl");
        fs::write(&path, "1\n2\n3").unwrap();
        assert_eq!(read_lines::<u32>(&path).unwrap(), [1, 2]);
        Lines::open(path.clone()).unwrap().append(&[4, 5]).unwrap();
        assert_eq!(read_lines::<u32>(&path).unwrap(), [1, 2, 4, 5]);
        fs::write(&path, "1\nx\n3\n").unwrap();
        let error = read_lines::<u32>(&path).unwrap_err().to_string();
        assert!(error.contains("numbers.jsonl, line 2"), "{error}");
    }
}
