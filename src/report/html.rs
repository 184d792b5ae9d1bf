//! `report.html`: runs as one page that needs nothing but itself.
//!
//! The tables are in the page as HTML, so that they are there for whoever reads without scripts. What is
//! drawn travels as JSON in a `<script type="application/json">`; report.js and its neighbours draw it.

mod data;
mod differences;
mod pictures;
mod tables;

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde::Serialize;

use super::error::ReportError;
use super::naming::{Named, named};
use super::one_line;
use super::palette::{colors, css};
use crate::runs::RunRecord;

const TEMPLATE: &str = include_str!("html/template.html");
const STYLE: &str = include_str!("html/report.css");

/// One module, in this order.
const SCRIPTS: [&str; 7] = [
    include_str!("html/js/elements.js"),
    include_str!("html/js/scales.js"),
    include_str!("html/js/chart.js"),
    include_str!("html/js/curves.js"),
    include_str!("html/js/confusion.js"),
    include_str!("html/js/pictures.js"),
    include_str!("html/js/report.js"),
];

/// What the template is filled with. All is escaped there but style, script and data.
#[derive(Serialize)]
struct Filling {
    title: String,
    facts: Vec<String>,
    comparison: tables::Table,
    differences: differences::Differences,
    configurations: Vec<differences::Configuration>,
    /// Why runs failed: name and reason.
    errors: Vec<(String, String)>,
    /// Of each run on a light and on a dark ground.
    colors: Vec<[String; 2]>,
    has_epochs: bool,
    has_confusions: bool,
    has_pictures: bool,
    /// What the page leaves out.
    notes: Vec<String>,
    version: &'static str,
    style: &'static str,
    script: String,
    data: String,
}

/// The page of runs, which may come in any order. Reads the pictures that they wrote.
///
/// # Errors
/// None that runs can cause; a picture that is missing is told in the page.
pub fn html(runs: &[RunRecord]) -> Result<String, ReportError> {
    let named = named(runs);
    let (data, notes) = data::page(&named);
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("report.html", TEMPLATE)?;
    let filling = Filling {
        title: title(&named),
        facts: facts(&named),
        comparison: tables::comparison(runs, &named),
        differences: differences::differences(&named),
        configurations: differences::configurations(&named),
        errors: errors(&named),
        colors: run_colors(named.len()),
        has_epochs: named.iter().any(|run| !run.run.epochs.is_empty()),
        has_confusions: data.runs.iter().any(|run| !run.confusions.is_empty()),
        has_pictures: data.runs.iter().any(|run| !run.pictures.is_empty()),
        notes,
        version: env!("CARGO_PKG_VERSION"),
        style: STYLE,
        script: SCRIPTS.join("\n"),
        data: as_script(&serde_json::to_string(&data)?),
    };
    let template = environment.get_template("report.html")?;
    Ok(template.render(Serde(filling))?)
}

/// JSON that cannot end the `<script>` that it stands in.
fn as_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

fn title(runs: &[Named]) -> String {
    match runs {
        [] => "No runs".to_owned(),
        [run] => one_line(&run.name),
        [first, others @ ..] => {
            let dataset = |run: &Named| run.run.config.data.dataset.clone();
            let is_same = others.iter().all(|run| dataset(run) == dataset(first));
            let on = is_same.then(|| format!(" on {}", one_line(&dataset(first))));
            format!("{} runs{}", runs.len(), on.unwrap_or_default())
        }
    }
}

fn run_colors(runs: usize) -> Vec<[String; 2]> {
    let colors = colors(runs).into_iter();
    colors
        .map(|color| [css(color.light), css(color.dark)])
        .collect()
}

/// What the runs are about, in a few words each.
fn facts(runs: &[Named]) -> Vec<String> {
    let mut facts = Vec::new();
    let mut tell = |fact: fn(&Named) -> String| {
        let mut all: Vec<String> = Vec::new();
        for fact in runs.iter().map(|run| one_line(&fact(run))) {
            if !all.contains(&fact) {
                all.push(fact);
            }
        }
        match all.as_slice() {
            [] => {}
            [first, second, third, _, ..] => facts.push(format!(
                "{first}, {second}, {third} and {} more",
                all.len() - 3
            )),
            few => facts.push(few.join(", ")),
        }
    };
    tell(|run| format!("data set {}", run.run.config.data.dataset));
    tell(|run| {
        let [width, height, channels] = run.run.summary.picture;
        format!("{width} × {height} × {channels}")
    });
    tell(|run| match run.run.summary.classes.len() {
        1 => "1 class".to_owned(),
        classes => format!("{classes} classes"),
    });
    tell(|run| {
        let samples = run.run.summary.samples;
        let (training, dev, test) = (samples.training, samples.dev, samples.test);
        format!("{training} training, {dev} dev, {test} test samples")
    });
    tell(|run| run.run.summary.device.clone());
    if let Some(first) = runs.iter().map(|run| &run.run.summary.started).min() {
        facts.push(format!("begun {}", one_line(&time(first))));
    }
    facts
}

/// Date and time to the minute, of RFC 3339.
fn time(stamp: &str) -> String {
    match stamp.get(..16).and_then(|start| start.split_once('T')) {
        Some((date, time)) if stamp.ends_with('Z') => format!("{date} {time} UTC"),
        _ => stamp.to_owned(),
    }
}

fn errors(runs: &[Named]) -> Vec<(String, String)> {
    let reasons = runs.iter().filter_map(|run| {
        let reason = run.run.summary.error.as_deref()?;
        Some((one_line(&run.name), one_line(reason)))
    });
    reasons.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_end_its_script() {
        let json = serde_json::to_string("</script><!--").unwrap();
        let escaped = as_script(&json);
        assert!(!escaped.contains('<'), "{escaped}");
        assert_eq!(
            serde_json::from_str::<String>(&escaped).unwrap(),
            "</script><!--"
        );
    }

    #[test]
    fn style_and_scripts_hold_nothing_that_ends_them_or_comes_from_elsewhere() {
        let scripts = SCRIPTS.join("\n");
        assert!(!STYLE.contains("</"));
        assert!(!scripts.contains("</script") && !scripts.contains("<!--"));
        for text in [STYLE, &scripts] {
            let web = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!web.contains("http:") && !web.contains("https:") && !web.contains("@import"));
        }
    }
}
