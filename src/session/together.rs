//! Runs that train together, epoch by epoch: on one thread, or on several with a share of the runs each.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use super::interrupt;
use super::worker::{Came, Timed, Worker};
use crate::ops::parallel;

/// How long nothing may be heard until it is looked whether there are more runs.
const PATIENCE: Duration = Duration::from_millis(100);

/// Those around the runs at work.
pub trait Company {
    /// Takes what happens, with the position of the run.
    ///
    /// # Errors
    /// A listener cannot do its work: that ends the run.
    fn hear(&mut self, run: usize, events: Vec<Timed>) -> anyhow::Result<()>;

    /// That was all for now.
    fn heard_all(&mut self) {}

    /// Runs that are to train beside those at work from now on; they take the next positions.
    fn more(&mut self) -> Vec<Worker>;
}

/// Which thread trains which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    /// On the CPU: so many train at once, each on its share of the cores.
    InJobs(usize),
    /// Each with those on its device, which may work beside the host; several devices work side by side.
    OnDevices,
}

impl Turns {
    fn thread(self, place: usize, worker: &Worker) -> usize {
        match self {
            Self::InJobs(jobs) => place % jobs.max(1),
            Self::OnDevices => worker.device,
        }
    }
}

/// Trains all to their end. After each epoch of one the others of its thread do theirs, so that they can be compared
/// while they train.
pub fn train(workers: Vec<Worker>, turns: Turns, company: &mut impl Company) -> Vec<Worker> {
    let places = workers.iter().enumerate();
    let last = places.map(|(place, worker)| turns.thread(place, worker));
    match last.max() {
        None | Some(0) => {
            let mut all = Share::new(turns);
            all.add(workers.into_iter().enumerate());
            all.train(company);
            all.seats.into_iter().map(|seat| seat.worker).collect()
        }
        Some(last) => on_threads(workers, turns, last + 1, company),
    }
}

/// What a thread tells.
enum Told {
    /// What happened to runs, given by their positions.
    News(Vec<(usize, Vec<Timed>)>),
    /// All its runs are over.
    Over(Vec<Seat>),
}

/// Why the news of runs could not be heard, by their positions, until these know.
type Unheard = Mutex<BTreeMap<usize, anyhow::Error>>;

fn locked(unheard: &Unheard) -> MutexGuard<'_, BTreeMap<usize, anyhow::Error>> {
    unheard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The company as a thread of several has it: far away.
struct Away<'a> {
    send: Sender<Told>,
    unheard: &'a Unheard,
    /// What is sent at once: each message wakes the thread that hears it.
    news: Vec<(usize, Vec<Timed>)>,
}

impl Company for Away<'_> {
    fn hear(&mut self, run: usize, events: Vec<Timed>) -> anyhow::Result<()> {
        if let Some(error) = locked(self.unheard).remove(&run) {
            return Err(error);
        }
        self.news.push((run, events));
        Ok(())
    }

    fn heard_all(&mut self) {
        // The receiver lives as long as the threads.
        let _ = self.send.send(Told::News(std::mem::take(&mut self.news)));
    }

    fn more(&mut self) -> Vec<Worker> {
        Vec::new()
    }
}

/// Trains each share on a thread of its own; all is heard on this one.
fn on_threads(
    workers: Vec<Worker>,
    turns: Turns,
    count: usize,
    company: &mut impl Company,
) -> Vec<Worker> {
    let cores = (parallel::threads() / count).max(1);
    let (send, told) = mpsc::channel();
    let unheard = Unheard::default();
    let mut is_unheard: Vec<bool> = Vec::new();
    let mut over: Vec<Seat> = Vec::new();
    thread::scope(|scope| {
        let mut at_work: Vec<ScopedJoinHandle<'_, ()>> = Vec::new();
        let mut next = workers;
        loop {
            let first = is_unheard.len();
            is_unheard.resize(first + next.len(), false);
            let mut shares: BTreeMap<usize, Share> = BTreeMap::new();
            for (place, worker) in (first..).zip(next) {
                let thread = turns.thread(place, &worker);
                let share = shares.entry(thread).or_insert_with(|| Share::new(turns));
                share.add([(place, worker)]);
            }
            for mut share in shares.into_values() {
                let send = send.clone();
                let unheard = &unheard;
                at_work.push(scope.spawn(move || {
                    let news = Vec::new();
                    let mut away = Away {
                        send,
                        unheard,
                        news,
                    };
                    parallel::with_threads(cores, || share.train(&mut away));
                    let _ = away.send.send(Told::Over(share.seats));
                }));
            }
            let first = told.recv_timeout(PATIENCE);
            // One that has crashed tells nothing: the scope does.
            if matches!(first, Err(RecvTimeoutError::Timeout))
                && at_work.iter().all(ScopedJoinHandle::is_finished)
            {
                break;
            }
            for news in first.into_iter().chain(told.try_iter()) {
                match news {
                    Told::News(news) => {
                        for (place, events) in news {
                            if !is_unheard[place]
                                && let Err(error) = company.hear(place, events)
                            {
                                is_unheard[place] = true;
                                locked(&unheard).insert(place, error);
                            }
                        }
                    }
                    Told::Over(seats) => over.extend(seats),
                }
            }
            if over.len() == is_unheard.len() {
                break;
            }
            next = company.more();
        }
    });
    over.sort_by_key(|seat| seat.place);
    let mut workers: Vec<Worker> = over.into_iter().map(|seat| seat.worker).collect();
    for (place, error) in std::mem::take(&mut *locked(&unheard)) {
        workers[place].fail(error);
    }
    workers
}

