//! The safetensors format: a length, a JSON header, and the tensors' bytes, one after the other.
//! <https://huggingface.co/docs/safetensors/index#format>
//!
//! Read here and not by the `safetensors` crate, whose reader holds a file as a whole, buffers its header in
//! memory 16 times as large, and takes the last of two tensors of one name.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytemuck::{Pod, Zeroable};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The key of the header that holds texts instead of a tensor.
const METADATA: &str = "__metadata__";

/// Readers of the format refuse longer headers.
const LONGEST_HEADER: u64 = 100_000_000;

/// Bytes of the length.
const LENGTH: u64 = 8;

// Numbers go to the file and come from it as they lie in memory.
const _: () = assert!(cfg!(target_endian = "little"));

/// What is written under a name.
pub struct Entry<'a> {
    pub name: String,
    /// Of the elements.
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    /// Little-endian.
    pub bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Of real numbers.
    pub fn real(name: String, shape: &[usize], values: &'a [f32]) -> Self {
        Self {
            name,
            dtype: "F32",
            shape: shape.to_vec(),
            bytes: bytemuck::cast_slice(values),
        }
    }

    /// Of text.
    pub fn text(name: &str, text: &'a [u8]) -> Self {
        Self {
            name: name.to_owned(),
            dtype: "U8",
            shape: vec![text.len()],
            bytes: text,
        }
    }
}

/// Writes a file of tensors, in this order.
///
/// # Errors
/// The header is longer than readers take, or the writer fails.
pub fn write(
    to: &mut impl Write,
    metadata: &BTreeMap<&str, String>,
    entries: &[Entry<'_>],
) -> io::Result<()> {
    let mut header = serde_json::to_vec(&Header { metadata, entries })?;
    header.resize(header.len().next_multiple_of(LENGTH as usize), b' ');
    let length = header.len() as u64;
    if length > LONGEST_HEADER {
        let message = format!("its header would have {length} bytes; at most {LONGEST_HEADER}");
        return Err(io::Error::other(message));
    }
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&header)?;
    entries
        .iter()
        .try_for_each(|entry| to.write_all(entry.bytes))
}

struct Header<'a> {
    metadata: &'a BTreeMap<&'a str, String>,
    entries: &'a [Entry<'a>],
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.entries.len()))?;
        map.serialize_entry(METADATA, self.metadata)?;
        let mut begin = 0;
        for entry in self.entries {
            let end = begin + entry.bytes.len() as u64;
            let info = Info {
                dtype: entry.dtype.to_owned(),
                shape: entry.shape.clone(),
                data_offsets: [begin, end],
            };
            map.serialize_entry(&entry.name, &info)?;
            begin = end;
        }
        map.end()
    }
}

/// What the header says of a tensor.
#[derive(Debug, Serialize, Deserialize)]
struct Info {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [u64; 2],
}

/// The header of a file.
#[derive(Default)]
struct Contents {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Info>,
}

impl<'de> Deserialize<'de> for Contents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Contents;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Contents, A::Error> {
                let mut contents = Contents::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        contents.metadata = map.next_value()?;
                    } else if contents
                        .tensors
                        .insert(name.clone(), map.next_value()?)
                        .is_some()
                    {
                        return Err(A::Error::custom(format!(
                            "the tensor {name} is there twice"
                        )));
                    }
                }
                Ok(contents)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A file of tensors that is open to be read: never more memory than the file is long.
#[derive(Debug)]
pub struct TensorFile {
    file: BufReader<File>,
    /// Where the tensors' bytes begin.
    data: u64,
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Info>,
}

