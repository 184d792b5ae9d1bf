//! One file in the IDX format (Yann LeCun's page of MNIST): two zero bytes, a type (8 = unsigned
//! byte), the number of dimensions, each dimension as a big-endian `u32`, then the values.

use std::{
    fs::{self, File},
    io::{self, BufReader, Cursor, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use super::{
    DataError,
    decode::check_size,
    pixels::{Layout, Pixels},
};

/// The header of an IDX file: how many samples, of which shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub count: usize,
    /// Of one sample: none for labels; height, width and possibly channels for images.
    pub shape: Vec<u32>,
}

impl Header {
    /// Opens the file, unpacking it if its content is gzip, and reads the header. The length of a
    /// plain file is checked here; a compressed one shows its length only at its end.
    pub fn read(path: &Path) -> Result<(Header, Box<dyn Read + Send>), DataError> {
        let unreadable = |reason| DataError::Read {
            path: path.into(),
            reason,
        };
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let mut start = Vec::new();
        (&mut file)
            .take(2)
            .read_to_end(&mut start)
            .map_err(unreadable)?;
        let is_gzip = start == [0x1F, 0x8B];
        let rest = Cursor::new(start).chain(file);
        let mut reader: Box<dyn Read + Send> = if is_gzip {
            Box::new(BufReader::new(MultiGzDecoder::new(rest)))
        } else {
            Box::new(rest)
        };
        let mut word = || {
            let mut word = [0; 4];
            reader
                .read_exact(&mut word)
                .map(|()| word)
                .map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => broken(path, "it is cut off inside its header"),
                    _ => gzip_error(path)(error),
                })
        };
        let magic = word()?;
        let [0, 0, 8, dimensions @ 1..=4] = magic else {
            return Err(broken(
                path,
                &format!(
                    "its magic number is 0x{:08x}; expected an IDX file of unsigned bytes: 0x00000803 for images, 0x00000801 for labels",
                    u32::from_be_bytes(magic)
                ),
            ));
        };
        let count = u32::from_be_bytes(word()?) as usize;
        let shape = (1..dimensions)
            .map(|_| word().map(u32::from_be_bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let header = Header { count, shape };
        if !is_gzip {
            let found = fs::metadata(path).map_err(unreadable)?.len();
            let size = header
                .shape
                .iter()
                .try_fold(count as u64, |size, &side| size.checked_mul(side.into()));
            let expected = size.and_then(|size| size.checked_add(4 + 4 * u64::from(dimensions)));
            if expected != Some(found) {
                let expected =
                    expected.map_or("more than there can be".into(), |bytes| bytes.to_string());
                return Err(broken(
                    path,
                    &format!(
                        "its length is wrong: by its header it has {expected} bytes, it has {found}"
                    ),
                ));
            }
        }
        Ok((header, reader))
    }

    /// That these are images that can be read.
    pub fn check_images(&self, path: &Path) -> Result<(), DataError> {
        match *self.shape.as_slice() {
            [height, width] | [height, width, 1 | 3] => {
                check_size(width, height).map_err(|reason| broken(path, &reason))
            }
            _ => Err(broken(
                path,
                &format!(
                    "its samples have the shape {:?}; expected images: [height, width], or [height, width, 1 or 3 channels]",
                    self.shape
                ),
            )),
        }
    }

    pub fn channels(&self) -> usize {
        self.shape.get(2).map_or(1, |&channels| channels as usize)
    }

    /// Bytes per sample.
    pub fn sample_size(&self) -> usize {
        self.shape.iter().map(|&side| side as usize).product()
    }

    /// One sample as an image; `None` if it has no pixel.
    pub fn pixels<'a>(&self, bytes: &'a [u8]) -> Option<Pixels<'a>> {
        let layout = match self.channels() {
            1 => Layout::Gray,
            channels => Layout::Rgb(channels),
        };
        Pixels::new(*self.shape.get(1)?, *self.shape.first()?, layout, bytes)
    }
}

/// That nothing follows; for gzip it makes the decoder check the checksum, too.
pub fn expect_end(path: &Path, reader: &mut dyn Read) -> Result<(), DataError> {
    let mut extra = Vec::new();
    reader
        .take(1)
        .read_to_end(&mut extra)
        .map_err(gzip_error(path))?;
    match extra.is_empty() {
        true => Ok(()),
        false => Err(broken(path, "it is longer than its header says")),
    }
}

/// An error about the content of the file.
pub fn broken(path: &Path, reason: &str) -> DataError {
    DataError::Idx {
        path: path.into(),
        reason: reason.into(),
    }
}

/// For errors while unpacking.
pub fn gzip_error(path: &Path) -> impl Fn(io::Error) -> DataError {
    move |error| match error.kind() {
        io::ErrorKind::UnexpectedEof => broken(path, "its gzip data is cut off"),
        _ => broken(path, &format!("it cannot be read: {error}")),
    }
}
