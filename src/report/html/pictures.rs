//! Pictures of tracked units and samples, as they stand in the page.

use std::fs;
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use super::super::naming::{Named, latest};
use super::super::one_line;
use super::super::thin::{evenly, most_within};
use crate::runs::PictureLine;

/// Bytes of all pictures of a page, as base64.
const BUDGET: u64 = 20 << 20;

/// How many files of a parameter (or of samples) the page keeps, if not all.
const FILES: [usize; 12] = [usize::MAX, 500, 200, 100, 50, 25, 12, 8, 5, 3, 2, 1];

/// What a PNG file begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A parameter, or samples, over the epochs.
#[derive(Debug, Serialize)]
pub struct Series {
    what: String,
    frames: Vec<Frame>,
}

#[derive(Debug, Serialize)]
struct Frame {
    epoch: u32,
    /// A `data:` URI of pictures side by side, a pixel between them.
    source: String,
    pictures: usize,
    range: [f64; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    predicted: Vec<u32>,
}

/// A line whose file is there, so many bytes long.
struct File<'a> {
    line: &'a PictureLine,
    path: PathBuf,
    bytes: u64,
}

/// The pictures of each run, and in words what was left out.
pub fn pictures(runs: &[Named]) -> (Vec<Vec<Series>>, Vec<String>) {
    let mut missing = 0;
    let files: Vec<Vec<Vec<File>>> = runs.iter().map(|run| by_what(run, &mut missing)).collect();
    let most = most_within(BUDGET, &FILES, |most| {
        files.iter().flatten().map(|files| size(files, most)).sum()
    });
    let (mut left, mut is_thinned) = (BUDGET, false);
    let mut series_of = |files: &Vec<File>| {
        let kept = evenly(files.len(), most);
        is_thinned |= kept.len() < files.len();
        let mut frames = Vec::new();
        for file in kept.into_iter().map(|index| &files[index]) {
            if base64_length(file.bytes) > left {
                is_thinned = true;
                continue;
            }
            match frame(file) {
                Some(frame) => {
                    left = left.saturating_sub(frame.source.len() as u64);
                    frames.push(frame);
                }
                None => missing += 1,
            }
        }
        let what = files.first().map_or("", |file| &file.line.what);
        Series {
            what: one_line(what),
            frames,
        }
    };
    let mut pictures: Vec<Vec<Series>> = files
        .iter()
        .map(|run| run.iter().map(&mut series_of).collect())
        .collect();
    for run in &mut pictures {
        run.retain(|series| !series.frames.is_empty());
    }
    let mut notes = Vec::new();
    if is_thinned {
        notes.push(format!(
            "Pictures of some epochs are left out, evenly, to keep those in this page within {} MiB. The \
             run's folder pictures/ has all.",
            BUDGET >> 20
        ));
    }
    if missing > 0 {
        notes.push(format!(
            "{missing} of the pictures that the runs list cannot be read."
        ));
    }
    (pictures, notes)
}

/// A run's files by what they show, in the order of their epochs.
fn by_what<'a>(run: &Named<'a>, missing: &mut usize) -> Vec<Vec<File<'a>>> {
    let lines = latest(&run.run.pictures, |line| (line.what.clone(), line.epoch));
    let by_what = lines.chunk_by(|a, b| a.what == b.what).map(|lines| {
        let files = lines.iter().filter_map(|line| {
            let file = file(&run.run.folder, line);
            *missing += usize::from(file.is_none());
            file
        });
        files.collect()
    });
    by_what.collect()
}

/// The file of a line; none where it is missing, or lies outside of the run's folder: who sends on a report
/// does not mean to send on anything else.
fn file<'a>(folder: &Path, line: &'a PictureLine) -> Option<File<'a>> {
    let relative = Path::new(&line.file);
    let is_inside = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let path = is_inside.then(|| folder.join(relative))?;
    let metadata = fs::metadata(&path).ok()?;
    let bytes = metadata.is_file().then_some(metadata.len())?;
    Some(File { line, path, bytes })
}

fn frame(file: &File) -> Option<Frame> {
    let png = fs::read(&file.path).ok()?;
    let line = file.line;
    png.starts_with(PNG).then(|| Frame {
        epoch: line.epoch,
        source: format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&png)),
        pictures: line.pictures,
        range: line.range,
        labels: line.labels.clone(),
        predicted: line.predicted.clone(),
    })
}

fn size(files: &[File], most: usize) -> u64 {
    let kept = evenly(files.len(), most).into_iter();
    kept.map(|index| base64_length(files[index].bytes)).sum()
}

fn base64_length(bytes: u64) -> u64 {
    bytes.div_ceil(3) * 4
}
