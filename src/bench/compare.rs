//! Two reports side by side: what got faster, what slower.

use super::measurement::Measurement;
use super::report::{Report, si, time, with_head};
use super::statistics::Spread;

/// Change of a figure without a spread of its own that is taken for noise.
const NOISE: f64 = 0.1;

/// A figure of a measurement; less is better in all of them.
struct Figure {
    name: &'static str,
    value: fn(&Measurement) -> Option<f64>,
    text: fn(f64) -> String,
    judge: Judge,
}

/// When a figure has changed.
enum Judge {
    /// When the middle halves of the epochs do not touch.
    Spread,
    /// When it changed by more than [`NOISE`].
    Noise,
    /// When it changed at all.
    Exact,
}

const FIGURES: [Figure; 7] = [
    Figure {
        name: "s/epoch",
        value: |m| Some(m.seconds().median),
        text: time,
        judge: Judge::Spread,
    },
    Figure {
        name: "first epoch",
        value: |m| Some(m.first_epoch_seconds),
        text: time,
        judge: Judge::Noise,
    },
    Figure {
        name: "peak MiB",
        value: |m| m.peak_rss_mib,
        text: si,
        judge: Judge::Noise,
    },
    Figure {
        name: "thread CPU/step",
        value: |m| m.thread_seconds_per_step,
        text: time,
        judge: Judge::Noise,
    },
    Figure {
        name: "dispatches/step",
        value: |m| Some(m.step_counts.dispatches),
        text: si,
        judge: Judge::Exact,
    },
    Figure {
        name: "submissions/epoch",
        value: |m| Some(m.epoch_counts.submissions),
        text: si,
        judge: Judge::Exact,
    },
    Figure {
        name: "bytes up/epoch",
        value: |m| Some(m.epoch_counts.uploaded_bytes),
        text: si,
        judge: Judge::Exact,
    },
];

/// The table of ratios, for each measurement that both reports have.
///
/// # Errors
/// They have none in common.
pub fn compare(before: &Report, now: &Report) -> anyhow::Result<String> {
    let head = [
        "workload",
        "device",
        "figure",
        "before",
        "now",
        "now/before",
        "",
    ];
    let mut rows = Vec::new();
    for new in &now.measurements {
        let same = |old: &&Measurement| old.workload == new.workload && old.name == new.name;
        let Some(old) = before.measurements.iter().find(same) else {
            continue;
        };
        for figure in &FIGURES {
            let (Some(a), Some(b)) = ((figure.value)(old), (figure.value)(new)) else {
                continue;
            };
            let ratio = if a == b { 1.0 } else { b / a };
            rows.push(vec![
                new.workload.clone(),
                new.choice().to_owned(),
                figure.name.to_owned(),
                (figure.text)(a),
                (figure.text)(b),
                format!("{ratio:.2}"),
                figure
                    .verdict(ratio, &old.seconds(), &new.seconds())
                    .to_owned(),
            ]);
        }
    }
    let table = with_head(head.map(str::to_owned).to_vec(), rows).ok_or_else(|| {
        anyhow::anyhow!(
            "--compare: the two have no workload on the same --device in common; {} has {}, {} has {}",
            before.date,
            names(before),
            now.date,
            names(now)
        )
    })?;
    Ok(format!(
        "before: {} of {}, {}\nnow:    {} of {}, {}\n\n{table}",
        before.program, before.date, before.cpu, now.program, now.date, now.cpu
    ))
}

impl Figure {
    fn verdict(&self, ratio: f64, old: &Spread, new: &Spread) -> &'static str {
        let (less, more) = match self.judge {
            Judge::Spread => (new.quartile3 < old.quartile1, new.quartile1 > old.quartile3),
            Judge::Noise => (ratio < 1.0 - NOISE, ratio > 1.0 + NOISE),
            Judge::Exact => (ratio < 1.0, ratio > 1.0),
        };
        match (less, more) {
            (true, _) => "better",
            (_, true) => "WORSE",
            _ => "",
        }
    }
}

fn names(report: &Report) -> String {
    let names = report
        .measurements
        .iter()
        .map(|m| format!("{} on {}", m.workload, m.choice()));
    names.collect::<Vec<_>>().join(", ")
}
