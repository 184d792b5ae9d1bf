//! Where the time of a run goes, on the console.

use std::time::Instant;

use super::EpochProfile;
use super::page::share_text;
use super::roofline::Group;
use crate::bench::{Counts, Spread, time};
use crate::program::Phase;
use crate::report::tables::{percent, table};

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

    /// Name and seconds of each phase that has ended.
    pub fn ended(&self) -> &[(String, f64)] {
        &self.ended
    }
}

/// The start-up phases, what an epoch and a step cost, and what the kernels of the last epoch took. `epoch_ends`:
/// when each epoch ended.
pub fn profile_table(
    phases: &Phases,
    epoch_ends: &[Instant],
    step: &Counts,
    last: Option<&EpochProfile>,
) -> String {
    let row = |name: &str, seconds: f64| vec![name.to_owned(), time(seconds)];
    let mut rows = vec![vec!["time to the first step".to_owned(), String::new()]];
    let ended = phases.ended.iter();
    rows.extend(ended.clone().map(|(name, seconds)| row(name, *seconds)));
    rows.push(row("total", ended.map(|(_, seconds)| seconds).sum()));
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
    if let Some(last) = last {
        text.push('\n');
        text.push_str(&kernel_table(last));
    }
    text
}

/// The kernels of an epoch, those of one name together.
fn kernel_table(profile: &EpochProfile) -> String {
    let groups = Group::all(&profile.kernels);
    let total: f64 = groups.iter().map(Group::seconds).sum();
    let head = [
        "kernels of the last epoch",
        "calls",
        "time",
        "share",
        "roofline",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for group in &groups {
        let reached = profile.roofline.filter(|_| group.seconds() > 0.0);
        let reached = reached.map(|roofline| group.least_seconds(&roofline) / group.seconds());
        rows.push(vec![
            kernel_name(group),
            group.calls().to_string(),
            time(group.seconds()),
            percent(group.seconds() / total.max(f64::MIN_POSITIVE)),
            reached.map_or(String::new(), share_text),
        ]);
    }
    table(&rows)
}

/// Its name, and that of its phase where it does not train.
fn kernel_name(group: &Group<'_>) -> String {
    match group.phase() {
        Phase::Evaluate => format!("{} (evaluation)", group.name()),
        _ => group.name().to_owned(),
    }
}
