//! Runs that train together: epoch by epoch, on one device.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use super::interrupt;
use super::worker::{Came, Timed, Worker};
use crate::ops::parallel;

/// How runs take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    /// With more than one job so many runs train at once, each on its share of the cores.
    InJobs(usize),
    /// On a device that works beside the host: what happened is heard while the device is at work.
    BesideDevice,
}

/// What happened to a run, given by its position.
type News = (usize, Vec<Timed>);

/// Trains all to their end. After each epoch of one the others do theirs, so that they can be compared while
/// they train. `hear` takes what happens, with the position of the run; an error of its ends that run.
pub fn train(
    workers: &mut [Worker],
    turns: Turns,
    mut hear: impl FnMut(usize, Vec<Timed>) -> anyhow::Result<()>,
) {
    if let Turns::InJobs(jobs) = turns
        && jobs.min(workers.len()) > 1
    {
        return in_jobs(workers, jobs.min(workers.len()), hear);
    }
    let mut news = Vec::new();
    while workers.iter().any(|worker| !worker.is_over()) {
        epoch_in_turns(workers, turns, &mut news, &mut hear);
    }
    tell(workers, &mut news, &mut hear);
}

/// An epoch of each run: a run whose device is at work makes way for the next. What is not heard yet stays in
/// `news`.
fn epoch_in_turns(
    workers: &mut [Worker],
    turns: Turns,
    news: &mut Vec<News>,
    hear: &mut impl FnMut(usize, Vec<Timed>) -> anyhow::Result<()>,
) {
    let mut pending: Vec<usize> = (0..workers.len()).collect();
    while let Some(&first) = pending.first() {
        stop_if_asked(workers);
        check(workers, &pending);
        let (mut all_wait, mut waiting) = (true, None);
        pending.retain(|&i| {
            let (came, events) = workers[i].advance();
            all_wait &= matches!(came, Came::ToWait | Came::ToRest);
            if came == Came::ToWait {
                waiting.get_or_insert(i);
            }
            if !events.is_empty() {
                news.push((i, events));
            }
            if turns != Turns::BesideDevice {
                tell(workers, news, hear);
            }
            !workers[i].is_over() && came != Came::ToEpoch
        });
        if all_wait {
            tell(workers, news, hear);
        }
        match waiting {
            _ if !all_wait => {}
            Some(waiting) => workers[waiting].wait(),
            None => workers[first].rest(),
        }
    }
}

/// Does the gradient checks that come next, if several do: side by side.
fn check(workers: &mut [Worker], pending: &[usize]) {
    let checking = workers.iter_mut().enumerate();
    let checking =
        checking.filter(|(i, worker)| worker.is_to_check() && pending.binary_search(i).is_ok());
    let mut checking: Vec<_> = checking.map(|(_, worker)| worker).collect();
    if checking.len() > 1 {
        parallel::side_by_side(&mut checking, |worker| worker.check());
    }
}

/// Lets all news be heard. A run whose news cannot be is ended, and its other news are not heard.
fn tell(
    workers: &mut [Worker],
    news: &mut Vec<News>,
    hear: &mut impl FnMut(usize, Vec<Timed>) -> anyhow::Result<()>,
) {
    let mut failed = Vec::new();
    for (i, events) in news.drain(..) {
        if !failed.contains(&i)
            && let Err(error) = hear(i, events)
        {
            workers[i].fail(error);
            failed.push(i);
        }
    }
}

/// Each thread trains its share of the runs, in turns.
fn in_jobs(
    workers: &mut [Worker],
    jobs: usize,
    mut hear: impl FnMut(usize, Vec<Timed>) -> anyhow::Result<()>,
) {
    let threads = (parallel::threads() / jobs).max(1);
    let (send, events) = mpsc::channel();
    // Runs that a listener has ended.
    let given_up: Vec<_> = workers.iter().map(|_| AtomicBool::new(false)).collect();
    let mut failed = Vec::new();
    std::thread::scope(|scope| {
        let mut shares: Vec<Vec<_>> = (0..jobs).map(|_| Vec::new()).collect();
        for (i, worker) in workers.iter_mut().enumerate() {
            shares[i % jobs].push((i, worker));
        }
        for mut share in shares {
            let (send, given_up) = (send.clone(), &given_up);
            scope.spawn(move || {
                parallel::with_threads(threads, || {
                    while !share.is_empty() {
                        share.retain_mut(|(i, worker)| {
                            // The receiver lives as long as the scope.
                            epoch(worker, |events| drop(send.send((*i, events))));
                            !worker.is_over() && !given_up[*i].load(Ordering::Relaxed)
                        });
                    }
                });
            });
        }
        drop(send);
        for (i, events) in events {
            if let Err(error) = hear(i, events) {
                given_up[i].store(true, Ordering::Relaxed);
                failed.push((i, error));
            }
        }
    });
    for (i, error) in failed {
        workers[i].fail(error);
    }
}

/// Trains one run to the end of its epoch.
fn epoch(worker: &mut Worker, mut hear: impl FnMut(Vec<Timed>)) {
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
            Came::ToRest => worker.rest(),
            Came::ToEpoch | Came::ToEnd => return,
        }
    }
}

fn stop_if_asked(workers: &mut [Worker]) {
    if interrupt::asked() {
        workers.iter_mut().for_each(|worker| worker.trainer.stop());
    }
}
