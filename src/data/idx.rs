//! Data sets in the IDX format, as MNIST comes: images and labels of a training and of a test part,
//! gzip-compressed or not.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{
    ClassIndex, DataError,
    idx_file::{Header, broken, expect_end, gzip_error},
    load::Progress,
    preprocess::Picture,
    rows::Row,
};
use crate::config::Preprocessing;

/// Images are read and handed to all cores this many bytes at a time.
const CHUNK_BYTES: usize = 4 << 20;

/// What an IDX folder holds: everything but the images, which are read as they are preprocessed.
#[derive(Debug)]
pub struct Idx {
    /// The distinct labels, ascending, as text.
    pub classes: Vec<String>,
    /// The class of each sample: the training part, then the test part.
    pub labels: Vec<ClassIndex>,
    /// Where the test part starts, if there is one.
    pub first_test_sample: Option<usize>,
    /// 1 (gray), or 3 if the images have a fourth dimension.
    pub channels: u32,
    images: Vec<PathBuf>,
    /// All files of the data set.
    pub files: Vec<PathBuf>,
}

impl Idx {
    /// Finds MNIST's usual names in `root`, reads the labels and checks the images' headers. `None`
    /// if there is no such name.
    ///
    /// # Errors
    /// One of a pair missing, a header or a length that is wrong, images and labels that differ in number, one class only.
    pub fn open(root: &Path) -> Result<Option<Idx>, DataError> {
        let Some((images, labels)) = find_pair(root, "train")? else {
            return match find_pair(root, "t10k")? {
                Some((images, _)) => Err(incomplete(
                    root,
                    &images,
                    "training files (train-images-idx3-ubyte, ...)",
                )),
                None => Ok(None),
            };
        };
        let (mut values, training) = read_part(&images, &labels)?;
        let mut channels = vec![training.channels()];
        let mut files = vec![images.clone(), labels];
        let mut images = vec![images];
        let mut first_test_sample = None;
        if let Some((test_images, labels)) = find_pair(root, "t10k")? {
            let (test, header) = read_part(&test_images, &labels)?;
            first_test_sample = Some(values.len());
            values.extend(test);
            channels.push(header.channels());
            files.extend([test_images.clone(), labels]);
            images.push(test_images);
        }
        if channels.first() != channels.last() {
            return Err(broken(
                &images[1],
                "its images have another number of channels than the training images",
            ));
        }
        let mut distinct = values.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < 2 {
            let class = distinct.first().map(u8::to_string).unwrap_or_default();
            return Err(DataError::OneClass {
                path: root.into(),
                class,
            });
        }
        let class_of =
            |value: &u8| ClassIndex(distinct.partition_point(|label| label < value) as u32);
        Ok(Some(Idx {
            labels: values.iter().map(class_of).collect(),
            classes: distinct.iter().map(u8::to_string).collect(),
            first_test_sample,
            channels: training.channels() as u32,
            images,
            files,
        }))
    }

    /// The images of some samples, given in ascending order; nothing is done to them. Reads the files up to the
    /// last of them.
    ///
    /// # Errors
    /// Data that is shorter than the header says, or a gzip stream that is broken.
    pub fn pictures(&self, samples: &[u32]) -> Result<Vec<Picture>, DataError> {
        let mut pictures = Vec::new();
        let mut wanted = samples.iter().copied().peekable();
        let mut first_sample = 0;
        for path in &self.images {
            let (header, mut reader) = Header::read(path)?;
            let mut bytes = vec![0; header.sample_size()];
            for sample in first_sample..first_sample + header.count {
                if wanted.peek().is_none() {
                    return Ok(pictures);
                }
                reader.read_exact(&mut bytes).map_err(gzip_error(path))?;
                if wanted
                    .next_if(|wanted| *wanted as usize == sample)
                    .is_some()
                {
                    let pixels = header.pixels(&bytes);
                    let pixels = pixels.ok_or_else(|| broken(path, "its images have no pixels"))?;
                    pictures.push(pixels.picture());
                }
            }
            first_sample += header.count;
        }
        Ok(pictures)
    }

