//! Stand-ins until the real ones are merged.
use std::path::Path;

use crate::runs::RunRecord;

pub enum Format {
    Terminal,
}
pub fn comparison(_: &[RunRecord], _: Format) -> anyhow::Result<String> {
    Ok(String::new())
}
pub fn html(_: &[RunRecord]) -> anyhow::Result<String> {
    Ok(String::new())
}
pub fn plot(_: &[RunRecord], _: &Path) -> anyhow::Result<()> {
    Ok(())
}
