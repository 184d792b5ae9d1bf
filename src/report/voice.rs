//! How much the program says on standard output, and to whom.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};

/// Who reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Voice {
    /// A person who watches.
    Full,
    /// A person who wants the result only.
    Quiet,
    /// A program: events as JSON lines, nothing else.
    Json,
}

/// One for the process, as standard output is.
static VOICE: AtomicU8 = AtomicU8::new(Voice::Full as u8);

impl Voice {
    /// Speaks so from now on.
    pub fn set(self) {
        VOICE.store(self as u8, Ordering::Relaxed);
    }

    pub fn now() -> Self {
        match VOICE.load(Ordering::Relaxed) {
            voice if voice == Self::Quiet as u8 => Self::Quiet,
            voice if voice == Self::Json as u8 => Self::Json,
            _ => Self::Full,
        }
    }
}

/// Prints a line for a person who watches.
///
/// # Errors
/// Standard output is gone, as it is when the reader of a pipe has gone.
pub fn say(line: Arguments<'_>) -> io::Result<()> {
    match Voice::now() {
        Voice::Full => writeln!(io::stdout(), "{line}"),
        Voice::Quiet | Voice::Json => Ok(()),
    }
}

/// Prints a line of the result.
///
/// # Errors
/// As [`say`].
pub fn tell(line: Arguments<'_>) -> io::Result<()> {
    match Voice::now() {
        Voice::Full | Voice::Quiet => writeln!(io::stdout(), "{line}"),
        Voice::Json => Ok(()),
    }
}
