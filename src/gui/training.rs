//! The session beside the window: its thread, and what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};

use anyhow::anyhow;

use crate::backend::gpu::Gpu;
use crate::config::SessionConfig;
use crate::ops::parallel;
use crate::session::link::{self, Command, Remote, Update};
use crate::session::{self, Ended, Surroundings};

/// The thread's name, for debuggers and for those who measure it.
const NAME: &str = "training";

/// A session at work.
pub struct Training {
    remote: Remote,
    thread: Option<JoinHandle<anyhow::Result<Ended>>>,
    ended: Option<anyhow::Result<Ended>>,
}

impl Training {
    /// Starts a session whose runs are numbered from `first_run` on; `wake` is called when it has something to
    /// tell. It trains on `gpu` where its configuration chooses that adapter. It begins when the session `before`,
    /// which is asked for nothing more, has ended; if runs of that failed, some of this count as failed.
    pub fn start(
        config: SessionConfig,
        first_run: usize,
        gpu: Option<Gpu>,
        wake: impl Fn() + Send + Sync + 'static,
        before: Option<Self>,
    ) -> Self {
        let (remote, link) = link::link(wake);
        let work = move || {
            let failed = before.is_some_and(|before| !matches!(before.wait(), Ok(Ended::Done)));
            let around = Surroundings {
                link: Some(link.clone()),
                gpu,
                first_run,
            };
            // Threads of its own, itself among them: what the window's other threads do does not wait for it.
            let run =
                || parallel::with_threads(parallel::threads(), || session::run_in(&config, around));
            let ran = catch_unwind(AssertUnwindSafe(run));
            let ran = ran.unwrap_or_else(|_| Err(anyhow!("the training has crashed")));
            if let Err(error) = &ran {
                link.tell(Update::Failed(format!("{error:#}")));
            }
            // Also wakes the window, to see that this has ended.
            link.tell(Update::Idle);
            match ran {
                Ok(Ended::Done) if failed => Ok(Ended::SomeFailed),
                ran => ran,
            }
        };
        let thread = thread::Builder::new().name(NAME.to_owned()).spawn(work);
        let (thread, ended) = match thread {
            Ok(thread) => (Some(thread), None),
            Err(error) => (None, Some(Err(error.into()))),
        };
        Self {
            remote,
            thread,
            ended,
        }
    }

    pub fn ask(&self, command: Command) {
        self.remote.ask(command);
    }

    /// What was told since the last call.
    pub fn updates(&self) -> Vec<Update> {
        self.remote.take()
    }

    /// Asks for samples, weights and spreads anew.
    pub fn look_again(&self) {
        self.remote.look_again();
    }

    /// Whether the session has ended.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Whether it ended because a signal asked it to.
    pub fn was_interrupted(&mut self) -> bool {
        self.is_over() && matches!(self.join(), Ok(Ended::Interrupted))
    }

    fn join(&mut self) -> &anyhow::Result<Ended> {
        let thread = self.thread.take();
        self.ended.get_or_insert_with(|| {
            let ended = thread.map(JoinHandle::join);
            match ended {
                Some(Ok(ended)) => ended,
                Some(Err(_)) | None => Err(anyhow!("the training has crashed")),
            }
        })
    }

    /// Waits for its end: of all that was given to train, where no window is left to ask for an end.
    pub fn wait(mut self) -> anyhow::Result<Ended> {
        self.remote.ask(Command::Leave);
        self.join();
        self.ended.unwrap_or(Ok(Ended::Done))
    }
}
