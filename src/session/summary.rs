//! What is printed and written once all runs that were given are over.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Session;
use super::link::Update;
use crate::config::RunsPath;
use crate::host;
use crate::report::{Comparison, Format, html, one_line, plot, tell};
use crate::runs::{RunRecord, replace_file};

impl Session<'_> {
    /// Tells how the runs have ended that were not told of yet, if there are some. Beside a window the session goes on
    /// whatever comes of it.
    ///
    /// # Errors
    /// The error of the only run; what is to be written cannot be.
    pub fn conclude(&mut self) -> anyhow::Result<()> {
        self.is_told = true;
        self.progress.clear();
        if self.summaries.is_empty() && self.failures.is_empty() {
            return Ok(());
        }
        if self.is_only
            && let Some((run_id, error)) = self.failures.pop()
        {
            return Err(error.context(format!("experiment {run_id}")));
        }
        self.some_failed |= !self.failures.is_empty();
        let told = self.tell_results();
        if let (Some(link), Err(error)) = (&self.link, &told) {
            self.some_failed = true;
            link.tell(Update::Failed(format!("{error:#}")));
            return Ok(());
        }
        told
    }

    /// Prints the summary and the comparison, writes what is asked for, and names what failed.
    fn tell_results(&mut self) -> anyhow::Result<()> {
        let (summaries, records) = (
            std::mem::take(&mut self.summaries),
            std::mem::take(&mut self.records),
        );
        let failures = std::mem::take(&mut self.failures);
        tell!("\nSummary");
        for summary in &summaries {
            tell!("{summary}");
        }
        if records.len() > 1 {
            tell!(
                "\nComparison\n{}",
                Comparison::new(&records).text(Format::Terminal)?
            );
        }
        self.write_reports(&records)?;
        let peak = host::peak_memory_mib();
        let memory = peak.map_or(String::new(), |peak| format!(", peak memory {peak:.0} MiB"));
        let (begun, clock) = self.begun;
        tell!(
            "Session: {} to {}, {:.2} s{memory}",
            humantime::format_rfc3339_seconds(begun),
            humantime::format_rfc3339_seconds(SystemTime::now()),
            clock.elapsed().as_secs_f64()
        );
        for (run_id, error) in &failures {
            let message = one_line(&format!("{error:#}"));
            eprintln!("error: experiment {run_id}: {message}");
        }
        Ok(())
    }

    /// Writes the report of all runs, where there are several, and the plot; says where everything is.
    fn write_reports(&self, records: &[RunRecord]) -> anyhow::Result<()> {
        if let Some(to) = &self.config.plot {
            plot(records, to)?;
            tell!("Plot: {}", to.display());
        }
        let RunsPath::Folder(runs) = &self.config.runs_path else {
            return Ok(());
        };
        match records {
            [] => {}
            [record] => tell!("Results: {}", record.folder.display()),
            records => {
                let path = free_path(runs, self.begun.0);
                replace_file(&path, html(records)?.as_bytes())?;
                tell!(
                    "Results: {}; all in one page: {}",
                    runs.display(),
                    path.display()
                );
            }
        }
        Ok(())
    }
}

/// Where the report of a whole session goes.
fn free_path(runs: &Path, begun: SystemTime) -> PathBuf {
    let stamp = humantime::format_rfc3339_seconds(begun).to_string();
    let stamp = stamp.replace([':', '-'], "");
    let names = (1..).map(|number| match number {
        1 => format!("{stamp}-report.html"),
        _ => format!("{stamp}-report-{number}.html"),
    });
    let mut paths = names.map(|name| runs.join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}
