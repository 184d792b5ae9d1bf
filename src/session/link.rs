//! The link between a session and a window: what the window asks for, and what it is told.
//!
//! ```text
//! window ── Command ──> session          taken between two pieces of work of a run
//! session ── Update ──> window           as many as fit: a window that lags sees fewer epochs
//! ```
//!
//! Nobody waits for the other: the session drops what the window has no room for, and the window takes what is
//! there.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pace::{Given, Pace, Paces};
use crate::config::{ExperimentConfig, Rates, TrackLayer};
use crate::data::Dataset;
use crate::report::{Outcome, RunInfo};
use crate::runs::RunRecord;
use crate::train::{TrainingEvent, TrainingState};

pub use super::anatomy::{Anatomy, LayerInfo, ParameterInfo};

/// Most finished epochs that wait for the window.
const MOST_EPOCHS: usize = 4096;
/// How long one that waits for a command sleeps before it looks at signals.
const PATIENCE: Duration = Duration::from_millis(100);

/// A run of the session, counted from 0 in the order in which they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunNumber(pub usize);

/// What a window asks of a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// All runs rest after the step that is under way. Those that are given later train beside them.
    Pause,
    /// All runs go on.
    Resume,
    /// One training step of each run, then rest.
    StepMinibatch,
    /// To the end of the epoch, then rest.
    StepEpoch,
    /// Ends a run as Ctrl-C does: saved, to be resumed later.
    Stop(RunNumber),
    /// Other rates from the next step on.
    Steer(RunNumber, Rates),
    /// Writes a checkpoint now, if the run has a folder, and tells the state.
    Save(RunNumber),
    /// Tells the state only: [`Update::State`].
    Look(RunNumber),
    /// Tells units of these parameters with each look at the run.
    Track(RunNumber, Vec<TrackLayer>),
    /// Trains these after those that are at work.
    Train(Vec<ExperimentConfig>),
    /// Takes a run that waits for its turn away.
    Forget(RunNumber),
    /// Stops all runs and ends the session.
    Quit,
    /// Nobody will ask for more: the session ends when all runs are over.
    Leave,
}

/// A run that has begun.
#[derive(Debug, Clone)]
pub struct RunStart {
    pub info: RunInfo,
    pub dataset: Arc<Dataset>,
    /// Where its files are, if it has some.
    pub folder: Option<PathBuf>,
    pub anatomy: Anatomy,
    /// Training minibatches of an epoch.
    pub minibatches: usize,
    /// Of a run that is resumed: what came before.
    pub before: Option<RunRecord>,
}

/// What a session tells a window.
#[derive(Debug, Clone)]
pub enum Update {
    /// What trains, and a notice where that is not what a person might expect.
    Device {
        name: String,
        notice: Option<String>,
    },
    /// Bytes of the device's memory that this program has.
    DeviceMemory(u64),
    /// Runs that wait for their turn.
    Queued(Vec<(RunNumber, ExperimentConfig)>),
    /// A data set is read: images done, of so many.
    Loading {
        dataset: String,
        done: usize,
        total: usize,
    },
    Started(RunNumber, Box<RunStart>),
    /// With the seconds of training and evaluation since the run began.
    Event(RunNumber, TrainingEvent, f64),
    /// The model as it is now.
    State(RunNumber, Arc<TrainingState>, f64),
    Ended(RunNumber, Outcome),
    /// The runs are asked to rest, or to go on.
    Paused(bool),
    /// A run has heard that it is to rest, or to go on.
    Rests(RunNumber, bool),
    /// All runs that were given are over.
    Idle,
    /// Something that concerns no run in particular went wrong.
    Failed(String),
}

/// What a run is to do; its worker takes it between two pieces of work.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    Stop,
    Steer(Rates),
    Save,
    Look,
    Track(Vec<TrackLayer>),
}

/// What the window has asked for and nobody has taken yet.
#[derive(Default)]
struct Asked {
    paces: Paces,
    /// Of the session: runs to train next, and when they were given.
    next: VecDeque<(Vec<ExperimentConfig>, Given)>,
    forgotten: Vec<RunNumber>,
    wishes: BTreeMap<RunNumber, Vec<Wish>>,
    quits: bool,
    leaves: bool,
}

/// What the window has not taken yet.
#[derive(Default)]
struct Told {
    updates: VecDeque<Update>,
    epochs: usize,
}

