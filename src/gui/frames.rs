//! What frames cost: the CPU time of the window's thread.

use crate::host;

/// The CPU time that each frame took on the calling thread, from the beginning of one to that of the next.
#[derive(Debug, Default)]
pub struct Frames {
    before: Option<f64>,
    /// In milliseconds, in no order.
    took: Vec<f64>,
}

/// Frames whose times are kept.
const MOST: usize = 100_000;

impl Frames {
    /// A frame begins.
    pub fn begin(&mut self) {
        let now = host::thread_cpu_seconds();
        if let (Some(before), Some(now)) = (self.before, now)
            && self.took.len() < MOST
        {
            self.took.push(1e3 * (now - before));
        }
        self.before = now;
    }

    /// For people: how many frames, and what they took; `None` where the system does not tell.
    pub fn summary(&self) -> Option<String> {
        let mut took = self.took.clone();
        took.sort_by(f64::total_cmp);
        let at = |share: f64| took.get(((took.len() - 1) as f64 * share) as usize);
        let (median, high, most) = match took.len() {
            0 => return None,
            _ => (at(0.5)?, at(0.95)?, took.last()?),
        };
        Some(format!(
            "{} frames; CPU time of the window's thread: median {median:.1} ms, 95% {high:.1} ms, most {most:.1} ms",
            took.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_orders_the_frames() {
        let frames = Frames {
            before: None,
            took: vec![3.0, 1.0, 2.0],
        };
        let summary = frames.summary().unwrap();
        assert!(summary.contains("3 frames"), "{summary}");
        assert!(summary.contains("median 2.0 ms"), "{summary}");
        assert!(summary.contains("most 3.0 ms"), "{summary}");
        assert_eq!(Frames::default().summary(), None);
    }
}
