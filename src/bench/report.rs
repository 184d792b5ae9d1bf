//! All measurements of a run: as JSON, and as tables for people.

use std::time::SystemTime;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::measurement::{Measurement, Peak};
use crate::host;
use crate::ops::parallel;
use crate::report::table;

/// What a run of `shadernets bench` found, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// This program and its version.
    pub program: String,
    /// When it was measured: UTC, RFC 3339.
    pub date: String,
    pub system: String,
    pub cpu: String,
    pub threads: usize,
    pub peaks: Vec<Peak>,
    pub measurements: Vec<Measurement>,
}

impl Report {
    /// Of this machine, now.
    pub fn new(peaks: Vec<Peak>, measurements: Vec<Measurement>) -> Self {
        Self {
            program: concat!("shadernets ", env!("CARGO_PKG_VERSION")).to_owned(),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cpu: host::cpu_model().unwrap_or_default(),
            threads: parallel::threads(),
            peaks,
            measurements,
        }
    }

    /// Reads what `--json` wrote.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn read(path: &std::path::Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("--compare {}: cannot read it", path.display()))?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "--compare {}: it is not what `bench --json` writes",
                path.display()
            )
        })
    }

    /// The device's own rate of multiplications, if it was measured.
    fn peak_of(&self, measurement: &Measurement) -> Option<&Peak> {
        self.peaks.iter().find(|peak| peak.name == measurement.name)
    }

    /// For people.
    pub fn tables(&self) -> String {
        let mut text = format!(
            "{}, {}, {}, {} threads, {}\n",
            self.program, self.date, self.cpu, self.threads, self.system
        );
        for device in self.devices() {
            text.push_str(&format!("{device}\n"));
        }
        let tables = [self.peak_table(), self.time_table(), self.cost_table()];
        for table in tables.into_iter().flatten() {
            text.push('\n');
            text.push_str(&table);
        }
        text
    }

    /// Adapters with their drivers, each once.
    fn devices(&self) -> Vec<String> {
        let peaks = self.peaks.iter().map(|p| (&p.device, &p.driver));
        let measured = self.measurements.iter().map(|m| (&m.device, &m.driver));
        let mut devices: Vec<String> = Vec::new();
        for (device, driver) in measured.chain(peaks) {
            let device = format!("{device}, driver {driver}");
            if !driver.is_empty() && !devices.contains(&device) {
                devices.push(device);
            }
        }
        devices
    }

    fn peak_table(&self) -> Option<String> {
        let head = ["the device's own peak", "copy", "matmul 1024³"].map(str::to_owned);
        let rows = self.peaks.iter().map(|peak| {
            vec![
                choice(&peak.name),
                format!("{}B/s", si(peak.copy_bytes_per_second)),
                format!("{}FLOP/s", si(peak.matmul_flops_per_second)),
            ]
        });
        with_head(head.to_vec(), rows.collect())
    }

    fn time_table(&self) -> Option<String> {
        let head = [
            "workload",
            "device",
            "s/epoch",
            "quartiles",
            "epochs",
            "samples/s",
            "FLOP/s",
            "of peak",
            "first epoch",
            "peak MiB",
        ];
        let rows = self.measurements.iter().map(|m| {
            let spread = m.seconds();
            let share = self
                .peak_of(m)
                .map(|peak| m.flops_per_second() / peak.matmul_flops_per_second);
            vec![
                m.workload.clone(),
                m.choice().to_owned(),
                time(spread.median),
                format!("{} - {}", time(spread.quartile1), time(spread.quartile3)),
                m.epoch_seconds.len().to_string(),
                si(m.samples_per_second()),
                si(m.flops_per_second()),
                share.map_or("-".to_owned(), |share| format!("{:.1}%", 100.0 * share)),
                time(m.first_epoch_seconds),
                m.peak_rss_mib
                    .map_or("-".to_owned(), |mib| format!("{mib:.0}")),
            ]
        });
        with_head(head.map(str::to_owned).to_vec(), rows.collect())
    }

    fn cost_table(&self) -> Option<String> {
        let head = [
            "what the host does",
            "device",
            "steps/epoch",
            "dispatches/step",
            "submissions/step",
            "submissions/epoch",
            "uploads/epoch",
            "bytes up",
            "readbacks/epoch",
            "bytes back",
            "waits/epoch",
            "thread CPU/step",
            "process CPU/step",
        ];
        let rows = self.measurements.iter().map(|m| {
            let (step, epoch) = (&m.step_counts, &m.epoch_counts);
            let cpu = |seconds: Option<f64>| seconds.map_or("-".to_owned(), time);
            vec![
                m.workload.clone(),
                m.choice().to_owned(),
                m.steps.to_string(),
                count(step.dispatches),
                count(step.submissions),
                count(epoch.submissions),
                count(epoch.uploads),
                si(epoch.uploaded_bytes),
                count(epoch.readbacks),
                si(epoch.readback_bytes),
                count(epoch.waits),
                cpu(m.thread_seconds_per_step),
                cpu(m.process_seconds_per_step),
            ]
        });
        with_head(head.map(str::to_owned).to_vec(), rows.collect())
    }
}

/// A table, if there are rows.
pub fn with_head(head: Vec<String>, rows: Vec<Vec<String>>) -> Option<String> {
    let is_something = !rows.is_empty();
    is_something.then(|| table(&[vec![head], rows].concat()))
}

fn choice(name: &str) -> String {
    name.strip_prefix(super::measurement::NAME)
        .unwrap_or(name)
        .to_owned()
}

/// A duration with three digits.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{} µs", digits(1e6 * s)),
        s if s < 1.0 => format!("{} ms", digits(1e3 * s)),
        s => format!("{} s", digits(s)),
    }
}

/// A number with three digits and a prefix of thousands.
pub fn si(number: f64) -> String {
    let prefixes = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    match prefixes.iter().find(|(unit, _)| number >= *unit) {
        Some((unit, prefix)) => format!("{} {prefix}", digits(number / unit)),
        None => format!("{} ", digits(number)).trim_end().to_owned(),
    }
}

/// A count, whole where it is.
fn count(number: f64) -> String {
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        digits(number)
    }
}

fn digits(number: f64) -> String {
    match number.abs() {
        n if n >= 100.0 => format!("{number:.0}"),
        n if n >= 10.0 => format!("{number:.1}"),
        n if n >= 0.1 || n == 0.0 => format!("{number:.2}"),
        _ => format!("{number:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        assert_eq!(time(0.000_291_4), "291 µs");
        assert_eq!(time(0.0413), "41.3 ms");
        assert_eq!(time(2.0), "2.00 s");
        assert_eq!(si(14_300.0), "14.3 k");
        assert_eq!(si(2.19e11), "219 G");
        assert_eq!(si(440.0), "440");
        assert_eq!(count(33.0), "33");
        assert_eq!(count(1.0 / 64.0), "0.0156");
    }
}
