//! The form on the screen: options by section, each with a widget that suits its values.

use eframe::egui::{
    self, Align, CollapsingHeader, Color32, ComboBox, Id, Layout, RichText, Role, TextEdit, Ui,
    WidgetInfo, vec2,
};

use super::form::{Field, Form};
use super::session::fixed;
use crate::cli::options::Section;
use crate::gui::panels::look::{self, named};
use crate::gui::state::ViewState;

/// Of the column of names.
const NAME_WIDTH: f32 = 190.0;
const VALUE_WIDTH: f32 = 200.0;

/// Draws the options that a search leaves.
pub fn form(ui: &mut Ui, form: &mut Form, search: &str, datasets: &[String], state: &ViewState) {
    let search = search.to_lowercase();
    let searches = !search.trim().is_empty();
    let mut changed = false;
    let mut found = false;
    // The session after the name of the experiment.
    let (first, others) = Section::ALL.split_at(1);
    let sections = first.iter().map(Some).chain([None]);
    for section in sections.chain(others.iter().map(Some)) {
        let is_of_section = |field: &&mut Field| match section {
            Some(section) => !field.is_of_session() && field.option.section == *section,
            None => field.is_of_session(),
        };
        let fields = form.fields.iter_mut().filter(is_of_section);
        let mut fields: Vec<_> = fields.filter(|field| field.is_found(&search)).collect();
        if fields.is_empty() {
            continue;
        }
        found = true;
        let name = match section {
            None => "This session",
            // The device is of the session.
            Some(Section::Session) => "Experiment",
            Some(section) => section.title(),
        };
        let title = match fields.iter().filter(|field| field.changed).count() {
            0 => name.to_owned(),
            1 => format!("{name}: 1 changed"),
            count => format!("{name}: {count} changed"),
        };
        let opens = matches!(
            section,
            Some(
                Section::Session
                    | Section::Data
                    | Section::Preprocessing
                    | Section::Model
                    | Section::Optimizer
            )
        );
        let has_error = fields.iter().any(|field| field.error.is_some());
        CollapsingHeader::new(RichText::new(title).strong())
            .id_salt((name, searches))
            .default_open(opens)
            .open((searches || has_error).then_some(true))
            .show(ui, |ui| {
                if section.is_none() {
                    ui.weak(match state.is_busy() {
                        true => "The same for all runs at work.",
                        false => "For the runs that are trained next.",
                    });
                }
                for field in &mut fields {
                    changed |= row(ui, field, datasets, state);
                }
            });
    }
    if !found {
        ui.weak(format!(
            "No option has \u{201c}{}\u{201d} in its name or help.",
            search.trim()
        ));
    }
    if changed {
        form.check();
    }
}

/// One option. Whether it has changed.
fn row(ui: &mut Ui, field: &mut Field, datasets: &[String], state: &ViewState) -> bool {
    let help = help(field);
    let name = field.option.name;
    let fixed = fixed(field.option, state);
    let cell = |ui: &mut Ui, width: f32| {
        let size = vec2(width, ui.spacing().interact_size.y);
        let (_, rect) = ui.allocate_space(size);
        let layout = Layout::left_to_right(Align::Center);
        ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout))
    };
    let mut changed = false;
    ui.horizontal(|ui| {
        let label = match field.changed {
            true => RichText::new(name).strong(),
            false => RichText::new(name),
        };
        let label = cell(ui, NAME_WIDTH).label(label).on_hover_text(&help);
        let mut cell = cell(ui, VALUE_WIDTH + 8.0);
        if fixed.is_some() {
            cell.disable();
        }
        let why = fixed.as_deref().unwrap_or_default();
        changed |= value(&mut cell, field, label.id, &help, why);
        if field.changed && fixed.is_none() {
            let text = format!("Reset {name} to {}", shown(&field.default));
            let reset = ui.small_button("Reset").on_hover_text(&text);
            named(&reset, Role::Button, &text);
            if reset.clicked() {
                field.text.clone_from(&field.default);
                changed = true;
            }
        }
    });
    if let Some(error) = &field.error {
        ui.horizontal(|ui| {
            ui.add_space(NAME_WIDTH + ui.spacing().item_spacing.x);
            let text = RichText::new(format!("Expected {error}")).size(look::SMALL);
            ui.add(egui::Label::new(text.color(error_color(ui))).wrap());
        });
    }
    if name == "dataset" && !datasets.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(NAME_WIDTH + ui.spacing().item_spacing.x);
            changed |= pick(ui, field, datasets);
        });
    }
    changed
}

/// The widget of an option, named by a label; disabled, it says why. Whether it has changed.
fn value(ui: &mut Ui, field: &mut Field, label: Id, help: &str, why: &str) -> bool {
    let option = field.option;
    let choices = option.choices();
    if option.is_flag() {
        let mut on = field.text == "true";
        let shown = if on { "on" } else { "off" };
        let response = ui.checkbox(&mut on, shown);
        let response = response.on_hover_text(help).on_disabled_hover_text(why);
        let enabled = response.enabled();
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, option.name));
        if response.changed() {
            field.text = on.to_string();
        }
        return response.changed();
    }
    if choices.len() > 1 {
        let before = field.text.clone();
        let combo = ComboBox::from_id_salt(option.name)
            .selected_text(&field.text)
            .width(VALUE_WIDTH)
            .show_ui(ui, |ui| {
                for choice in choices {
                    ui.selectable_value(&mut field.text, (*choice).to_owned(), *choice);
                }
            });
        let response = combo.response.on_hover_text(help);
        response.on_disabled_hover_text(why).labelled_by(label);
        return field.text != before;
    }
    let hint = match field.default.as_str() {
        "" => option.value,
        default => default,
    };
    let edit = TextEdit::singleline(&mut field.text)
        .id_salt(option.name)
        .hint_text(hint)
        .desired_width(VALUE_WIDTH);
    let edit = match &field.error {
        Some(_) => edit.text_color(error_color(ui)),
        None => edit,
    };
    let edit = ui.add(edit).on_hover_text(help);
    let edit = edit.on_disabled_hover_text(why).labelled_by(label);
    edit.changed()
}

/// The data sets that are there.
fn pick(ui: &mut Ui, field: &mut Field, datasets: &[String]) -> bool {
    let before = field.text.clone();
    ui.horizontal_wrapped(|ui| {
        for name in datasets {
            let is_it = field.text == *name;
            if ui.selectable_label(is_it, name).clicked() {
                field.text.clone_from(name);
            }
        }
    });
    field.text != before
}

/// What the option does, when to change it, and its default.
fn help(field: &Field) -> String {
    let option = field.option;
    let mut help = option.what.to_owned();
    if !option.when.is_empty() {
        help = format!("{help}\n\n{}", option.when);
    }
    if option.is_repeated() {
        help.push_str("\n\nSeveral with spaces between them.");
    }
    format!("{help}\n\nDefault: {}", shown(&field.default))
}

fn shown(default: &str) -> &str {
    match default {
        "" => "none",
        default => default,
    }
}

pub fn error_color(ui: &Ui) -> Color32 {
    ui.visuals().error_fg_color
}
