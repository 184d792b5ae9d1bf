//! `--profiling` on the console: where the time of a run goes.

use std::time::Instant;

use super::tables::table;
use crate::backend::KernelTime;
use crate::bench::{Counts, Spread, time};

/// A stopwatch of the phases that follow one another before the first step.
#[derive(Debug, Clone)]
pub struct Phases {
    last: Instant,
    /// Name and seconds of each.
    ended: Vec<(String, f64)>,
}

impl Phases {
    /// Starts the first phase.
    pub fn start() -> Self {
        Self {
            last: Instant::now(),
            ended: Vec::new(),
        }
    }

    /// Ends a phase, and starts the next.
    pub fn end(&mut self, name: impl Into<String>) {
        let now = Instant::now();
        self.ended
            .push((name.into(), (now - self.last).as_secs_f64()));
        self.last = now;
    }

    /// Starts the next phase now: what happened since the last one ended is none.
    pub fn restart(&mut self) {
        self.last = Instant::now();
    }
}

/// The start-up phases, what an epoch and a step cost, and what the kernels of a step take. `epoch_ends`: when
/// each epoch ended.
pub fn profile_table(
    phases: &Phases,
    epoch_ends: &[Instant],
    step: &Counts,
    kernels: &[KernelTime],
) -> String {
    let row = |name: &str, seconds: f64| vec![name.to_owned(), time(seconds)];
    let mut rows = vec![row("time to the first step", 0.0)];
    rows[0][1].clear();
    rows.extend(
        phases
            .ended
            .iter()
            .map(|(name, seconds)| row(name, *seconds)),
    );
    rows.push(row(
        "total",
        phases.ended.iter().map(|(_, seconds)| seconds).sum(),
    ));
    let mut text = table(&rows);

    let mut cost = vec![["cost", "median", "quartiles"].map(str::to_owned).to_vec()];
    let seconds: Vec<f64> = epoch_ends
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64())
        .collect();
    if let Some(spread) = Spread::of(&seconds) {
        let quartiles = format!("{} - {}", time(spread.quartile1), time(spread.quartile3));
        cost.push(vec![
            "epoch after the first".to_owned(),
            time(spread.median),
            quartiles,
        ]);
    }
    cost.push(vec![
        "dispatches of a step".to_owned(),
        step.dispatches.to_string(),
        String::new(),
    ]);
    text.push('\n');
    text.push_str(&table(&cost));
    text.push('\n');
    text.push_str(&kernel_table(kernels));
    text
}

/// Each kernel of a step, on its own, waited for.
fn kernel_table(kernels: &[KernelTime]) -> String {
    let total: f64 = kernels.iter().map(|k| k.time.as_secs_f64()).sum();
    let mut rows = vec![
        ["kernel of a step", "alone", "share"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for kernel in kernels {
        let seconds = kernel.time.as_secs_f64();
        let share = format!("{:.1}%", 100.0 * seconds / total.max(f64::MIN_POSITIVE));
        rows.push(vec![kernel.name.clone(), time(seconds), share]);
    }
    table(&rows)
}