/// A run that a thread trains, and its position among all.
struct Seat {
    place: usize,
    worker: Worker,
}

/// The runs that one thread trains.
struct Share {
    seats: Vec<Seat>,
    /// Whether to let hear what happened only when all wait for the device: it works meanwhile.
    is_device_beside: bool,
    /// What happened to the runs, given by their seats, and is not heard yet.
    news: Vec<(usize, Vec<Timed>)>,
}

impl Share {
    fn new(turns: Turns) -> Self {
        Self {
            seats: Vec::new(),
            is_device_beside: turns == Turns::OnDevices,
            news: Vec::new(),
        }
    }

    fn add(&mut self, workers: impl IntoIterator<Item = (usize, Worker)>) {
        let seats = workers.into_iter();
        self.seats
            .extend(seats.map(|(place, worker)| Seat { place, worker }));
    }

    fn train(&mut self, company: &mut impl Company) {
        while self.seats.iter().any(|seat| !seat.worker.is_over()) {
            self.epoch_in_turns(company);
        }
        self.tell(company);
    }

    /// An epoch of each run: a run whose device is at work makes way for the next. Those that rest do not hold the
    /// others up.
    fn epoch_in_turns(&mut self, company: &mut impl Company) {
        let mut pending: Vec<usize> = (0..self.seats.len()).collect();
        while let Some(&first) = pending.first() {
            if interrupt::asked() {
                let seats = self.seats.iter_mut();
                seats.for_each(|seat| seat.worker.trainer.stop());
            }
            let known = self.seats.len();
            // Only a thread that trains all is given more.
            self.add((known..).zip(company.more()));
            pending.extend(known..self.seats.len());
            self.check(&pending);
            let (mut all_wait, mut waiting) = (true, None);
            pending.retain(|&i| {
                let (came, events) = self.seats[i].worker.advance();
                all_wait &= matches!(came, Came::ToWait | Came::ToRest);
                if came == Came::ToWait {
                    waiting.get_or_insert(i);
                }
                if !events.is_empty() {
                    self.news.push((i, events));
                }
                if !self.is_device_beside {
                    self.tell(company);
                }
                !self.seats[i].worker.is_over() && came != Came::ToEpoch
            });
            if all_wait {
                self.tell(company);
            }
            match waiting {
                _ if !all_wait => {}
                Some(waiting) => self.seats[waiting].worker.wait(),
                None => {
                    let mut others = self.seats.iter().enumerate();
                    if others.any(|(i, seat)| !seat.worker.is_over() && !pending.contains(&i)) {
                        return;
                    }
                    self.seats[first].worker.rest();
                }
            }
        }
    }

    /// Does the gradient checks that come next, if several do: side by side.
    fn check(&mut self, pending: &[usize]) {
        let checking = self.seats.iter_mut().enumerate();
        let checking = checking
            .filter(|(i, seat)| seat.worker.is_to_check() && pending.binary_search(i).is_ok());
        let mut checking: Vec<_> = checking.map(|(_, seat)| &mut seat.worker).collect();
        if checking.len() > 1 {
            parallel::side_by_side(&mut checking, |worker| worker.check());
        }
    }

    /// Lets all news be heard. A run whose news cannot be is ended, and its other news are not heard.
    fn tell(&mut self, company: &mut impl Company) {
        if self.news.is_empty() {
            return;
        }
        let mut failed = Vec::new();
        for (i, events) in self.news.drain(..) {
            let seat = &mut self.seats[i];
            if !failed.contains(&i)
                && let Err(error) = company.hear(seat.place, events)
            {
                seat.worker.fail(error);
                failed.push(i);
            }
        }
        company.heard_all();
    }
}
