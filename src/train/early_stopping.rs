//! Early stopping: notices that the dev cost no longer falls.

/// Counts epochs without a lower dev cost.
#[derive(Debug, Clone)]
pub struct EarlyStopping {
    patience: u32,
    lowest: f64,
    since: u32,
}

impl EarlyStopping {
    /// Notices after `patience` epochs without a lower cost.
    pub fn new(patience: u32) -> Self {
        Self {
            patience,
            lowest: f64::INFINITY,
            since: 0,
        }
    }

    /// Takes the dev cost of an epoch; true in the very epoch in which patience ends, once until the
    /// cost has been lower again.
    pub fn ends_with(&mut self, cost: f64) -> bool {
        if cost < self.lowest {
            self.lowest = cost;
            self.since = 0;
            return false;
        }
        self.since = self.since.saturating_add(1);
        self.since == self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_after_so_many_epochs_without_a_lower_cost() {
        let mut stopping = EarlyStopping::new(2);
        let costs = [1.0, 0.9, 0.9, 0.95, 0.95, 0.8, f64::NAN, 0.8];
        let ends = costs.map(|cost| stopping.ends_with(cost));
        assert_eq!(ends, [false, false, false, true, false, false, false, true]);
    }
}
