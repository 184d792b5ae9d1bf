//! WGSL texts as they are compiled: the files of `shaders/` with their shared parts put in.

use super::replicas;
use crate::ops::Shader;

/// The files of `shaders/shared/`, by the path that an `//!include` line names.
const SHARED: [(&str, &str); 10] = [
    (
        "shared/chunks.wgsl",
        include_str!("../../../shaders/shared/chunks.wgsl"),
    ),
    (
        "shared/grid.wgsl",
        include_str!("../../../shaders/shared/grid.wgsl"),
    ),
    (
        "shared/rows.wgsl",
        include_str!("../../../shaders/shared/rows.wgsl"),
    ),
    (
        "shared/lanes4.wgsl",
        include_str!("../../../shaders/shared/lanes4.wgsl"),
    ),
    (
        "shared/lanes2.wgsl",
        include_str!("../../../shaders/shared/lanes2.wgsl"),
    ),
    (
        "shared/lanes1.wgsl",
        include_str!("../../../shaders/shared/lanes1.wgsl"),
    ),
    (
        "shared/rng.wgsl",
        include_str!("../../../shaders/shared/rng.wgsl"),
    ),
    (
        "shared/samples_f32.wgsl",
        include_str!("../../../shaders/shared/samples_f32.wgsl"),
    ),
    (
        "shared/samples_u8.wgsl",
        include_str!("../../../shaders/shared/samples_u8.wgsl"),
    ),
    (
        "shared/state.wgsl",
        include_str!("../../../shaders/shared/state.wgsl"),
    ),
];

/// The shader's text with each `//!include PATH` line replaced by that file, for one network.
///
/// # Panics
/// If the shader includes a file that does not exist; a test assembles every shader.
pub fn assemble(shader: &Shader) -> String {
    replicas::of_one(&include(shader))
}

/// The same for several networks of one shape: the invocations at z of a dispatch work for the z-th.
///
/// # Panics
/// If the shader includes a file that does not exist; a test assembles every shader.
pub fn assemble_for_replicas(shader: &Shader) -> String {
    replicas::of_many(&include(shader))
}

fn include(shader: &Shader) -> String {
    shader
        .source
        .lines()
        .map(|line| match line.strip_prefix("//!include ") {
            Some(path) => SHARED
                .iter()
                .find(|(name, _)| *name == path.trim())
                .map(|(_, text)| *text)
                .unwrap_or_else(|| {
                    panic!("{}.wgsl includes {path}, which is not there", shader.name)
                }),
            None => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}
