//! Runs that train together: epoch by epoch, on one device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
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

    /// Runs that are to train beside those at work from now on; they take the next positions.
    fn more(&mut self) -> Vec<Worker>;
}

/// Trains all to their end. After each epoch of one the others do theirs, so that they can be compared while
/// they train.
///
/// With `jobs` above 1 so many runs train at once, each on its share of the cores.
pub fn train(mut workers: Vec<Worker>, jobs: usize, company: &mut impl Company) -> Vec<Worker> {
    let jobs = jobs.min(workers.len());
    if jobs > 1 {
        return in_jobs(workers, jobs, company);
    }
    while workers.iter().any(|worker| !worker.is_over()) {
        epoch_in_turns(&mut workers, company);
    }
    workers
}

/// An epoch of each run: a run whose device is at work makes way for the next. Those that rest do not hold the
/// others up.
fn epoch_in_turns(workers: &mut Vec<Worker>, company: &mut impl Company) {
    let mut pending: Vec<usize> = (0..workers.len()).collect();
    while let Some(&first) = pending.first() {
        stop_if_asked(workers);
        let known = workers.len();
        workers.extend(company.more());
        pending.extend(known..workers.len());
        let (mut all_wait, mut waiting) = (true, None);
        pending.retain(|&i| {
            let worker = &mut workers[i];
            let (came, events) = worker.advance();
            all_wait &= matches!(came, Came::ToWait | Came::ToRest);
            if came == Came::ToWait {
                waiting.get_or_insert(i);
            }
            if !events.is_empty()
                && let Err(error) = company.hear(i, events)
            {
                worker.fail(error);
                return false;
            }
            matches!(came, Came::On | Came::ToWait | Came::ToRest)
        });
        match waiting {
            _ if !all_wait => {}
            Some(waiting) => workers[waiting].wait(),
            None => {
                let mut others = workers.iter().enumerate();
                if others.any(|(i, worker)| !worker.is_over() && !pending.contains(&i)) {
                    return;
                }
                workers[first].rest();
            }
        }
    }
}

/// A run that one of several threads trains.
struct Seat {
    place: usize,
    worker: Worker,
    /// A listener has ended it.
    given_up: Arc<AtomicBool>,
}

/// What a thread tells.
enum Told {
    Events(usize, Vec<Timed>),
    /// All its runs are over.
    Over(Vec<Seat>),
}

/// Each thread trains its share of the runs, in turns.
fn in_jobs(workers: Vec<Worker>, jobs: usize, company: &mut impl Company) -> Vec<Worker> {
    let threads = (parallel::threads() / jobs).max(1);
    let (send, told) = mpsc::channel();
    let mut given_up: Vec<Arc<AtomicBool>> = Vec::new();
    let mut failed = Vec::new();
    let mut over: Vec<Seat> = Vec::new();
    thread::scope(|scope| {
        let mut at_work: Vec<ScopedJoinHandle<'_, ()>> = Vec::new();
        let mut next = workers;
        loop {
            let first = given_up.len();
            given_up.extend(next.iter().map(|_| Arc::default()));
            let seats = next.into_iter().zip(&given_up[first..]).zip(first..);
            let mut shares: Vec<Vec<Seat>> = (0..jobs).map(|_| Vec::new()).collect();
            for ((worker, given_up), place) in seats {
                shares[place % jobs].push(Seat {
                    place,
                    worker,
                    given_up: Arc::clone(given_up),
                });
            }
            for share in shares.into_iter().filter(|share| !share.is_empty()) {
                let send = send.clone();
                at_work.push(scope.spawn(move || {
                    parallel::with_threads(threads, || work_through(share, &send));
                }));
            }
            match told.recv_timeout(PATIENCE) {
                Ok(Told::Events(place, events)) => {
                    if let Err(error) = company.hear(place, events) {
                        given_up[place].store(true, Ordering::Relaxed);
                        failed.push((place, error));
                    }
                }
                Ok(Told::Over(seats)) => over.extend(seats),
                // One that has crashed tells nothing: the scope does.
                Err(RecvTimeoutError::Timeout)
                    if at_work.iter().all(ScopedJoinHandle::is_finished) =>
                {
                    break;
                }
                Err(_) => {}
            }
            if over.len() == given_up.len() {
                break;
            }
            next = company.more();
        }
    });
    over.sort_by_key(|seat| seat.place);
    let mut workers: Vec<Worker> = over.into_iter().map(|seat| seat.worker).collect();
    for (place, error) in failed {
        workers[place].fail(error);
    }
    workers
}

/// Trains a share of the runs to their end.
fn work_through(mut share: Vec<Seat>, send: &Sender<Told>) {
    let mut over = Vec::new();
    while !share.is_empty() {
        let mut all_rest = true;
        let mut left = Vec::new();
        for mut seat in share {
            let place = seat.place;
            // The receiver lives as long as the scope.
            let came = epoch(&mut seat.worker, |events| {
                drop(send.send(Told::Events(place, events)));
            });
            all_rest &= came == Came::ToRest;
            match seat.worker.is_over() || seat.given_up.load(Ordering::Relaxed) {
                true => over.push(seat),
                false => left.push(seat),
            }
        }
        share = left;
        if all_rest && let Some(seat) = share.first() {
            seat.worker.rest();
        }
    }
    drop(send.send(Told::Over(over)));
}

/// Trains one run to the end of its epoch, or to where it rests.
fn epoch(worker: &mut Worker, mut hear: impl FnMut(Vec<Timed>)) -> Came {
    loop {
        if interrupt::asked() {
            worker.trainer.stop();
        }
        let (came, events) = worker.advance();
        if !events.is_empty() {
            hear(events);
        }
        match came {
            Came::On => {}
            Came::ToWait => worker.wait(),
            Came::ToRest | Came::ToEpoch | Came::ToEnd => return came,
        }
    }
}

fn stop_if_asked(workers: &mut [Worker]) {
    if interrupt::asked() {
        workers.iter_mut().for_each(|worker| worker.trainer.stop());
    }
}
