//! The runs of a session that have not begun.

use std::collections::VecDeque;

use super::interrupt;
use super::link::{Link, RunNumber, Update};
use super::pace::Given;
use crate::config::{ConfigError, ExperimentConfig, SessionConfig};
use crate::report::Progress;

/// A run that waits for its turn.
pub struct Waiting {
    pub number: RunNumber,
    pub given: Given,
    pub run: ExperimentConfig,
}

/// Runs that wait, and where more of them come from.
pub struct Queue {
    /// All that were ever given, so that no two runs get the same id.
    experiments: Vec<ExperimentConfig>,
    /// The number of the next run.
    next: usize,
    waiting: VecDeque<Waiting>,
    link: Option<Link>,
    /// How much the window had asked for when this was last looked at.
    heard: u64,
}

impl Queue {
    /// Of a session's experiments, whose ids are distinct; runs are numbered from `first` on. A window that is
    /// linked may give more.
    pub fn new(experiments: Vec<ExperimentConfig>, first: usize, link: Option<Link>) -> Self {
        let mut queue = Self {
            experiments: Vec::new(),
            next: first,
            waiting: VecDeque::new(),
            link,
            heard: 0,
        };
        queue.add(experiments, Given::default());
        queue
    }

    fn add(&mut self, experiments: Vec<ExperimentConfig>, given: Given) {
        let first = self.waiting.len();
        for run in experiments.iter().flat_map(ExperimentConfig::runs) {
            let number = RunNumber(self.next);
            self.next += 1;
            self.waiting.push_back(Waiting { number, given, run });
        }
        self.experiments.extend(experiments);
        if let Some(link) = &self.link
            && self.waiting.len() > first
        {
            let queued = self.waiting.iter().skip(first);
            let queued = queued.map(|waiting| (waiting.number, waiting.run.clone()));
            link.tell(Update::Queued(queued.collect()));
        }
    }

    /// Adds experiments under ids that no run has.
    fn add_unnamed(
        &mut self,
        experiments: Vec<ExperimentConfig>,
        given: Given,
    ) -> Result<(), ConfigError> {
        let known = self.experiments.len();
        let mut all = SessionConfig {
            experiments: [self.experiments.clone(), experiments].concat(),
            ..SessionConfig::default()
        };
        all.make_ids_unique();
        all.validate()?;
        self.add(all.experiments.split_off(known), given);
        Ok(())
    }

    /// Takes what the window has asked for since the last time; false if that is nothing.
    pub fn hear(&mut self, progress: &Progress) -> bool {
        let Some(link) = self.link.as_ref() else {
            return false;
        };
        let count = link.count();
        if count == self.heard {
            return false;
        }
        let link = link.clone();
        self.heard = count;
        while let Some((experiments, given)) = link.next() {
            let before = self.epochs();
            match self.add_unnamed(experiments, given) {
                Ok(()) => progress.more(self.epochs() - before),
                Err(error) => link.tell(Update::Failed(error.to_string())),
            }
        }
        let forgotten = link.forgotten();
        let is_wanted = |waiting: &Waiting| !forgotten.contains(&waiting.number);
        self.waiting.retain(is_wanted);
        true
    }

    /// Waits until there are runs; false at the end of the session.
    pub fn wait(&mut self, progress: &Progress) -> bool {
        let Some(link) = self.link.clone() else {
            return !self.waiting.is_empty() && !interrupt::asked();
        };
        loop {
            self.hear(progress);
            if link.quits() || interrupt::asked() {
                return false;
            }
            if !self.waiting.is_empty() || link.has_left() {
                return !self.waiting.is_empty();
            }
            link.tell(Update::Idle);
            while link.count() == self.heard && !interrupt::asked() {
                link.wait(self.heard);
            }
        }
    }

    /// Takes the runs that were given while others rest, to be trained beside them.
    pub fn take_beside(&mut self) -> VecDeque<Waiting> {
        let Some(paces) = self.link.as_ref().map(Link::paces) else {
            return VecDeque::new();
        };
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let (beside, others) = waiting.partition(|waiting| paces.is_beside(waiting.given));
        self.waiting = others;
        beside
    }

    /// Puts runs back that have no room yet.
    pub fn put_back(&mut self, runs: VecDeque<Waiting>) {
        runs.into_iter()
            .rev()
            .for_each(|run| self.waiting.push_front(run));
    }

    pub fn first(&self) -> Option<&ExperimentConfig> {
        self.runs().next()
    }

    pub fn runs(&self) -> impl Iterator<Item = &ExperimentConfig> {
        self.waiting.iter().map(|waiting| &waiting.run)
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Of all runs that wait.
    pub fn epochs(&self) -> u64 {
        self.runs().map(|run| u64::from(run.training.epochs)).sum()
    }

    pub fn waiting(&mut self) -> &mut VecDeque<Waiting> {
        &mut self.waiting
    }
}