struct Shared {
    asked: Mutex<Asked>,
    /// Something was asked.
    asks: Condvar,
    told: Mutex<Told>,
    /// Called when there is something to take where there was nothing.
    wake: Box<dyn Fn() + Send + Sync>,
    /// Grows with everything that is asked: workers look only when it has.
    count: AtomicU64,
    /// The window has drawn what it was told, and would look at the runs again.
    looks: AtomicU64,
}

/// The window's end.
#[derive(Clone)]
pub struct Remote(Arc<Shared>);

/// The session's end. Clones are for its parts.
#[derive(Clone)]
pub struct Link(Arc<Shared>);

/// The two ends of a new link; `wake` is called from the session's thread when the window has something to take.
pub fn link(wake: impl Fn() + Send + Sync + 'static) -> (Remote, Link) {
    let shared = Arc::new(Shared {
        asked: Mutex::default(),
        asks: Condvar::new(),
        told: Mutex::default(),
        wake: Box::new(wake),
        count: AtomicU64::new(0),
        looks: AtomicU64::new(1),
    });
    (Remote(Arc::clone(&shared)), Link(shared))
}

/// A part that panicked has left whole values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remote {
    /// Asks something of the session.
    pub fn ask(&self, command: Command) {
        let rests = match command {
            Command::Pause | Command::StepMinibatch | Command::StepEpoch => Some(true),
            Command::Resume => Some(false),
            _ => None,
        };
        let mut asked = lock(&self.0.asked);
        let mut wish = |run, wish| asked.wishes.entry(run).or_default().push(wish);
        match command {
            Command::Pause => asked.paces.set(Pace::Rest),
            Command::Resume => asked.paces.set(Pace::Run),
            Command::StepMinibatch => asked.paces.step_minibatch(),
            Command::StepEpoch => asked.paces.step_epoch(),
            Command::Stop(run) => wish(run, Wish::Stop),
            Command::Steer(run, rates) => wish(run, Wish::Steer(rates)),
            Command::Save(run) => wish(run, Wish::Save),
            Command::Look(run) => wish(run, Wish::Look),
            Command::Track(run, layers) => wish(run, Wish::Track(layers)),
            Command::Train(experiments) => {
                let given = asked.paces.given();
                asked.next.push_back((experiments, given));
            }
            Command::Forget(run) => asked.forgotten.push(run),
            Command::Quit => asked.quits = true,
            Command::Leave => {
                asked.leaves = true;
                asked.paces.set(Pace::Run);
            }
        }
        drop(asked);
        self.0.count.fetch_add(1, Ordering::Release);
        self.0.asks.notify_all();
        if let Some(rests) = rests {
            Link(Arc::clone(&self.0)).tell(Update::Paused(rests));
        }
    }

    /// What was told since the last call.
    pub fn take(&self) -> Vec<Update> {
        let mut told = lock(&self.0.told);
        told.epochs = 0;
        told.updates.drain(..).collect()
    }

    /// Asks for another look at samples, weights and spreads: one for each call at most.
    pub fn look_again(&self) {
        self.0.looks.fetch_add(1, Ordering::Relaxed);
    }
}

impl Link {
    /// Tells the window something. What shows how a run is now takes the place of what showed it before; of finished
    /// epochs every second is let go where the window takes too few.
    pub fn tell(&self, update: Update) {
        let mut told = lock(&self.0.told);
        let was_empty = told.updates.is_empty();
        if update.is_epoch() {
            told.epochs += 1;
            if told.epochs > MOST_EPOCHS {
                let mut place = 0;
                told.updates.retain(|update| {
                    place += usize::from(update.is_epoch());
                    !update.is_epoch() || place % 2 == 0
                });
                told.epochs = told.updates.iter().filter(|u| u.is_epoch()).count() + 1;
            }
        } else if let Some(view) = update.view() {
            told.updates.retain(|other| other.view() != Some(view));
        }
        told.updates.push_back(update);
        drop(told);
        if was_empty {
            (self.0.wake)();
        }
    }

    /// How much was asked so far: while it stays, there is nothing new to take.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }

    /// How many looks at the runs the window has asked for.
    pub fn looks(&self) -> u64 {
        self.0.looks.load(Ordering::Relaxed)
    }

    pub fn paces(&self) -> Paces {
        lock(&self.0.asked).paces
    }

    /// The window is gone.
    pub fn has_left(&self) -> bool {
        lock(&self.0.asked).leaves
    }

