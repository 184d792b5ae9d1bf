//! How runs go on: freely, not at all, or by steps that a person asks for.

/// How the runs go on that were given before it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    #[default]
    Run,
    Rest,
    /// So many training steps in all were asked for, one at a time.
    Minibatches(u64),
    /// So many epochs.
    Epochs(u64),
}

/// When a run was given: how many times a pace had been asked for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Given(u64);

/// The pace that was asked for last. It does not hold for runs that are given later: who trains something new while
/// others rest wants it to train.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paces {
    last: Pace,
    asked: u64,
}

impl Paces {
    /// Asks for another pace.
    pub fn set(&mut self, pace: Pace) {
        self.asked += 1;
        self.last = pace;
    }

    /// Asks for one more training step of each run.
    pub fn step_minibatch(&mut self) {
        self.set(match self.last {
            Pace::Minibatches(steps) => Pace::Minibatches(steps + 1),
            _ => Pace::Minibatches(1),
        });
    }

    /// Asks for one more epoch of each run.
    pub fn step_epoch(&mut self) {
        self.set(match self.last {
            Pace::Epochs(epochs) => Pace::Epochs(epochs + 1),
            _ => Pace::Epochs(1),
        });
    }

    /// Of a run that is given now.
    pub fn given(&self) -> Given {
        Given(self.asked)
    }

    /// The pace of a run.
    pub fn of(&self, given: Given) -> Pace {
        match self.is_free(given) {
            true => Pace::Run,
            false => self.last,
        }
    }

    /// Whether a run trains while those that were given before it rest.
    pub fn is_beside(&self, given: Given) -> bool {
        self.is_free(given) && self.last != Pace::Run
    }

    fn is_free(&self, given: Given) -> bool {
        given.0 == self.asked
    }
}

/// The pace of one run, as the run keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    given: Given,
    /// How many times a pace had been asked for when it last looked.
    seen: u64,
    pace: Pace,
    /// Training steps after which it rests.
    until: u64,
}

impl Walk {
    /// Of a run that has just begun.
    pub fn of(given: Given) -> Self {
        Self {
            given,
            seen: given.0,
            pace: Pace::Run,
            until: u64::MAX,
        }
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Takes the pace that is asked for, after so many training steps, of so many an epoch.
    pub fn take(&mut self, paces: &Paces, done: u64, epoch: u64) {
        let pace = paces.of(self.given);
        let asked = paces.asked - self.seen;
        let before = std::mem::replace(&mut self.pace, pace);
        self.seen = paces.asked;
        if asked == 0 {
            return;
        }
        self.until = match (before, pace) {
            (_, Pace::Run) => u64::MAX,
            (_, Pace::Rest) => 0,
            // Some of them it knows of already.
            (Pace::Minibatches(_), Pace::Minibatches(steps)) if steps > asked => self.until + asked,
            (Pace::Epochs(_), Pace::Epochs(epochs)) if epochs > asked => self.until + asked * epoch,
            (_, Pace::Minibatches(steps)) => done + steps.min(asked),
            (_, Pace::Epochs(epochs)) => (done / epoch + epochs.min(asked)) * epoch,
        };
    }

    /// Whether it has come to where it rests.
    pub fn is_done(&self, done: u64) -> bool {
        done >= self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_holds_for_runs_that_were_given_before() {
        let mut paces = Paces::default();
        let first = paces.given();
        assert_eq!(paces.of(first), Pace::Run);
        assert!(!paces.is_beside(first));
        paces.set(Pace::Rest);
        let second = paces.given();
        assert_eq!((paces.of(first), paces.of(second)), (Pace::Rest, Pace::Run));
        assert!(paces.is_beside(second));
        paces.set(Pace::Rest);
        assert_eq!(paces.of(second), Pace::Rest);
        paces.set(Pace::Run);
        assert_eq!((paces.of(first), paces.of(second)), (Pace::Run, Pace::Run));
    }

    #[test]
    fn each_step_that_is_asked_for_is_taken_once() {
        let mut paces = Paces::default();
        let mut walk = Walk::of(paces.given());
        paces.step_minibatch();
        walk.take(&paces, 10, 8);
        assert!(!walk.is_done(10) && walk.is_done(11));
        // Before it has come there.
        paces.step_minibatch();
        paces.step_minibatch();
        walk.take(&paces, 10, 8);
        walk.take(&paces, 10, 8);
        assert!(!walk.is_done(12) && walk.is_done(13));
        // Unseen: it went on in between.
        paces.set(Pace::Run);
        paces.step_minibatch();
        walk.take(&paces, 20, 8);
        assert!(!walk.is_done(20) && walk.is_done(21));
        paces.step_epoch();
        walk.take(&paces, 21, 8);
        assert!(!walk.is_done(23) && walk.is_done(24));
        paces.step_epoch();
        walk.take(&paces, 24, 8);
        assert!(!walk.is_done(31) && walk.is_done(32));
    }

    #[test]
    fn steps_from_before_a_run_was_given_are_not_its_own() {
        let mut paces = Paces::default();
        (0..5).for_each(|_| paces.step_minibatch());
        let mut walk = Walk::of(paces.given());
        walk.take(&paces, 0, 8);
        assert!(!walk.is_done(1000));
        paces.step_minibatch();
        walk.take(&paces, 100, 8);
        assert!(!walk.is_done(100) && walk.is_done(101));
    }
}
