//! The roofline: how fast a kernel could be on its device (Williams, Waterman and Patterson, "Roofline: an insightful
//! visual performance model for multicore architectures", 2009).

use crate::backend::profile::{KernelProfile, Profile, Work};
use crate::bench::Peak;
use crate::program::Phase;

/// What a device can do at most: a kernel that does `flops` operations on `bytes` bytes does
/// `min(peak FLOP/s, flops / bytes * peak bytes/s)` a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roofline {
    /// Read and written, by a large copy.
    pub bytes_per_second: f64,
    /// Of a product of matrices.
    pub flops_per_second: f64,
}

impl From<&Peak> for Roofline {
    fn from(peak: &Peak) -> Self {
        Self {
            bytes_per_second: peak.copy_bytes_per_second,
            flops_per_second: peak.matmul_flops_per_second,
        }
    }
}

impl Roofline {
    /// The least time that the work takes.
    pub fn seconds(&self, work: Work) -> f64 {
        let [moving, computing] = self.sides(work);
        moving.max(computing)
    }

    /// Whether the operations take longer than the bytes.
    pub fn is_bound_by_compute(&self, work: Work) -> bool {
        let [moving, computing] = self.sides(work);
        computing > moving
    }

    fn sides(&self, work: Work) -> [f64; 2] {
        [
            work.bytes as f64 / self.bytes_per_second,
            work.flops as f64 / self.flops_per_second,
        ]
    }
}

/// All kernels of one name in a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<'a> {
    pub kernels: Vec<&'a KernelProfile>,
}

impl<'a> Group<'a> {
    /// The kernels of a profile by name, those that take the longest first.
    pub fn all(profile: &'a Profile) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for kernel in &profile.kernels {
            let known = groups
                .iter_mut()
                .find(|group| group.name() == kernel.name && group.phase() == kernel.phase);
            match known {
                Some(group) => group.kernels.push(kernel),
                None => groups.push(Self {
                    kernels: vec![kernel],
                }),
            }
        }
        groups.sort_by(|a, b| b.seconds().total_cmp(&a.seconds()));
        groups
    }

    /// One kernel alone.
    pub fn of(kernel: &'a KernelProfile) -> Self {
        Self {
            kernels: vec![kernel],
        }
    }

    pub fn name(&self) -> &'a str {
        self.kernels.first().map_or("", |kernel| &kernel.name)
    }

    pub fn phase(&self) -> Phase {
        self.kernels.first().map_or(Phase::Train, |k| k.phase)
    }

    /// In a step.
    pub fn dispatches(&self) -> usize {
        self.kernels.iter().map(|kernel| kernel.dispatches).sum()
    }

    pub fn calls(&self) -> u64 {
        self.kernels.iter().map(|kernel| kernel.calls).sum()
    }

    pub fn seconds(&self) -> f64 {
        let all = self.kernels.iter().map(|kernel| kernel.nanoseconds);
        all.sum::<u64>() as f64 / 1e9
    }

    pub fn work(&self) -> Work {
        let all = self.kernels.iter().map(|kernel| kernel.work);
        all.fold(Work::default(), |sum, work| sum + work)
    }

    /// The least time that the device could take for all calls.
    pub fn least_seconds(&self, roofline: &Roofline) -> f64 {
        let kernels = self.kernels.iter();
        kernels.map(|kernel| roofline.seconds(kernel.work)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOFLINE: Roofline = Roofline {
        bytes_per_second: 1e9,
        flops_per_second: 1e10,
    };

    fn kernel(name: &str, nanoseconds: u64, work: Work) -> KernelProfile {
        KernelProfile {
            phase: Phase::Train,
            name: name.to_owned(),
            writes: String::new(),
            dispatches: 1,
            calls: 1,
            nanoseconds,
            work,
        }
    }

    #[test]
    fn a_share_is_of_what_memory_or_arithmetic_allow_whichever_is_less() {
        // 1 µs to move, 0.1 µs to compute; then the other way round.
        for (bytes, flops, compute) in [(1000, 1000, false), (100, 10_000, true)] {
            let work = Work { bytes, flops };
            let kernel = kernel("k", 4000, work);
            let group = Group::of(&kernel);
            let share = group.least_seconds(&ROOFLINE) / group.seconds();
            assert!((share - 0.25).abs() < 1e-9, "{share}");
            assert_eq!(ROOFLINE.is_bound_by_compute(work), compute);
        }
    }

    #[test]
    fn kernels_of_one_name_are_a_group_and_the_slowest_group_comes_first() {
        let work = Work::default();
        let profile = Profile {
            clock: crate::backend::profile::Clock::Host,
            kernels: vec![
                kernel("a", 10, work),
                kernel("b", 15, work),
                kernel("a", 10, work),
            ],
            spans: Vec::new(),
            done: 0,
        };
        let groups = Group::all(&profile);
        let found: Vec<_> = groups.iter().map(|g| (g.name(), g.dispatches())).collect();
        assert_eq!(found, [("a", 2), ("b", 1)]);
    }
}
