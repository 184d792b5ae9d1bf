//! Ctrl-C: once to end the session in order, twice to leave at once.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a session that a person ended: 128 + the number of the signal.
pub const EXIT_INTERRUPTED: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Hears signals from now on: interrupt, termination, and the end of the terminal.
pub fn hear() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let heard = ctrlc::set_handler(|| {
            if ASKED.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(EXIT_INTERRUPTED));
            }
            eprintln!("\nInterrupted: finishing the step and saving; once more leaves at once.");
        });
        if let Err(error) = heard {
            tracing::warn!("signals are not heard: {error}");
        }
    });
}

/// Whether the session was asked to end.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
