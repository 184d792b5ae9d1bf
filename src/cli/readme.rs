//! The options as Markdown, for the README.

use std::fmt::Write;

use super::options::{OptionSpec, Section, options};

/// One table of options per section, in Markdown.
///
/// The README holds this text word for word.
pub fn readme_table() -> String {
    let mut text = String::new();
    for section in Section::ALL {
        // Writing to a String cannot fail.
        let _ = write!(text, "**{}**\n\n", section.title());
        text.push_str("| option | default | what it does |\n|---|---|---|\n");
        for option in options().filter(|option| option.section == section) {
            text.push_str(&row(option));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn row(option: &OptionSpec) -> String {
    let mut what = option.what.to_owned();
    if !option.when.is_empty() {
        what = format!("{what} {}", option.when);
    }
    if option.choices().len() > 1 && !option.is_flag() {
        let choices: Vec<_> = option.choices().iter().map(|c| format!("`{c}`")).collect();
        what = format!("{what} One of {}.", choices.join(", "));
    }
    if option.is_global() {
        what.push_str(" *Global.*");
    }
    let default = match option.default_text() {
        none if none.is_empty() => String::new(),
        default => format!("`{default}`"),
    };
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    format!("| `--{}` | {default} | {} |\n", option.name, cell(&what))
}
