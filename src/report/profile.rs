//! `--profiling`: where the time of a run goes, on the console and as a page and a trace for each epoch.

mod console;
mod host;
mod page;
mod roofline;
mod trace;

pub use console::{Phases, profile_table};
pub use host::{HostClock, HostProfile, HostSpan, HostSum, HostThread};
pub use page::page;
pub use roofline::Roofline;
pub use trace::trace;

use crate::backend::profile::Profile;

/// Where the time of an epoch went.
#[derive(Debug, Clone)]
pub struct EpochProfile {
    pub run: String,
    pub device: String,
    pub epoch: u32,
    /// What came before the first step, with the first epoch.
    pub startup: Option<Phases>,
    /// What the device can do, if that was measured.
    pub roofline: Option<Roofline>,
    pub host: HostProfile,
    pub kernels: Profile,
}

#[cfg(test)]
impl EpochProfile {
    /// Two kernels of a step, the second never called, and one of an evaluation.
    fn example() -> Self {
        use crate::backend::profile::{Clock, KernelProfile, Span, Work};
        use crate::program::Phase;
        let work = Work {
            bytes: 4000,
            flops: 1000,
        };
        let kernel = |phase, name: &str, calls: u64| KernelProfile {
            phase,
            name: name.to_owned(),
            writes: "L0_Dense_W".to_owned(),
            dispatches: 1,
            calls,
            nanoseconds: 8000 * calls,
            work: Work {
                bytes: 4000 * calls,
                flops: 1000 * calls,
            },
        };
        let span = |kernel, begin| Span {
            kernel,
            begin,
            end: begin + 8000,
            work,
        };
        let clock = HostClock::start();
        clock.note(HostThread::Training, "training steps", clock.origin());
        let mut startup = Phases::start();
        startup.end("open the device");
        Self {
            run: "<main>".to_owned(),
            device: "a & b".to_owned(),
            epoch: 3,
            startup: Some(startup),
            roofline: Some(Roofline {
                bytes_per_second: 1e9,
                flops_per_second: 1e9,
            }),
            host: clock.take(),
            kernels: Profile {
                clock: Clock::Timestamps,
                kernels: vec![
                    kernel(Phase::Train, "matmul / tiles", 2),
                    kernel(Phase::Train, "adam / adam", 0),
                    kernel(Phase::Evaluate, "matmul / tiles", 1),
                ],
                spans: vec![span(0, 1000), span(0, 11_500), span(2, 20_000)],
                done: 3,
            },
        }
    }
}
