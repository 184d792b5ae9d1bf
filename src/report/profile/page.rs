//! The page of an epoch: one file without any others.

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde::Serialize;

use super::roofline::Group;
use super::{EpochProfile, Roofline};
use crate::backend::profile::{Clock, Work};
use crate::bench::{si, time};
use crate::program::Phase;
use crate::report::ReportError;
use crate::report::tables::percent;

const TEMPLATE: &str = include_str!("page/template.html");
const STYLE: &str = include_str!("page/style.css");

/// What the template is filled with. All is escaped there but the style.
#[derive(Serialize)]
struct Filling {
    run: String,
    epoch: u32,
    device: String,
    clock: &'static str,
    /// Each kernel stands for itself.
    is_split: bool,
    peak: Option<String>,
    wall: String,
    busy: Bar,
    calls: u64,
    bytes: String,
    flops: String,
    kernels: Vec<KernelRow>,
    dispatches: Vec<KernelRow>,
    host: Vec<HostRow>,
    startup: Vec<HostRow>,
    style: &'static str,
}

/// Kernels of one name and phase, or one of them.
#[derive(Serialize)]
struct KernelRow {
    name: String,
    phase: &'static str,
    writes: String,
    dispatches: usize,
    calls: u64,
    mean: String,
    time: Bar,
    bytes: String,
    flops: String,
    bytes_per_second: String,
    flops_per_second: String,
    intensity: String,
    roofline: Option<Bar>,
    bound: &'static str,
}

/// What the host did.
#[derive(Serialize)]
struct HostRow {
    what: String,
    calls: Option<u64>,
    time: Bar,
}

/// A duration and its share of a whole, drawn as a bar.
#[derive(Serialize)]
struct Bar {
    time: String,
    share: String,
    /// Of the bar, 0 to 100.
    width: f64,
}

impl Bar {
    fn new(seconds: f64, of: f64) -> Self {
        let share = seconds / of.max(f64::MIN_POSITIVE);
        Self {
            time: time(seconds),
            share: share_text(share),
            width: (1000.0 * share.clamp(0.0, 1.0)).round() / 10.0,
        }
    }
}

/// What takes less than the least time takes it from a cache, or from nowhere: how much less says nothing.
pub(super) fn share_text(share: f64) -> String {
    match share > 1.0 {
        true => "> 100%".to_owned(),
        false => percent(share),
    }
}

/// A count with a prefix of thousands, whole where it has none.
fn count(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        more => si(more as f64),
    }
}

/// The page of an epoch, as HTML.
///
/// # Errors
/// None that a profile can cause.
pub fn page(profile: &EpochProfile) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    // By its name's ending it is known to be escaped.
    environment.add_template("epoch.html", TEMPLATE)?;
    let template = environment.get_template("epoch.html")?;
    Ok(template.render(Serde(&filling(profile)))?)
}

fn filling(profile: &EpochProfile) -> Filling {
    let kernels = &profile.kernels.kernels;
    let groups = Group::all(&profile.kernels);
    let busy: f64 = groups.iter().map(Group::seconds).sum();
    let wall = (profile.host.end - profile.host.begin) as f64 / 1e9;
    let work = kernels
        .iter()
        .fold(Work::default(), |sum, kernel| sum + kernel.work);
    let row = |group: &Group<'_>| kernel_row(group, busy, profile.roofline.as_ref());
    let peak = profile.roofline.map(|roofline| {
        let [bytes, flops] = [roofline.bytes_per_second, roofline.flops_per_second].map(si);
        format!("{bytes}B/s copied, {flops}FLOP/s in matrix products")
    });
    Filling {
        run: profile.run.clone(),
        epoch: profile.epoch,
        device: profile.device.clone(),
        clock: clock(profile.kernels.clock),
        is_split: profile.kernels.clock != Clock::Submissions,
        peak,
        wall: time(wall),
        busy: Bar::new(busy, wall),
        calls: kernels.iter().map(|kernel| kernel.calls).sum(),
        bytes: count(work.bytes),
        flops: count(work.flops),
        kernels: groups.iter().map(row).collect(),
        dispatches: kernels
            .iter()
            .map(|kernel| row(&Group::of(kernel)))
            .collect(),
        host: host_rows(profile, wall),
        startup: startup_rows(profile),
        style: STYLE,
    }
}

fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Host => "the host's clock around each op",
        Clock::Timestamps => "the device's timestamps before and after each kernel",
        Clock::Submissions => {
            "the host's clock around whole submissions, each waited for: the device has no timestamps"
        }
    }
}

fn kernel_row(group: &Group<'_>, busy: f64, roofline: Option<&Roofline>) -> KernelRow {
    let (seconds, work) = (group.seconds(), group.work());
    let per_second = |amount: u64| match seconds > 0.0 {
        true => count((amount as f64 / seconds) as u64),
        false => String::new(),
    };
    KernelRow {
        name: group.name().to_owned(),
        phase: match group.phase() {
            Phase::Evaluate => "evaluation",
            Phase::Train | Phase::Fetch | Phase::Loss => "training",
        },
        writes: group
            .kernels
            .first()
            .map_or("", |kernel| &kernel.writes)
            .to_owned(),
        dispatches: group.dispatches(),
        calls: group.calls(),
        mean: match group.calls() {
            0 => String::new(),
            calls => time(seconds / calls as f64),
        },
        time: Bar::new(seconds, busy),
        bytes: count(work.bytes),
        flops: count(work.flops),
        bytes_per_second: per_second(work.bytes),
        flops_per_second: per_second(work.flops),
        intensity: format!("{:.2}", work.flops as f64 / work.bytes.max(1) as f64),
        roofline: roofline
            .filter(|_| seconds > 0.0)
            .map(|roofline| Bar::new(group.least_seconds(roofline), seconds)),
        bound: roofline.map_or("", |roofline| match roofline.is_bound_by_compute(work) {
            true => "arithmetic",
            false => "memory",
        }),
    }
}

/// What the host did, and how much of the epoch is left.
fn host_rows(profile: &EpochProfile, wall: f64) -> Vec<HostRow> {
    let row = |what: &str, calls, nanoseconds: u64| HostRow {
        what: what.to_owned(),
        calls,
        time: Bar::new(nanoseconds as f64 / 1e9, wall),
    };
    let sums = profile.host.sums.iter();
    let rest = row("other runs, and all else", None, profile.host.rest());
    sums.map(|sum| row(sum.what, Some(sum.calls), sum.nanoseconds))
        .chain([rest])
        .collect()
}

fn startup_rows(profile: &EpochProfile) -> Vec<HostRow> {
    let ended = profile.startup.as_ref().map_or(&[][..], |s| s.ended());
    let all = ended.iter().map(|(_, seconds)| seconds).sum();
    let row = |(what, seconds): &(String, f64)| HostRow {
        what: what.clone(),
        calls: None,
        time: Bar::new(*seconds, all),
    };
    ended.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_each_kernel_and_what_it_reaches_and_nothing_is_taken_for_markup() {
        let page = page(&EpochProfile::example()).unwrap();
        // 4000 bytes in 8 µs are half of 1 GB/s.
        assert!(page.contains("--width: 50.0%\">50.0%</td>"), "{page}");
        // In each table a head, then by name and phase three kernels; in the second each alone.
        assert_eq!(
            page.matches(">matmul &#x2f; tiles</th>").count(),
            4,
            "{page}"
        );
        assert_eq!(page.matches(">adam &#x2f; adam</th>").count(), 2);
        assert!(page.contains("open the device"));
        assert!(page.contains("&lt;main&gt;") && page.contains("a &amp; b"));
        assert!(!page.contains("<main>"));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let profile = EpochProfile {
            roofline: None,
            startup: None,
            ..EpochProfile::example()
        };
        let page = page(&profile).unwrap();
        assert!(!page.contains("of the roofline</th>"));
        assert!(!page.contains("Before the first step"));
    }
}
