//! Replicas as backends of their own: a program that trains several networks, driven by as many trainers.
//!
//! Each trainer believes that it has a backend to itself. What it asks for waits in a queue of its own. What
//! changes only its own replica is done as soon as it is the next; steps are run when they are the next of all
//! trainers, once for all of them; what is read back is read for all that ask for it at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(feature = "native")]
use super::profile::Profile;
use super::{Backend, BackendError, Counters};
use crate::ops::adam;
use crate::ops::state::StepState;
use crate::program::{Phase, Program, TensorId, Values};

/// What a trainer has asked for.
enum Ask {
    State(StepState),
    Write(TensorId, Values),
    Run(Phase, u32),
    Read(Vec<(TensorId, usize)>),
}

/// One trainer's side.
#[derive(Default)]
struct Member {
    asks: VecDeque<Ask>,
    state: StepState,
    answer: Option<Vec<Values>>,
    /// It will ask for nothing more.
    has_left: bool,
}

/// The backend of all, and what each has asked of it.
struct Group {
    program: Arc<Program>,
    backend: Box<dyn Backend>,
    members: Vec<Member>,
    /// Who waits for the answer that is on its way, and for which tensors.
    reading: Option<(Vec<usize>, Vec<TensorId>)>,
    failed: Option<BackendError>,
}

/// A replica as its trainer sees it.
pub struct Replica {
    group: Arc<Mutex<Group>>,
    index: usize,
    device: String,
    epsilon: f64,
    steps_at_once: u32,
}

/// A backend for each of the replicas of a program that `backend` has loaded.
pub fn replicas_of(program: Arc<Program>, backend: Box<dyn Backend>) -> Vec<Replica> {
    let replicas = program.tensors.replicas();
    let (device, epsilon) = (backend.device().to_owned(), backend.epsilon());
    let steps_at_once = backend.steps_at_once();
    let group = Arc::new(Mutex::new(Group {
        program,
        backend,
        members: (0..replicas).map(|_| Member::default()).collect(),
        reading: None,
        failed: None,
    }));
    (0..replicas)
        .map(|index| Replica {
            group: Arc::clone(&group),
            index,
            device: device.clone(),
            epsilon,
            steps_at_once,
        })
        .collect()
}

