//! What the operating system tells about this process and its machine; `None` where it does not.

/// Largest resident size of this process so far, in MiB.
pub fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: f64 = field(&status, "VmHWM:")?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(feature = "gui")]
/// Bytes of memory that this process has now, and the most so far.
pub fn memory_bytes() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let bytes = |key| Some(1024 * field(&status, key)?.parse::<u64>().ok()?);
    Some((bytes("VmRSS:")?, bytes("VmHWM:")?))
}

/// Memory that programs can still have, in bytes.
pub fn available_memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 = field(&text, "MemAvailable:")?.parse().ok()?;
    Some(1024 * kib)
}

/// The processor's name.
pub fn cpu_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Seconds of CPU that the calling thread has used.
pub fn thread_cpu_seconds() -> Option<f64> {
    clock(Clock::Thread)
}

/// Seconds of CPU that all threads of this process have used.
pub fn process_cpu_seconds() -> Option<f64> {
    clock(Clock::Process)
}

enum Clock {
    Thread,
    Process,
}

#[cfg(unix)]
fn clock(clock: Clock) -> Option<f64> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(match clock {
        Clock::Thread => ClockId::ThreadCPUTime,
        Clock::Process => ClockId::ProcessCPUTime,
    });
    Some(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

#[cfg(not(unix))]
fn clock(_: Clock) -> Option<f64> {
    None
}

/// The first word behind a key that starts a line.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()
}
