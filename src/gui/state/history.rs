//! Values by epoch, within a bounded memory.

/// What was at the end of some epochs, in their order. When it grows beyond its budget, every second of the
/// older half is let go.
#[derive(Debug, Clone)]
pub struct History<T> {
    entries: Vec<(u32, T)>,
    bytes: usize,
    budget: usize,
}

impl<T> History<T> {
    /// Of at most so many bytes.
    pub fn of(budget: usize) -> Self {
        Self {
            entries: Vec::new(),
            bytes: 0,
            budget,
        }
    }

    /// Adds what takes so many bytes; of one epoch the last counts.
    pub fn push(&mut self, epoch: u32, value: T, bytes: usize) {
        // A run that is resumed tells epochs again.
        while self.entries.last().is_some_and(|(last, _)| *last >= epoch) {
            self.entries.pop();
            self.bytes = self.bytes.saturating_sub(bytes);
        }
        self.entries.push((epoch, value));
        self.bytes += bytes;
        if self.bytes > self.budget && self.entries.len() > 2 {
            let half = self.entries.len() / 2;
            let before = self.entries.len();
            let mut place = 0;
            self.entries.retain(|_| {
                place += 1;
                place > half || place % 2 == 1
            });
            let share = self.entries.len() as f64 / before as f64;
            self.bytes = (self.bytes as f64 * share) as usize;
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn last(&self) -> Option<&(u32, T)> {
        self.entries.last()
    }

    /// The epochs of which it has something.
    pub fn epochs(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|(epoch, _)| *epoch)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(u32, T)> {
        self.entries.iter()
    }

    /// What was at the end of the epoch, or of the last one before it that is kept.
    pub fn at(&self, epoch: u32) -> Option<&(u32, T)> {
        let after = self.entries.partition_point(|(entry, _)| *entry <= epoch);
        self.entries.get(after.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_half_thins_out_when_there_is_no_room() {
        let mut history = History::of(100);
        (0..1000).for_each(|epoch| history.push(epoch, epoch, 1));
        assert!(
            history.len() <= 100 && history.len() > 40,
            "{}",
            history.len()
        );
        let epochs: Vec<_> = history.epochs().collect();
        assert_eq!(epochs[0], 0);
        assert_eq!(
            epochs[history.len() - 10..],
            (990..1000).collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_epoch_that_was_thinned_out_shows_the_one_before() {
        let mut history = History::of(100);
        for epoch in [2, 4, 6] {
            history.push(epoch, epoch, 1);
        }
        assert_eq!(history.at(5).map(|(epoch, _)| *epoch), Some(4));
        assert_eq!(history.at(1).map(|(epoch, _)| *epoch), None);
        assert_eq!(history.at(99).map(|(epoch, _)| *epoch), Some(6));
    }
}
