//! What makes Mesa's software adapters fast: environment variables that they read when they start.
//!
//! They are set only where there is no real GPU, and never over a user's own setting.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::is_software;
use crate::config::{self, ExperimentConfig, SessionConfig};

/// Bits of the vectors that llvmpipe computes with. It takes 256 where it is not told otherwise, and its
/// products of matrices then take 1.4 times as long on a CPU that has 512.
const WIDTH: &str = "LP_NATIVE_VECTOR_WIDTH";
/// Threads that llvmpipe starts; with 0, whoever submits work does it.
const THREADS: &str = "LP_NUM_THREADS";
/// Where Mesa keeps compiled shaders. It does not tell them apart by vector width, so each width gets a folder.
const CACHE: &str = "MESA_SHADER_CACHE_DIR";

/// Floating point operations of a training step below which llvmpipe is faster without threads: they cost
/// about 25 µs a dispatch, in a step of about 20 of them, and halve the rest at 40 GFLOP/s a core.
const SMALL_STEP: f64 = 40e6;

/// Replicas of a small network that are worth a core of their own, with a device of its own.
pub const LEAST_OF_A_CORE: usize = 2;

/// Samples of a data set of which nothing is known yet.
const SAMPLES: usize = 1000;

/// Sets what is not set, if this machine has no real GPU. With `small`, for small networks. With `draws`, for a
/// program that opens a window: llvmpipe (LLVM 15.0.6, Mesa 22.3.6) crashes when it draws with vectors of 512 bits.
///
/// # Safety
/// No other thread may read or write the environment meanwhile.
pub unsafe fn set_up(small: bool, draws: bool) {
    if has_gpu() {
        return;
    }
    let is_set = |name: &str| std::env::var_os(name).is_some();
    for (name, value) in settings(small, is_set, wide() && !draws) {
        if name == CACHE {
            // Without it Mesa compiles anew at each start, and says so.
            let _ = std::fs::create_dir_all(&value);
        }
        // SAFETY: promised by the caller.
        unsafe { std::env::set_var(name, value) };
    }
}

/// The variables to set, given which are set already and whether the CPU has 512-bit vectors.
fn settings(
    small: bool,
    is_set: impl Fn(&str) -> bool,
    wide: bool,
) -> Vec<(&'static str, PathBuf)> {
    let mut settings = Vec::new();
    if small && !is_set(THREADS) {
        settings.push((THREADS, "0".into()));
    }
    // Not with a folder of the user's own: it may hold shaders of another width.
    if wide
        && !is_set(WIDTH)
        && !is_set(CACHE)
        && let Some(folder) = cache_folder()
    {
        settings.push((WIDTH, "512".into()));
        settings.push((CACHE, folder.join("mesa-512")));
    }
    settings
}

/// This program's folder of the user's cache, where there is one.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "shadernets")?;
    Some(folders.cache_dir().to_owned())
}

/// Whether all networks that a session trains are [small](is_small): those of one program counted together, unless
/// they are so many that each core gets some.
pub fn is_small_session(session: &SessionConfig) -> bool {
    let runs = session.runs();
    let groups = config::replicas(&runs, session.most_replicas());
    let mut groups = groups.iter();
    groups.all(|group| {
        let (run, replicas) = (&runs[group[0]], group.len());
        are_small(run, replicas) || (is_small(run) && replicas >= 2 * LEAST_OF_A_CORE)
    })
}

/// Whether this adapter computes on the thread that asks it to, and on no other.
pub fn computes_where_asked(info: &wgpu::AdapterInfo) -> bool {
    is_software(info) && std::env::var_os(THREADS).is_some_and(|threads| threads == "0")
}

/// Whether an experiment trains a network so small that llvmpipe's threads cost more than they save.
pub fn is_small(experiment: &ExperimentConfig) -> bool {
    are_small(experiment, 1)
}

/// The same of so many networks that are trained as one program. The data set is not read yet: its pictures may
/// have up to three channels.
fn are_small(experiment: &ExperimentConfig, replicas: usize) -> bool {
    let preprocessing = &experiment.data.preprocessing;
    let channels = if preprocessing.grayscale { 1 } else { 3 };
    let size = preprocessing.resize;
    let inputs = channels * size.width as usize * size.height as usize;
    let minibatch = experiment.training.max_minibatch_size.min(SAMPLES);
    is_small_network(inputs, &experiment.model.layers, replicas * minibatch)
}

/// The same, of a network with so many inputs, hidden units and samples of a minibatch.
pub fn is_small_network(inputs: usize, layers: &[usize], minibatch: usize) -> bool {
    let units = layers.iter().scan(inputs, |inputs, &units| {
        Some(std::mem::replace(inputs, units) * units)
    });
    6.0 * minibatch as f64 * units.sum::<usize>() as f64 <= SMALL_STEP
}

/// Whether the system has a device that a GPU's driver would use. Only Linux runs Mesa's software adapters
/// unasked.
fn has_gpu() -> bool {
    if !cfg!(target_os = "linux") || Path::new("/dev/nvidia0").exists() {
        return true;
    }
    let nodes = std::fs::read_dir("/dev/dri").into_iter().flatten();
    let mut names = nodes.flatten().map(|node| node.file_name());
    names.any(|name| is_render_node(&name)) || Path::new("/dev/dxg").exists()
}

fn is_render_node(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with("renderD")
}

fn wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vl");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(small: bool, wide: bool, set: &[&str]) -> Vec<&'static str> {
        let settings = settings(small, |name| set.contains(&name), wide);
        settings.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_a_user_has_set_stays() {
        assert_eq!(names(true, true, &[]), [THREADS, WIDTH, CACHE]);
        assert_eq!(names(true, true, &[THREADS]), [WIDTH, CACHE]);
        assert_eq!(names(false, true, &[WIDTH]), [""; 0]);
        assert_eq!(names(false, true, &[CACHE]), [""; 0]);
    }

    #[test]
    fn a_cpu_without_512_bits_keeps_its_width() {
        assert_eq!(names(false, false, &[]), [""; 0]);
    }

    #[test]
    fn small_networks_run_without_threads() {
        let mut experiment = ExperimentConfig::default();
        experiment.data.preprocessing.resize.width = 16;
        experiment.data.preprocessing.resize.height = 16;
        experiment.model.layers = vec![8];
        assert!(is_small(&experiment));
        assert!(!are_small(&experiment, 16), "replicas count");
        experiment.model.layers = vec![256];
        assert!(!is_small(&experiment));
    }
}