impl Group {
    /// Does what can be done now. With `must_read` whoever waits for an answer gets it, even if others, that may
    /// ask for the same, have not come as far.
    fn work(&mut self, must_read: bool) -> Result<(), BackendError> {
        while self.reading.is_none() {
            (0..self.members.len()).for_each(|index| self.own_asks(index));
            let present = self.members.iter().filter(|member| !member.has_left);
            let (mut all_run, mut all_there) = (true, true);
            let mut next_run = None;
            for member in present {
                match member.asks.front() {
                    Some(Ask::Run(phase, steps)) => {
                        let (of, fewest) = next_run.get_or_insert((*phase, *steps));
                        all_run &= of == phase;
                        *fewest = (*fewest).min(*steps);
                    }
                    Some(_) => all_run = false,
                    None => (all_run, all_there) = (false, false),
                }
            }
            match next_run {
                Some((phase, steps)) if all_run => self.run(phase, steps)?,
                _ if all_there || must_read => {
                    if !self.read() {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Does what is the next of a trainer and concerns nobody else. What all share is written by the first that is
    /// there: the others write the same.
    fn own_asks(&mut self, index: usize) {
        let first = self.members.iter().position(|member| !member.has_left);
        loop {
            match self.members[index].asks.pop_front() {
                Some(Ask::State(state)) => self.members[index].state = state,
                Some(Ask::Write(tensor, values)) => {
                    if first == Some(index) || !self.program.tensors.is_shared(tensor) {
                        self.backend.write_replica(index, tensor, &values);
                    }
                }
                Some(other) => {
                    self.members[index].asks.push_front(other);
                    return;
                }
                None => return,
            }
        }
    }

    fn run(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError> {
        // Those that have left go along, at the place of the others.
        let there = self.members.iter().find(|member| !member.has_left);
        let betas = adam::BETAS;
        let Some(place) = there.map(|member| member.state) else {
            return Ok(());
        };
        let states: Vec<_> = self.members.iter().map(|m| m.state.at(&place)).collect();
        self.backend.set_states(&states);
        for member in &mut self.members {
            let Some(Ask::Run(phase, asked)) = member.asks.pop_front() else {
                continue;
            };
            for _ in 0..steps {
                member
                    .state
                    .advance(phase == Phase::Train, betas[0], betas[1]);
            }
            // One that takes single steps lets the others do the rest of theirs later.
            if asked > steps {
                member.asks.push_front(Ask::Run(phase, asked - steps));
            }
        }
        self.backend.run(phase, steps)
    }

    /// Asks the device for what trainers wait for; false if none does.
    fn read(&mut self) -> bool {
        let mut wanted: Vec<(TensorId, usize)> = Vec::new();
        let mut who = Vec::new();
        for (index, member) in self.members.iter_mut().enumerate() {
            let Some(Ask::Read(tensors)) = member.asks.front() else {
                continue;
            };
            // All of a kind: others are read later.
            if who.is_empty() {
                wanted.clone_from(tensors);
            }
            if *tensors == wanted {
                who.push(index);
                member.asks.pop_front();
            }
        }
        if who.is_empty() {
            return false;
        }
        self.backend.request_first(&wanted);
        let wanted = wanted.into_iter().map(|(id, _)| id);
        self.reading = Some((who, wanted.collect()));
        true
    }

    /// Hands an answer that is there to those that wait for it.
    fn receive(&mut self) -> Result<(), BackendError> {
        if self.reading.is_none() {
            return Ok(());
        }
        let Some(values) = self.backend.poll()? else {
            return Ok(());
        };
        let (who, tensors) = self.reading.take().unwrap_or_default();
        let replicas = self.members.len();
        for index in who {
            let own = tensors.iter().zip(&values).map(|(id, values)| {
                match self.program.tensors.is_shared(*id) {
                    true => values.clone(),
                    false => values.of_replica(index, replicas),
                }
            });
            self.members[index].answer = Some(own.collect());
        }
        Ok(())
    }
}

impl Replica {
    fn group(&self) -> MutexGuard<'_, Group> {
        // A trainer that panicked has left whole asks.
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&mut self, ask: Ask) {
        let mut group = self.group();
        group.members[self.index].asks.push_back(ask);
        group.own_asks(self.index);
    }

    /// Works, and tells everyone of a failure.
    fn work(&self, must_read: bool) -> Result<MutexGuard<'_, Group>, BackendError> {
        let mut group = self.group();
        if group.failed.is_none() {
            let worked = group.receive().and_then(|()| group.work(must_read));
            let worked = worked.and_then(|()| group.receive());
            group.failed = worked.err();
        }
        match &group.failed {
            Some(error) => Err(error.clone()),
            None => Ok(group),
        }
    }
}

impl Backend for Replica {
    fn device(&self) -> &str {
        &self.device
    }

    fn epsilon(&self) -> f64 {
        self.epsilon
    }

    fn set_states(&mut self, states: &[StepState]) {
        if let Some(state) = states.first() {
            self.ask(Ask::State(*state));
        }
    }

    fn write(&mut self, tensor: TensorId, values: &Values) {
        self.ask(Ask::Write(tensor, values.clone()));
    }

    /// It has one replica: itself.
    fn write_replica(&mut self, _: usize, tensor: TensorId, values: &Values) {
        self.write(tensor, values);
    }

    fn run(&mut self, phase: Phase, steps: u32) -> Result<(), BackendError> {
        self.ask(Ask::Run(phase, steps));
        self.work(false).map(|_| ())
    }

    fn request_first(&mut self, tensors: &[(TensorId, usize)]) {
        self.ask(Ask::Read(tensors.to_vec()));
        // A failure is told by the poll that follows.
        drop(self.work(false));
    }

    fn poll(&mut self) -> Result<Option<Vec<Values>>, BackendError> {
        Ok(self.work(false)?.members[self.index].answer.take())
    }

    #[cfg(feature = "native")]
    fn wait(&mut self) -> Result<(), BackendError> {
        let mut group = self.work(true)?;
        match group.reading {
            Some(_) => group.backend.wait(),
            None => Ok(()),
        }
    }

    fn leave(&mut self) {
        {
            let mut group = self.group();
            let member = &mut group.members[self.index];
            member.has_left = true;
            member.asks.clear();
        }
        // The others may have waited for this one; a failure is told to them.
        drop(self.work(false));
    }

    /// Of all replicas together.
    fn counters(&self) -> Counters {
        self.group().backend.counters()
    }

    /// A program of several replicas is not profiled.
    #[cfg(feature = "native")]
    fn start_profile(&mut self, _: std::time::Instant) {}

    #[cfg(feature = "native")]
    fn take_profile(&mut self) -> Result<Option<Profile>, BackendError> {
        Ok(None)
    }

    fn steps_at_once(&self) -> u32 {
        self.steps_at_once
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.leave();
    }
}
