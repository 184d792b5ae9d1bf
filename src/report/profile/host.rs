//! What the host does, and when.

use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Most spans that an epoch keeps; the sums count all.
const MAX_SPANS: usize = 2000;

/// What a host did in an epoch. Times are nanoseconds since profiling began.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HostProfile {
    pub begin: u64,
    pub end: u64,
    /// In the order in which they first came.
    pub sums: Vec<HostSum>,
    /// The first of all.
    pub spans: Vec<HostSpan>,
}

/// All that a host did of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSum {
    pub what: &'static str,
    pub calls: u64,
    pub nanoseconds: u64,
}

/// Who works; they may do so at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostThread {
    Training,
    Listeners,
}

/// A stretch of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSpan {
    pub thread: HostThread,
    pub what: &'static str,
    pub begin: u64,
    pub end: u64,
}

impl HostProfile {
    /// Nanoseconds of the epoch in which nothing of it was done.
    pub fn rest(&self) -> u64 {
        let done: u64 = self.sums.iter().map(|sum| sum.nanoseconds).sum();
        (self.end - self.begin).saturating_sub(done)
    }

    fn note(&mut self, span: HostSpan) {
        let nanoseconds = span.end - span.begin;
        match self.sums.iter_mut().find(|sum| sum.what == span.what) {
            Some(sum) => {
                sum.calls += 1;
                sum.nanoseconds += nanoseconds;
            }
            None => self.sums.push(HostSum {
                what: span.what,
                calls: 1,
                nanoseconds,
            }),
        }
        if self.spans.len() < MAX_SPANS {
            self.spans.push(span);
        }
    }
}

/// A clock that all who work for a run share.
#[derive(Debug, Clone)]
pub struct HostClock {
    origin: Instant,
    profile: Arc<Mutex<HostProfile>>,
}

impl HostClock {
    /// Begins now.
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
            profile: Arc::default(),
        }
    }

    pub fn origin(&self) -> Instant {
        self.origin
    }

    /// Something has been done since `begin`.
    pub fn note(&self, thread: HostThread, what: &'static str, begin: Instant) {
        let [begin, end] = [begin, Instant::now()].map(|instant| self.nanoseconds(instant));
        let span = HostSpan {
            thread,
            what,
            begin,
            end,
        };
        self.profile(|profile| profile.note(span));
    }

    /// What was done since the last time.
    pub fn take(&self) -> HostProfile {
        let end = self.nanoseconds(Instant::now());
        self.profile(|profile| {
            profile.end = end;
            let next = HostProfile {
                begin: end,
                end,
                ..HostProfile::default()
            };
            std::mem::replace(profile, next)
        })
    }

    fn nanoseconds(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn profile<T>(&self, work: impl FnOnce(&mut HostProfile) -> T) -> T {
        let mut profile = self
            .profile
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        work(&mut profile)
    }
}
