//! What both backends note a profile with.

use std::time::Instant;

use super::{Clock, Cost, KernelProfile, MAX_SPANS, Profile, Span, Work};
use crate::program::Phase;

/// What is known of a kernel before it runs.
pub(in crate::backend) struct Known {
    pub name: String,
    pub writes: String,
    pub cost: Cost,
}

/// Sums up the calls of a program's kernels, and keeps the first of them.
pub(in crate::backend) struct Recorder {
    origin: Instant,
    profile: Profile,
    costs: Vec<Cost>,
    /// Kernels of training, and how many of them fetch the minibatch.
    train: usize,
    fetch: usize,
    /// Until when the device is known to have been at work.
    last_end: u64,
}

impl Recorder {
    /// For the kernels of training, of which the first `fetch` fetch the minibatch, and those of an evaluation; with
    /// a clock for submissions those of a phase become one.
    pub fn new(
        clock: Clock,
        origin: Instant,
        train: Vec<Known>,
        fetch: usize,
        evaluate: Vec<Known>,
    ) -> Self {
        let (mut kernels, mut costs) = (Vec::new(), Vec::new());
        let trained = train.len();
        for (phase, known) in [(Phase::Train, train), (Phase::Evaluate, evaluate)] {
            costs.extend(known.iter().map(|known| known.cost));
            let kernel = |name, writes, dispatches| KernelProfile {
                phase,
                name,
                writes,
                dispatches,
                calls: 0,
                nanoseconds: 0,
                work: Work::default(),
            };
            match clock {
                Clock::Submissions => {
                    let name = "all kernels of a step".to_owned();
                    kernels.push(kernel(name, String::new(), known.len()));
                }
                Clock::Host | Clock::Timestamps => kernels.extend(
                    known
                        .into_iter()
                        .map(|known| kernel(known.name, known.writes, 1)),
                ),
            }
        }
        Self {
            origin,
            profile: Profile {
                clock,
                kernels,
                spans: Vec::new(),
                done: 0,
            },
            costs,
            train: trained,
            fetch,
            last_end: 0,
        }
    }

    /// Nanoseconds since profiling began.
    pub fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    pub fn at(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    /// The phase's kernel of this position was at work.
    pub fn kernel(&mut self, phase: Phase, position: usize, rows: u64, [begin, end]: [u64; 2]) {
        let kernel = position
            + match phase {
                Phase::Train | Phase::Fetch => 0,
                Phase::Loss => self.fetch,
                Phase::Evaluate => self.train,
            };
        let work = self.costs[kernel].at(rows);
        self.note(kernel, 1, [begin, end], work);
    }

    /// Steps of a phase, one for each number of rows, were at work.
    pub fn steps(&mut self, phase: Phase, rows: &[u64], times: [u64; 2]) {
        let (kernel, costs) = match phase {
            Phase::Train => (0, &self.costs[..self.train]),
            Phase::Fetch => (0, &self.costs[..self.fetch]),
            Phase::Loss => (0, &self.costs[self.fetch..self.train]),
            Phase::Evaluate => (1, &self.costs[self.train..]),
        };
        let all = rows
            .iter()
            .flat_map(|rows| costs.iter().map(|cost| cost.at(*rows)));
        let work = all.fold(Work::default(), |sum, work| sum + work);
        self.note(kernel, rows.len() as u64, times, work);
    }

    fn note(&mut self, kernel: usize, calls: u64, [begin, end]: [u64; 2], work: Work) {
        // A kernel that overlaps with the one before it counts from the other's end, so that no time counts twice.
        let begin = begin.max(self.last_end);
        let end = end.max(begin);
        self.last_end = end;
        let profile = &mut self.profile;
        let figures = &mut profile.kernels[kernel];
        figures.calls += calls;
        figures.nanoseconds += end - begin;
        figures.work += work;
        profile.done += 1;
        if profile.spans.len() < MAX_SPANS {
            profile.spans.push(Span {
                kernel,
                begin,
                end,
                work,
            });
        }
    }

    /// What was noted since the last time.
    pub fn take(&mut self) -> Profile {
        let taken = self.profile.clone();
        self.profile.spans.clear();
        self.profile.done = 0;
        for kernel in &mut self.profile.kernels {
            (kernel.calls, kernel.nanoseconds) = (0, 0);
            kernel.work = Work::default();
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder(clock: Clock) -> Recorder {
        let known = |name: &str| Known {
            name: name.to_owned(),
            writes: String::new(),
            cost: Cost::default(),
        };
        let train = ["fetch", "loss", "update"].map(known).into();
        Recorder::new(clock, Instant::now(), train, 1, vec![known("evaluate")])
    }

    #[test]
    fn calls_count_for_the_kernels_of_their_phase_and_no_time_counts_twice() {
        let mut recorder = recorder(Clock::Timestamps);
        recorder.kernel(Phase::Train, 0, 1, [10, 20]);
        recorder.kernel(Phase::Loss, 0, 1, [15, 30]);
        recorder.kernel(Phase::Evaluate, 0, 1, [28, 29]);
        let profile = recorder.take();
        let figures: Vec<_> = profile
            .kernels
            .iter()
            .map(|kernel| (kernel.name.as_str(), kernel.calls, kernel.nanoseconds))
            .collect();
        let expected = [
            ("fetch", 1, 10),
            ("loss", 1, 10),
            ("update", 0, 0),
            ("evaluate", 1, 0),
        ];
        assert_eq!(figures, expected);
        assert_eq!(recorder.take().done, 0);
    }

    #[test]
    fn figures_count_what_is_too_much_for_spans() {
        let mut recorder = recorder(Clock::Submissions);
        for i in 0..MAX_SPANS as u64 + 5 {
            recorder.steps(Phase::Train, &[1, 1], [i, i + 1]);
        }
        let profile = recorder.take();
        assert_eq!(profile.spans.len(), MAX_SPANS);
        assert_eq!(profile.kernels[0].calls, 2 * (MAX_SPANS as u64 + 5));
        assert_eq!(profile.kernels[0].dispatches, 3);
        assert_eq!(profile.kernels.len(), 2);
    }
}
