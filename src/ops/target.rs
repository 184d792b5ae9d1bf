//! What an op may know about the GPU that its dispatches are for.

/// The kind of GPU that kernels are chosen for. The default is one that nothing is known of: whatever
/// is chosen for it runs everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// It computes on the CPU, as Mesa's llvmpipe does: loads are dear, barriers very dear, and few
    /// invocations at once are enough.
    pub software: bool,
}
