//! The runs of a session that have not begun.

use std::collections::VecDeque;

use super::interrupt;
use super::link::{Link, RunNumber, Update};
use super::wave::Waiting;
use crate::config::{ConfigError, ExperimentConfig, SessionConfig};
use crate::report::Progress;

/// Runs that wait, and where more of them come from.
pub struct Queue {
    /// All that were ever given, so that no two runs get the same id.
    experiments: Vec<ExperimentConfig>,
    given: usize,
    waiting: Waiting,
    link: Option<Link>,
}

impl Queue {
    /// Of a session's experiments, whose ids are distinct; runs are numbered from `first` on. A window that is
    /// linked may give more.
    pub fn new(experiments: Vec<ExperimentConfig>, first: usize, link: Option<Link>) -> Self {
        let mut queue = Self {
            experiments: Vec::new(),
            given: first,
            waiting: VecDeque::new(),
            link,
        };
        queue.add(experiments);
        queue
    }

    fn add(&mut self, experiments: Vec<ExperimentConfig>) {
        let first = self.given;
        let new = SessionConfig {
            experiments: experiments.clone(),
            ..SessionConfig::default()
        };
        for run in new.runs() {
            self.waiting.push_back((RunNumber(self.given), run));
            self.given += 1;
        }
        self.experiments.extend(experiments);
        if let Some(link) = &self.link
            && self.given > first
        {
            let queued = self.waiting.iter();
            let queued = queued.filter(|(number, _)| number.0 >= first);
            link.tell(Update::Queued(queued.cloned().collect()));
        }
    }

    /// Adds experiments under ids that no run has.
    fn add_unnamed(&mut self, experiments: Vec<ExperimentConfig>) -> Result<(), ConfigError> {
        let known = self.experiments.len();
        let mut all = SessionConfig {
            experiments: [self.experiments.clone(), experiments].concat(),
            ..SessionConfig::default()
        };
        all.make_ids_unique();
        all.validate()?;
        self.add(all.experiments.split_off(known));
        Ok(())
    }

    /// Waits until there are runs; false at the end of the session.
    pub fn wait(&mut self, progress: &Progress) -> bool {
        let Some(link) = self.link.clone() else {
            return !self.waiting.is_empty() && !interrupt::asked();
        };
        let mut is_told = false;
        loop {
            let may_wait = self.waiting.is_empty();
            if may_wait && !is_told {
                link.tell(Update::Idle);
                is_told = true;
            }
            while let Some(experiments) = link.next(may_wait && self.waiting.is_empty()) {
                let before = self.epochs();
                match self.add_unnamed(experiments) {
                    Ok(()) => progress.more(self.epochs() - before),
                    Err(error) => link.tell(Update::Failed(error.to_string())),
                }
            }
            let forgotten = link.forgotten();
            self.waiting
                .retain(|(number, _)| !forgotten.contains(number));
            if link.quits() || interrupt::asked() {
                return false;
            }
            if !self.waiting.is_empty() || link.has_left() {
                return !self.waiting.is_empty();
            }
        }
    }

    pub fn first(&self) -> Option<&ExperimentConfig> {
        self.runs().next()
    }

    pub fn runs(&self) -> impl Iterator<Item = &ExperimentConfig> {
        self.waiting.iter().map(|(_, run)| run)
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Of all runs that wait.
    pub fn epochs(&self) -> u64 {
        self.runs().map(|run| u64::from(run.training.epochs)).sum()
    }

    pub fn waiting(&mut self) -> &mut Waiting {
        &mut self.waiting
    }
}