    /// Reads all images once, in order, and preprocesses those that have a row, on all cores.
    ///
    /// # Errors
    /// Data that is shorter or longer than the header says, or a gzip stream that is broken.
    pub fn fill(
        &self,
        rows: Vec<Row<'_>>,
        stages: &Preprocessing,
        progress: Progress<'_>,
    ) -> Result<(), DataError> {
        let total = rows.len();
        let mut done = 0;
        let mut rows = rows.into_iter().peekable();
        let mut first_sample = 0;
        for path in &self.images {
            let (header, mut reader) = Header::read(path)?;
            let pixels = header.sample_size();
            let per_chunk = (CHUNK_BYTES / pixels).max(1);
            let mut bytes = Vec::new();
            let mut next = 0;
            while next < header.count {
                let samples = per_chunk.min(header.count - next);
                // Grows with the data that is really there, not with what the header promises.
                bytes.clear();
                (&mut reader)
                    .take((samples * pixels) as u64)
                    .read_to_end(&mut bytes)
                    .map_err(gzip_error(path))?;
                if bytes.len() < samples * pixels {
                    let whole = next + bytes.len() / pixels;
                    return Err(broken(
                        path,
                        &format!(
                            "it is cut off: its header promises {} images, it holds {whole}",
                            header.count
                        ),
                    ));
                }
                let start = first_sample + next;
                let mut wanted = Vec::new();
                while let Some(row) = rows.next_if(|row| (row.sample as usize) < start + samples) {
                    wanted.push(row);
                }
                done += wanted.len();
                wanted.into_par_iter().try_for_each(|row| {
                    let from = (row.sample as usize - start) * pixels;
                    header
                        .pixels(&bytes[from..from + pixels])
                        .ok_or_else(|| broken(path, "its images have no pixels"))?
                        .preprocess_into(stages, row.values);
                    Ok(())
                })?;
                next += samples;
                progress(done, total);
            }
            expect_end(path, &mut reader)?;
            first_sample += header.count;
        }
        Ok(())
    }
}

/// The labels of a part and the checked header of its images.
fn read_part(images: &Path, labels: &Path) -> Result<(Vec<u8>, Header), DataError> {
    let (header, _) = Header::read(images)?;
    header.check_images(images)?;
    let (label_header, mut reader) = Header::read(labels)?;
    if !label_header.shape.is_empty() {
        return Err(broken(
            labels,
            &format!(
                "its samples have the shape {:?}; expected labels, one byte each",
                label_header.shape
            ),
        ));
    }
    let mut values = Vec::new();
    (&mut reader)
        .take(label_header.count as u64)
        .read_to_end(&mut values)
        .map_err(gzip_error(labels))?;
    if values.len() < label_header.count {
        let (promised, found) = (label_header.count, values.len());
        return Err(broken(
            labels,
            &format!("it is cut off: its header promises {promised} labels, it holds {found}"),
        ));
    }
    expect_end(labels, &mut reader)?;
    if header.count != values.len() {
        let other = images.display();
        return Err(broken(
            labels,
            &format!(
                "it holds {} labels, but {other} promises {} images",
                values.len(),
                header.count
            ),
        ));
    }
    Ok((values, header))
}

/// The images and labels of a part, whichever of the usual names they have.
fn find_pair(root: &Path, part: &str) -> Result<Option<(PathBuf, PathBuf)>, DataError> {
    let find = |stems: &[&str]| {
        let names = stems.iter().flat_map(|stem| {
            ['-', '.'].into_iter().flat_map(move |mark| {
                ["", ".gz"]
                    .map(|end| format!("{part}-{}{end}", stem.replace('#', &mark.to_string())))
            })
        });
        names
            .map(|name| root.join(name))
            .find(|path| path.is_file())
    };
    match (
        find(&["images#idx3-ubyte", "images#idx4-ubyte"]),
        find(&["labels#idx1-ubyte"]),
    ) {
        (Some(images), Some(labels)) => Ok(Some((images, labels))),
        (Some(images), None) => Err(incomplete(
            root,
            &images,
            &format!("{part}-labels-idx1-ubyte"),
        )),
        (None, Some(labels)) => Err(incomplete(
            root,
            &labels,
            &format!("{part}-images-idx3-ubyte"),
        )),
        (None, None) => Ok(None),
    }
}

fn incomplete(root: &Path, found: &Path, missing: &str) -> DataError {
    let found = found
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    DataError::IdxIncomplete {
        path: root.into(),
        found,
        missing: missing.into(),
    }
}
