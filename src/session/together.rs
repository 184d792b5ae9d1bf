//! Runs that train together, epoch by epoch: on one thread, or on several with a share of the runs each.

use std::sync::{Mutex, PoisonError, mpsc};

use super::interrupt;
use super::worker::{Came, Timed, Worker};
use crate::ops::parallel;

/// Which thread trains which run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turns {
    /// On the CPU: so many train at once, each on its share of the cores.
    InJobs(usize),
    /// Each on the device of this number, which may work beside the host; several devices work side by side.
    OnDevices(Vec<usize>),
}

/// Trains all to their end. After each epoch of one the others of its thread do theirs, so that they can be compared
/// while they train. `hear` takes what happens, with the position of the run; an error of its ends that run.
pub fn train(
    workers: &mut [Worker],
    turns: &Turns,
    mut hear: impl FnMut(usize, Vec<Timed>) -> anyhow::Result<()>,
) {
    let thread_of = |run: usize| match turns {
        Turns::InJobs(jobs) => run % jobs.max(&1),
        Turns::OnDevices(devices) => devices[run],
    };
    let mut shares: Vec<Share<'_>> = Vec::new();
    for (run, worker) in workers.iter_mut().enumerate() {
        let thread = thread_of(run);
        while shares.len() <= thread {
            let is_device_beside = matches!(turns, Turns::OnDevices(_));
            shares.push(Share::new(is_device_beside));
        }
        shares[thread].runs.push((run, worker));
    }
    if let [all] = &mut shares[..] {
        return all.train(&mut hear);
    }
    for (run, error) in on_threads(shares, hear) {
        workers[run].fail(error);
    }
}

/// Trains each share on a thread of its own; all is heard on this one. Returns why the last news of a run could not
/// be heard, where that is so.
fn on_threads(
    shares: Vec<Share<'_>>,
    mut hear: impl FnMut(usize, Vec<Timed>) -> anyhow::Result<()>,
) -> Vec<(usize, anyhow::Error)> {
    let threads = (parallel::threads() / shares.len()).max(1);
    let runs = shares.iter().map(|share| share.runs.len()).sum();
    let (send, events) = mpsc::channel();
    // Of runs whose news could not be heard: why.
    let errors: Vec<Mutex<Option<anyhow::Error>>> = (0..runs).map(|_| Mutex::default()).collect();
    let error_of = |run: usize| errors[run].lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for mut share in shares {
            let (send, error_of) = (send.clone(), &error_of);
            scope.spawn(move || {
                parallel::with_threads(threads, || {
                    share.train(&mut |run, events| match error_of(run).take() {
                        Some(error) => Err(error),
                        None => {
                            // The receiver lives as long as the scope.
                            let _ = send.send((run, events));
                            Ok(())
                        }
                    });
                });
            });
        }
        drop(send);
        let mut is_unheard = vec![false; runs];
        for (run, events) in events {
            if !is_unheard[run]
                && let Err(error) = hear(run, events)
            {
                is_unheard[run] = true;
                *error_of(run) = Some(error);
            }
        }
    });
    let errors = errors.into_iter().enumerate();
    let last = errors.filter_map(|(run, error)| {
        let error = error.into_inner().unwrap_or_else(PoisonError::into_inner);
        error.map(|error| (run, error))
    });
    last.collect()
}

/// The runs that one thread trains, each with its position among all.
struct Share<'a> {
    runs: Vec<(usize, &'a mut Worker)>,
    /// Whether to hear what happened only when all wait for the device: it works meanwhile.
    is_device_beside: bool,
    /// What happened to the runs, given by their place here, and is not heard yet.
    news: Vec<(usize, Vec<Timed>)>,
}

type Hear<'a> = dyn FnMut(usize, Vec<Timed>) -> anyhow::Result<()> + 'a;

impl Share<'_> {
    fn new(is_device_beside: bool) -> Self {
        Self {
            runs: Vec::new(),
            is_device_beside,
            news: Vec::new(),
        }
    }

    fn train(&mut self, hear: &mut Hear<'_>) {
        while self.runs.iter().any(|(_, worker)| !worker.is_over()) {
            self.epoch_in_turns(hear);
        }
        self.tell(hear);
    }

    /// An epoch of each run: a run whose device is at work makes way for the next.
    fn epoch_in_turns(&mut self, hear: &mut Hear<'_>) {
        let mut pending: Vec<usize> = (0..self.runs.len()).collect();
        while let Some(&first) = pending.first() {
            if interrupt::asked() {
                let workers = self.runs.iter_mut();
                workers.for_each(|(_, worker)| worker.trainer.stop());
            }
            self.check(&pending);
            let (mut all_wait, mut waiting) = (true, None);
            pending.retain(|&i| {
                let (came, events) = self.runs[i].1.advance();
                all_wait &= matches!(came, Came::ToWait | Came::ToRest);
                if came == Came::ToWait {
                    waiting.get_or_insert(i);
                }
                if !events.is_empty() {
                    self.news.push((i, events));
                }
                if !self.is_device_beside {
                    self.tell(hear);
                }
                !self.runs[i].1.is_over() && came != Came::ToEpoch
            });
            if all_wait {
                self.tell(hear);
            }
            match waiting {
                _ if !all_wait => {}
                Some(waiting) => self.runs[waiting].1.wait(),
                None => self.runs[first].1.rest(),
            }
        }
    }

    /// Does the gradient checks that come next, if several do: side by side.
    fn check(&mut self, pending: &[usize]) {
        let checking = self.runs.iter_mut().enumerate();
        let checking = checking
            .filter(|(i, (_, worker))| worker.is_to_check() && pending.binary_search(i).is_ok());
        let mut checking: Vec<_> = checking.map(|(_, (_, worker))| worker).collect();
        if checking.len() > 1 {
            parallel::side_by_side(&mut checking, |worker| worker.check());
        }
    }

    /// Lets all news be heard. A run whose news cannot be is ended, and its other news are not heard.
    fn tell(&mut self, hear: &mut Hear<'_>) {
        let mut failed = Vec::new();
        for (i, events) in self.news.drain(..) {
            let (run, worker) = &mut self.runs[i];
            if !failed.contains(&i)
                && let Err(error) = hear(*run, events)
            {
                worker.fail(error);
                failed.push(i);
            }
        }
    }
}
