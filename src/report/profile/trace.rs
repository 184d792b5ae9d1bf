//! A trace file in the Trace Event Format, for `chrome://tracing` and <https://ui.perfetto.dev>.
//!
//! The format: "Trace Event Format", by the Chromium project: an object with `traceEvents`, of which those of phase
//! `X` (complete) have a name, a start `ts` and a duration `dur` in microseconds, a process and a thread; those of
//! phase `M` (metadata) name processes and threads.

use serde::Serialize;
use serde_json::{Value, json};

use super::{EpochProfile, HostThread};
use crate::report::ReportError;

/// The file's processes: the host, and the device that works for it.
const HOST: u32 = 1;
const DEVICE: u32 = 2;

/// Their threads.
const FIRST: u32 = 1;
const LISTENERS: u32 = 2;

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "traceEvents")]
    events: Vec<Event<'a>>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "otherData")]
    other: Value,
}

#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    ph: &'static str,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

/// The trace of an epoch: its first spans, of the host and of the device.
///
/// # Errors
/// None that a profile can cause.
pub fn trace(profile: &EpochProfile) -> Result<String, ReportError> {
    let kernels = &profile.kernels;
    let mut events = vec![
        name("process_name", HOST, "host"),
        name("process_name", DEVICE, &profile.device),
        name("thread_name", HOST, "training"),
        name("thread_name", DEVICE, "kernels"),
        Event {
            tid: LISTENERS,
            ..name("thread_name", HOST, "listeners")
        },
    ];
    for span in &profile.host.spans {
        events.push(Event {
            cat: Some("host"),
            tid: match span.thread {
                HostThread::Training => FIRST,
                HostThread::Listeners => LISTENERS,
            },
            ..complete(span.what, HOST, [span.begin, span.end])
        });
    }
    for span in &kernels.spans {
        let Some(kernel) = kernels.kernels.get(span.kernel) else {
            continue;
        };
        events.push(Event {
            cat: Some("kernel"),
            args: json!({
                "writes": kernel.writes,
                "bytes": span.work.bytes,
                "flops": span.work.flops,
            }),
            ..complete(&kernel.name, DEVICE, [span.begin, span.end])
        });
    }
    let file = File {
        events,
        unit: "ms",
        other: json!({
            "run": profile.run,
            "epoch": profile.epoch,
            "device": profile.device,
            "device spans": kernels.spans.len(),
            "device spans in all": kernels.done,
        }),
    };
    Ok(serde_json::to_string(&file)?)
}

fn name<'a>(what: &'a str, pid: u32, name: &str) -> Event<'a> {
    Event {
        ph: "M",
        args: json!({ "name": name }),
        ts: None,
        dur: None,
        ..complete(what, pid, [0, 0])
    }
}

/// Something that was done from one nanosecond to another.
fn complete(name: &str, pid: u32, [begin, end]: [u64; 2]) -> Event<'_> {
    Event {
        name,
        ph: "X",
        pid,
        tid: FIRST,
        cat: None,
        ts: Some(begin as f64 / 1e3),
        dur: Some((end - begin) as f64 / 1e3),
        args: Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields that the format's document asks for, event by event.
    #[test]
    fn a_trace_has_the_documented_fields_and_microseconds() {
        let text = trace(&EpochProfile::example()).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["displayTimeUnit"], "ms");
        let events = file["traceEvents"].as_array().unwrap();
        for event in events {
            assert!(event["name"].is_string(), "{event}");
            assert!(event["pid"].is_u64() && event["tid"].is_u64(), "{event}");
            match event["ph"].as_str().unwrap() {
                "M" => assert!(event["args"]["name"].is_string(), "{event}"),
                "X" => {
                    assert!(event["ts"].as_f64().unwrap() >= 0.0, "{event}");
                    assert!(event["dur"].as_f64().unwrap() >= 0.0, "{event}");
                }
                other => panic!("{other}"),
            }
        }
        let kernels: Vec<&Value> = events.iter().filter(|e| e["cat"] == "kernel").collect();
        assert_eq!(kernels.len(), 3);
        assert_eq!(kernels[1]["ts"], 11.5);
        assert_eq!(kernels[1]["dur"], 8.0);
        assert_eq!(kernels[1]["args"]["bytes"], 4000);
        assert_eq!(events.iter().filter(|e| e["cat"] == "host").count(), 1);
    }
}
