//! TensorBoard's event files: append-only records of scalars.
//!
//! A record is its length (u64), the checksum of that, the bytes of an `Event`, and the checksum of those, all
//! little-endian (TensorFlow, `tensorflow/core/lib/io/record_writer.h`). TensorBoard reads up to the last whole
//! record.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::{Message, Oneof};

use crate::runs::RunError;

/// The version of the format, in a file's first record.
const VERSION: &str = "brain.Event:2";

/// Runs that begin in the same second in one folder.
const MOST_IN_A_SECOND: u32 = 1000;

/// An event file that grows.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Makes a new file in a folder, which is made if need be. A run that goes on gets another one: TensorBoard
    /// reads all of them, in the order of their names.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn create(folder: &Path) -> Result<Self, RunError> {
        Self::start(folder, seconds_since_1970())
    }

    /// As [`create`](Self::create), for a run that goes on from before a step: TensorBoard forgets what earlier
    /// files say of that step and those after it.
    ///
    /// # Errors
    /// Those of [`create`](Self::create).
    pub fn resume(folder: &Path, step: u64) -> Result<Self, RunError> {
        let now = seconds_since_1970();
        let mut file = Self::start(folder, now)?;
        let status = SessionLog { status: START };
        file.append(&[event(now, step, What::SessionLog(status))])?;
        Ok(file)
    }

    fn start(folder: &Path, now: f64) -> Result<Self, RunError> {
        fs::create_dir_all(folder).map_err(RunError::io(folder, "make this folder"))?;
        // TensorBoard sorts by name.
        let name = |number| {
            format!(
                "events.out.tfevents.{:010}.shadernets.{number:03}",
                now as u64
            )
        };
        let taken = |number: &u32| folder.join(name(*number)).exists();
        let number = (0..MOST_IN_A_SECOND).find(|number| !taken(number));
        let path = folder.join(name(number.unwrap_or(MOST_IN_A_SECOND)));
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = file.map_err(RunError::io(&path, "make it"))?;
        let mut events = Self { path, file };
        events.append(&[event(now, 0, What::FileVersion(VERSION.to_owned()))])?;
        Ok(events)
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends values of a step, in one write; `wall_time` is in seconds since 1970.
    ///
    /// # Errors
    /// The disk is full, or the file is gone.
    pub fn scalars(
        &mut self,
        step: u64,
        wall_time: f64,
        values: &[(&str, f64)],
    ) -> Result<(), RunError> {
        let value = values.iter().map(|(tag, value)| Value {
            tag: (*tag).to_owned(),
            simple_value: Some(*value as f32),
        });
        let summary = Summary {
            value: value.collect(),
        };
        self.append(&[event(wall_time, step, What::Summary(summary))])
    }

    fn append(&mut self, events: &[Event]) -> Result<(), RunError> {
        let bytes = events
            .iter()
            .flat_map(|event| record(&event.encode_to_vec()));
        self.file
            .write_all(&bytes.collect::<Vec<_>>())
            .map_err(RunError::io(&self.path, "append to it"))
    }
}

fn seconds_since_1970() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

fn event(wall_time: f64, step: u64, what: What) -> Event {
    Event {
        wall_time,
        step: step as i64,
        what: Some(what),
    }
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length, &checksum(&length)[..], data, &checksum(data)].concat()
}

/// CRC-32C, masked: a checksum of data that holds checksums would be weak.
fn checksum(data: &[u8]) -> [u8; 4] {
    let crc = crc32c::crc32c(data);
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// `Event` of `tensorflow/core/util/event.proto`
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

/// `SessionLog.SessionStatus.START`
const START: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// `Summary` of `tensorflow/core/framework/summary.proto`
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    /// Of a oneof: written even where it is 0.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of a file's whole records, each with its checksums checked.
    fn events(bytes: &[u8]) -> Vec<Event> {
        let (mut events, mut rest) = (Vec::new(), bytes);
        while rest.len() > 12 {
            let (length, after) = rest.split_at(8);
            let bytes = u64::from_le_bytes(length.try_into().unwrap()) as usize;
            assert_eq!(after[..4], checksum(length));
            let data = &after[4..4 + bytes];
            assert_eq!(after[4 + bytes..][..4], checksum(data));
            events.push(Event::decode(data).unwrap());
            rest = &after[8 + bytes..];
        }
        assert!(rest.is_empty());
        events
    }

    #[test]
    fn a_record_is_framed_as_tensorflow_frames_it() {
        // Python, tensorboard 2.21: summary.writer.record_writer.RecordWriter(file).write(b"shadernets")
        let hex = record(b"shadernets")
            .into_iter()
            .map(|byte| format!("{byte:02x}"));
        let expected = "0a00000000000000aea3bf3a7368616465726e657473efc98e53";
        assert_eq!(hex.collect::<String>(), expected);
    }

    #[test]
    fn scalars_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = EventFile::create(&folder.path().join("tensorboard")).unwrap();
        file.scalars(3, 1.5, &[("cost/dev", 0.25), ("accuracy/dev", 0.0)])
            .unwrap();
        let events = events(&fs::read(file.path()).unwrap());
        let version = What::FileVersion(VERSION.to_owned());
        assert_eq!(events[0].what, Some(version));
        let value = |tag: &str, value| Value {
            tag: tag.to_owned(),
            simple_value: Some(value),
        };
        let value = vec![value("cost/dev", 0.25), value("accuracy/dev", 0.0)];
        assert_eq!(events[1], event(1.5, 3, What::Summary(Summary { value })));
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn each_session_has_a_file_of_its_own_and_a_later_one_sorts_after() {
        let folder = tempfile::tempdir().unwrap();
        let first = EventFile::create(folder.path()).unwrap();
        let second = EventFile::resume(folder.path(), 7).unwrap();
        assert!(first.path() < second.path());
        let events = events(&fs::read(second.path()).unwrap());
        let log = What::SessionLog(SessionLog { status: START });
        assert_eq!((events[1].step, &events[1].what), (7, &Some(log)));
    }
}