impl TensorFile {
    /// Opens a file, and checks its header against its length.
    ///
    /// # Errors
    /// What is wrong with it, without its name.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("cannot open it: {error}"))?;
        let about = file.metadata().map_err(|error| error.to_string())?;
        if !about.is_file() {
            return Err("expected a safetensors file".to_owned());
        }
        let mut file = BufReader::new(file);
        let mut length = [0; LENGTH as usize];
        let unreadable = |error: io::Error| format!("cannot read it: {error}");
        if about.len() < LENGTH {
            let bytes = about.len();
            return Err(format!("no safetensors file: it has only {bytes} bytes"));
        }
        file.read_exact(&mut length).map_err(unreadable)?;
        let (length, left) = (u64::from_le_bytes(length), about.len() - LENGTH);
        if length > left.min(LONGEST_HEADER) {
            return Err(format!(
                "no safetensors file, or cut off: it begins with a header of {length} bytes, and has {left}"
            ));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(unreadable)?;
        let Contents { metadata, tensors } = serde_json::from_slice(&header)
            .map_err(|error| format!("no safetensors file, or damaged: its header: {error}"))?;
        check_offsets(&tensors, left - length)?;
        Ok(Self {
            file,
            data: LENGTH + length,
            metadata,
            tensors,
        })
    }

    /// The text under a key.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape and the values of a tensor of real numbers.
    ///
    /// # Errors
    /// There is none of this name, its elements are others, or it cannot be read.
    pub fn real(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let info = self.info(name, "F32")?;
        let shape = info.shape.clone();
        Ok((shape, self.read(name)?))
    }

    /// A tensor of text; nothing if there is none of this name.
    ///
    /// # Errors
    /// Its elements are no bytes, or it cannot be read.
    pub fn text(&mut self, name: &str) -> Result<Vec<u8>, String> {
        if !self.tensors.contains_key(name) {
            return Ok(Vec::new());
        }
        self.info(name, "U8")?;
        self.read(name)
    }

    fn info(&self, name: &str, dtype: &str) -> Result<&Info, String> {
        let info = self.tensors.get(name);
        let info = info.ok_or_else(|| format!("it has no tensor {name}"))?;
        if info.dtype != dtype {
            let found = &info.dtype;
            return Err(format!("the tensor {name} is of {found}; expected {dtype}"));
        }
        Ok(info)
    }

    fn read<T: Pod + Zeroable>(&mut self, name: &str) -> Result<Vec<T>, String> {
        let [begin, end] = self.tensors[name].data_offsets;
        let mut values = vec![T::zeroed(); (end - begin) as usize / size_of::<T>()];
        self.file
            .seek(SeekFrom::Start(self.data + begin))
            .and_then(|_| self.file.read_exact(bytemuck::cast_slice_mut(&mut values)))
            .map_err(|error| format!("cannot read the tensor {name}: {error}"))?;
        Ok(values)
    }
}

/// That the tensors follow one another, cover the data, and are as long as their shapes say.
fn check_offsets(tensors: &BTreeMap<String, Info>, data: u64) -> Result<(), String> {
    let mut all: Vec<_> = tensors.iter().collect();
    all.sort_by_key(|(_, info)| info.data_offsets);
    let mut covered = 0;
    for (name, info) in all {
        let [begin, end] = info.data_offsets;
        if begin != covered || end < begin || end > data {
            return Err(format!(
                "cut off or damaged: the tensor {name} is at {begin} to {end} of {data} bytes; expected it at {covered}"
            ));
        }
        let size = match info.dtype.as_str() {
            "U8" => Some(1),
            "F32" => Some(4),
            _ => None, // Not read here.
        };
        let product = |sum: u64, side: &usize| sum.checked_mul(*side as u64);
        let fits = |size| info.shape.iter().try_fold(size, product) == Some(end - begin);
        if !size.is_none_or(fits) {
            return Err(format!(
                "the tensor {name} has the shape {:?} and {} bytes, which do not agree",
                info.shape,
                end - begin
            ));
        }
        covered = end;
    }
    if covered != data {
        return Err(format!(
            "damaged: its tensors have {covered} bytes, and there are {data}"
        ));
    }
    Ok(())
}
