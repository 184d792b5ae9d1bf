//! A session's runs, and shares of them for several machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::serde_as_text;
use super::{ConfigError, ExperimentConfig, InvalidText, Replicas, SessionConfig, require};

impl SessionConfig {
    /// Every run of the session, in order: an experiment that trains several times is as many runs, each
    /// with an id and a model seed of its own. The ids are distinct after
    /// [`make_ids_unique`](Self::make_ids_unique).
    pub fn runs(&self) -> Vec<ExperimentConfig> {
        self.experiments
            .iter()
            .flat_map(ExperimentConfig::runs)
            .collect()
    }

    /// The session as it trains: ids made distinct, every value checked, and the runs of its shard left.
    ///
    /// # Errors
    /// The first value out of range, with the name of its option; a shard that no run is left for.
    pub fn finished(mut self) -> Result<Self, ConfigError> {
        self.make_ids_unique();
        self.validate()?;
        if let Some(shard) = self.shard {
            let runs = self.runs();
            let all = runs.len();
            self.experiments = shard.of(runs);
            require(
                !self.experiments.is_empty(),
                "shard",
                shard,
                &format!("at most {all} shards: there are only {all} runs to share"),
            )?;
        }
        Ok(self)
    }

    /// Most runs that train as one program.
    pub fn most_replicas(&self) -> usize {
        match self.replicas {
            // Runs of several jobs are apart, and a profile is of one run.
            _ if self.jobs > 1 || self.profiling => 1,
            Replicas::Off => 1,
            Replicas::Auto => usize::MAX,
            Replicas::AtMost(most) => most as usize,
        }
    }
}

impl ExperimentConfig {
    /// The runs of the experiment, each an experiment that trains once: run k has the id
    /// `<exp-id>_<k>` for k >= 1, and the seed `model.seed + k`.
    pub fn runs(&self) -> impl Iterator<Item = Self> + '_ {
        (0..).zip(self.run_ids()).map(|(k, run_id)| {
            let mut run = self.clone();
            run.exp_id = run_id;
            run.model.seed = self.model.seed.wrapping_add(k);
            run.training.training_times = 1;
            run
        })
    }
}

/// A share of a session's runs: every `count`-th, from the `number`-th on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// From 1 to `count`.
    number: usize,
    count: usize,
}

impl Shard {
    /// The runs of this share. All shares together have each run once.
    pub fn of(self, runs: Vec<ExperimentConfig>) -> Vec<ExperimentConfig> {
        let mine = runs.into_iter().skip(self.number - 1);
        mine.step_by(self.count).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('/')
            .and_then(|(number, count)| {
                let (number, count) = (number.trim().parse().ok()?, count.trim().parse().ok()?);
                (1..=count)
                    .contains(&number)
                    .then_some(Self { number, count })
            })
            .ok_or_else(|| InvalidText::new("which share of how many, from 1/8 to 8/8 for eight"))
    }
}

serde_as_text!(Shard);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_runs_with_ids_and_seeds_of_their_own() {
        let mut session = SessionConfig::default();
        session.experiments[0].training.training_times = 3;
        session.experiments[0].model.seed = u64::MAX;
        session.experiments.push(ExperimentConfig::default());
        session.make_ids_unique();
        let runs = session.runs();
        let of = |run: &ExperimentConfig| {
            (
                run.exp_id.clone(),
                run.model.seed,
                run.training.training_times,
            )
        };
        let runs: Vec<_> = runs.iter().map(of).collect();
        let expected = [
            ("main", u64::MAX),
            ("main_1", 0),
            ("main_2", 1),
            ("main_0", 0),
        ];
        assert_eq!(runs, expected.map(|(id, seed)| (id.to_owned(), seed, 1)));
    }

    #[test]
    fn shards_have_each_run_once_and_in_order() {
        let mut session = SessionConfig::default();
        session.experiments[0].training.training_times = 7;
        let runs = session.runs();
        for count in [1, 2, 3, 8] {
            let shards: Vec<_> = (1..=count)
                .map(|number| Shard { number, count }.of(runs.clone()))
                .collect();
            for (r, run) in runs.iter().enumerate() {
                assert_eq!(
                    shards[r % count][r / count],
                    *run,
                    "run {r} of {count} shards"
                );
            }
            assert_eq!(shards.iter().map(Vec::len).sum::<usize>(), runs.len());
        }
    }

    #[test]
    fn a_shard_is_one_of_its_count() {
        assert_eq!(
            "2/8".parse(),
            Ok(Shard {
                number: 2,
                count: 8
            })
        );
        for text in ["0/8", "9/8", "1/0", "1", "-1/2", "1/2/3", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