    pub fn quits(&self) -> bool {
        lock(&self.0.asked).quits
    }

    /// What a run is to do.
    pub fn wishes(&self, run: RunNumber) -> Vec<Wish> {
        lock(&self.0.asked).wishes.remove(&run).unwrap_or_default()
    }

    /// Runs that the window has taken away before they began.
    pub fn forgotten(&self) -> Vec<RunNumber> {
        std::mem::take(&mut lock(&self.0.asked).forgotten)
    }

    /// Experiments to train next, and when they were given.
    pub fn next(&self) -> Option<(Vec<ExperimentConfig>, Given)> {
        lock(&self.0.asked).next.pop_front()
    }

    /// Waits until something is asked that was not at this count, for a short time at most.
    pub fn wait(&self, count: u64) {
        let asked = lock(&self.0.asked);
        if self.count() == count {
            drop(self.0.asks.wait_timeout(asked, PATIENCE));
        }
    }
}

impl Update {
    fn is_epoch(&self) -> bool {
        matches!(self, Self::Event(_, TrainingEvent::EpochFinished { .. }, _))
    }

    /// Of what tells how something is now: whose it is, and what.
    fn view(&self) -> Option<(RunNumber, &str)> {
        match self {
            Self::Event(run, event, _) => match event {
                TrainingEvent::SamplesSeen { .. } | TrainingEvent::MinibatchSeen { .. } => {
                    Some((*run, "samples"))
                }
                TrainingEvent::UnitsTracked { units, .. } => Some((*run, &units.parameter)),
                _ => None,
            },
            Self::State(run, ..) => Some((*run, "state")),
            Self::Loading { .. } => Some((RunNumber(usize::MAX), "loading")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Score, TrackedUnits};

    fn epoch(epoch: u32) -> Update {
        let event = TrainingEvent::EpochFinished {
            epoch,
            minibatches: 1,
            training: Score::default(),
            dev: None,
            learning_rate: 0.1,
            early_stop: false,
        };
        Update::Event(RunNumber(0), event, 0.0)
    }

    fn units(value: f32) -> Update {
        let units = TrackedUnits {
            parameter: "W".to_owned(),
            shape: [1, 1],
            values: vec![value],
        };
        Update::Event(
            RunNumber(0),
            TrainingEvent::UnitsTracked { epoch: 0, units },
            0.0,
        )
    }

    #[test]
    fn a_window_that_lags_sees_fewer_epochs_and_all_else() {
        let (remote, link) = link(|| ());
        link.tell(Update::Paused(true));
        (0..100_000).for_each(|i| link.tell(epoch(i)));
        link.tell(Update::Idle);
        let updates = remote.take();
        assert!(updates.len() <= MOST_EPOCHS + 2, "{}", updates.len());
        assert!(updates.len() > MOST_EPOCHS / 3, "{}", updates.len());
        assert!(matches!(updates[0], Update::Paused(true)));
        assert!(matches!(updates.last(), Some(Update::Idle)));
        let last = &updates[updates.len() - 2];
        assert!(
            matches!(
                last,
                Update::Event(_, TrainingEvent::EpochFinished { epoch: 99_999, .. }, _)
            ),
            "{last:?}"
        );
        link.tell(epoch(1));
        assert_eq!(remote.take().len(), 1);
    }

    #[test]
    fn the_newest_view_takes_the_place_of_the_one_before() {
        let (remote, link) = link(|| ());
        link.tell(units(1.0));
        link.tell(units(2.0));
        let [Update::Event(_, TrainingEvent::UnitsTracked { units, .. }, _)] = &remote.take()[..]
        else {
            panic!("expected one update");
        };
        assert_eq!(units.values, [2.0]);
    }

    #[test]
    fn the_window_is_woken_once_until_it_has_looked() {
        let woken = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&woken);
        let (remote, link) = link(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        link.tell(epoch(0));
        link.tell(epoch(1));
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        remote.take();
        link.tell(epoch(2));
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn wishes_are_taken_by_their_run_once() {
        let (remote, link) = link(|| ());
        remote.ask(Command::Stop(RunNumber(1)));
        assert_eq!(link.wishes(RunNumber(0)), []);
        assert_eq!(link.wishes(RunNumber(1)), [Wish::Stop]);
        assert_eq!(link.wishes(RunNumber(1)), []);
    }
}
