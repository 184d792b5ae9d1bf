//! Panics of others: libraries of the desktop panic where one that they open at run time is missing.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Arc;
use std::thread;

/// What a panic says.
pub fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let string = || panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(string).unwrap_or("it panicked")
}

/// Calls `f`; its panic is an error, and is printed only where `prints` says so by then. Others print theirs.
pub fn caught<T>(
    f: impl FnOnce() -> T,
    prints: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<T, String> {
    let before: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = Arc::from(panic::take_hook());
    let (hook, this) = (Arc::clone(&before), thread::current().id());
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() != this || prints() {
            hook(info);
        }
    }));
    let called = panic::catch_unwind(AssertUnwindSafe(f));
    panic::set_hook(Box::new(move |info| before(info)));
    called.map_err(|panic| message(&*panic).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_words() {
        assert_eq!(caught(|| 7, || false), Ok(7));
        let crashed: Result<(), _> = caught(|| panic!("a library is {}", "missing"), || false);
        assert_eq!(crashed, Err("a library is missing".to_owned()));
    }
}
