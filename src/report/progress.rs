//! The progress of a session.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::voice::{self, Voice};

/// The bar of a session, and the lines above it. Clones draw the same bar.
#[derive(Clone)]
pub struct Progress {
    bar: ProgressBar,
    samples: Arc<Mutex<Rate>>,
}

/// Samples trained, and since when.
struct Rate {
    begun: Instant,
    samples: u64,
}

impl Progress {
    /// Of a session of so many epochs, all runs together.
    pub fn new(epochs: u64) -> Self {
        let bar = progress_bar(epochs, "epochs");
        if Voice::now() != Voice::Full {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let rate = Rate {
            begun: Instant::now(),
            samples: 0,
        };
        Self {
            bar,
            samples: Arc::new(Mutex::new(rate)),
        }
    }

    /// Prints a line above the bar, for a person who watches.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn say(&self, text: &str) -> io::Result<()> {
        if self.bar.is_hidden() {
            voice::say(format_args!("{text}"))
        } else {
            self.bar.println(text);
            Ok(())
        }
    }

    /// One run has trained one epoch; `costs` are shown beside the bar.
    pub fn epoch(&self, samples: usize, costs: String) {
        let rate = match self.samples.lock() {
            Ok(mut rate) => {
                rate.samples += samples as u64;
                rate.samples as f64 / rate.begun.elapsed().as_secs_f64().max(1e-9)
            }
            Err(_) => 0.0,
        };
        self.bar
            .set_message(format!("{rate:.0} samples/s, {costs}"));
        self.bar.inc(1);
    }

    /// So many epochs will not be trained, or are already.
    pub fn skip(&self, epochs: u64) {
        self.bar.inc(epochs);
    }

    /// So many epochs more are to be trained.
    pub fn more(&self, epochs: u64) {
        self.bar.inc_length(epochs);
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar on a terminal, nothing elsewhere.
pub fn progress_bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let template = format!("{{bar:30}} {{pos}}/{{len}} {unit}, {{eta}} left {{wide_msg:.dim}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}
