//! Early stopping: notices that the dev cost no longer falls.

use super::state::EarlyStoppingState;

/// Counts epochs without a lower dev cost.
#[derive(Debug, Clone)]
pub struct EarlyStopping {
    patience: u32,
    state: EarlyStoppingState,
}

impl EarlyStopping {
    /// Notices after `patience` epochs without a lower cost.
    pub fn new(patience: u32) -> Self {
        Self {
            patience,
            state: EarlyStoppingState::default(),
        }
    }

    /// Goes on from where another was.
    pub fn resume(&mut self, state: EarlyStoppingState) {
        self.state = state;
    }

    pub fn state(&self) -> EarlyStoppingState {
        self.state
    }

    /// Whether this epoch's cost is the lowest so far.
    pub fn is_best(&self, epoch: u32) -> bool {
        self.state.best_epoch == Some(epoch)
    }

    /// Takes the dev cost of an epoch; true in the very epoch in which patience ends, once until the
    /// cost has been lower again.
    pub fn ends_with(&mut self, epoch: u32, cost: f64) -> bool {
        if cost < self.state.lowest {
            self.state = EarlyStoppingState {
                lowest: cost,
                best_epoch: Some(epoch),
                since: 0,
            };
            return false;
        }
        self.state.since = self.state.since.saturating_add(1);
        self.state.since == self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_after_so_many_epochs_without_a_lower_cost() {
        let mut stopping = EarlyStopping::new(2);
        let costs = [1.0, 0.9, 0.9, 0.95, 0.95, 0.8, f64::NAN, 0.8];
        let ends = [0, 1, 2, 3, 4, 5, 6, 7].map(|i| stopping.ends_with(i, costs[i as usize]));
        assert_eq!(ends, [false, false, false, true, false, false, false, true]);
        assert!(stopping.is_best(5));
    }
}
