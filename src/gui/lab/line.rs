//! Who does the jobs: two threads, so that a picture that is tried does not wait for a data set that is read.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::models::Models;
use super::{Answer, Job, JobKind, files, preview};
use crate::gui::crash::message;

/// Does jobs beside the window. Dropped, it takes no more; what is under way ends by itself.
pub struct Lab(Arc<Shared>);

struct Shared {
    lines: [Line; 2],
    answers: Mutex<Vec<Answer>>,
    wake: Mutex<Box<dyn Fn() + Send>>,
}

/// Jobs that wait for a thread.
#[derive(Default)]
struct Line {
    waiting: Mutex<Waiting>,
    asks: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    ends: bool,
}

/// A thread that panicked has left whole values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The line that a job waits in: 0 for what a person waits for.
fn line_of(kind: JobKind) -> usize {
    match kind {
        JobKind::Try
        | JobKind::Preview
        | JobKind::ReadModel
        | JobKind::ListDatasets
        | JobKind::ListRuns => 0,
        JobKind::Predict | JobKind::ReadDataset | JobKind::Open | JobKind::Export => 1,
    }
}

/// Whether a job that waits need not be done any more.
fn overtakes(new: &Job, waiting: &Job) -> bool {
    let kind = new.kind();
    kind == waiting.kind()
        && match kind {
            JobKind::Preview | JobKind::Try => true,
            JobKind::ListDatasets | JobKind::ListRuns => new.folder() == waiting.folder(),
            JobKind::Predict | JobKind::ReadModel | JobKind::ReadDataset => {
                new.run() == waiting.run()
            }
            JobKind::Open | JobKind::Export => false,
        }
}

impl Lab {
    /// Begins to work; `wake` is called after each answer, from a thread of the worker's.
    pub fn start(wake: impl Fn() + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            lines: Default::default(),
            answers: Mutex::default(),
            wake: Mutex::new(Box::new(wake)),
        });
        for line in 0..shared.lines.len() {
            let of_thread = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name(format!("lab {line}"));
            if let Err(error) = thread.spawn(move || of_thread.serve(line)) {
                shared.tell(Answer::Failed {
                    kind: JobKind::Open,
                    run: None,
                    what: "start a thread for the window's work".to_owned(),
                    error: error.to_string(),
                });
            }
        }
        Self(shared)
    }

    /// Asks for a job; one that waits and would show less than this one is not done any more.
    pub fn ask(&self, job: Job) {
        let line = &self.0.lines[line_of(job.kind())];
        let mut waiting = lock(&line.waiting);
        waiting.jobs.retain(|other| !overtakes(&job, other));
        waiting.jobs.push_back(job);
        drop(waiting);
        line.asks.notify_one();
    }

    /// What came of jobs since the last call.
    pub fn answers(&self) -> Vec<Answer> {
        std::mem::take(&mut lock(&self.0.answers))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for line in &self.0.lines {
            let mut waiting = lock(&line.waiting);
            waiting.ends = true;
            waiting.jobs.clear();
            drop(waiting);
            line.asks.notify_all();
        }
    }
}

impl Shared {
    fn tell(&self, answer: Answer) {
        lock(&self.answers).push(answer);
        lock(&self.wake)();
    }

    /// Does the jobs of a line until the lab is dropped.
    fn serve(&self, line: usize) {
        let mut models = Models::default();
        while let Some(job) = self.lines[line].next() {
            let (kind, run, what) = (job.kind(), job.run().cloned(), job.what());
            let done = catch_unwind(AssertUnwindSafe(|| {
                work(job, &mut models, &|answer| self.tell(answer))
            }));
            let error = match done {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => format!("{error:#}"),
                Err(panic) => {
                    models = Models::default();
                    format!("a mistake of this program: {}", message(&*panic))
                }
            };
            self.tell(Answer::Failed {
                kind,
                run,
                what,
                error,
            });
        }
    }
}

impl Line {
    /// The next job, waited for; `None` at the end.
    fn next(&self) -> Option<Job> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.ends {
                return None;
            }
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            let waited = self.asks.wait(waiting);
            waiting = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Does a job, and tells what comes of it.
fn work(job: Job, models: &mut Models, tell: &dyn Fn(Answer)) -> anyhow::Result<()> {
    match job {
        Job::Predict {
            run,
            model,
            dataset,
        } => tell(models.predict(run, &model, &dataset)?),
        Job::Try { run, model, trial } => tell(models.try_out(run, &model, trial)?),
        Job::Preview(config) => tell(preview::preview(config)?),
        Job::ReadModel(run, path) => tell(files::read_model(run, &path)?),
        Job::ReadDataset(run, config) => tell(files::read_dataset(run, &config)?),
        Job::Open(folders) => files::open(&folders, tell),
        Job::ExportModel { model, to } => files::export_model(&model, to, tell)?,
        Job::ExportPlot { runs, to } => tell(files::export_plot(&runs, to)?),
        Job::ExportTable { runs, to } => tell(files::export_table(&runs, to)?),
        Job::ListDatasets(folder) => tell(files::list_datasets(folder)?),
        Job::ListRuns(folder) => tell(files::list_runs(folder)?),
    }
    Ok(())
}

impl Job {
    /// The folder that it lists, if it lists one.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::ListDatasets(folder) | Self::ListRuns(folder) => Some(folder),
            _ => None,
        }
    }

    /// For people, as an infinitive.
    fn what(&self) -> String {
        match self {
            Self::Predict { .. } => "classify the samples of dev".to_owned(),
            Self::Try { .. } => "classify the picture".to_owned(),
            Self::Preview(config) => format!("show samples of {}", config.dataset),
            Self::ReadModel(_, path) => format!("read the model of {}", path.display()),
            Self::ReadDataset(_, config) => format!("read the data set {}", config.dataset),
            Self::Open(_) => "open runs".to_owned(),
            Self::ExportModel { to, .. }
            | Self::ExportPlot { to, .. }
            | Self::ExportTable { to, .. } => {
                format!("write {}", to.display())
            }
            Self::ListDatasets(folder) => format!("list the data sets in {}", folder.display()),
            Self::ListRuns(folder) => format!("list the runs in {}", folder.display()),
        }
    }
}
