//! The desktop window: opened where there is a display, on the adapter that trains if that can show it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use eframe::{NativeOptions, egui};

use super::app::App;
use super::crash;
use super::training::Training;
use crate::backend::gpu::{Gpu, rank};
use crate::config::{DeviceChoice, SessionConfig};
use crate::report::one_line;
use crate::session::Ended;

/// What the window is called.
const TITLE: &str = "shadernets";

/// Why there is no window, in a few words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoWindow(String);

/// Opens the window and runs a session beside it, until it is closed. A session without experiments is not
/// begun: the window opens on its start page, and what is chosen there holds for the first one.
///
/// # Errors
/// There is no display, or no way to open a window on it: nothing has begun then. Within, the errors of the
/// session.
pub fn open(config: &SessionConfig) -> Result<anyhow::Result<Ended>, NoWindow> {
    if !has_display() {
        return Err(NoWindow("there is no display".to_owned()));
    }
    let training: Arc<Mutex<Option<Training>>> = Arc::default();
    let is_open = Arc::new(AtomicBool::new(false));
    let (kept, opens) = (Arc::clone(&training), Arc::clone(&is_open));
    let session = config.clone();
    let shown = Arc::clone(&is_open);
    let opened = crash::caught(
        || {
            eframe::run_native(
                TITLE,
                options(&config.device),
                Box::new(move |context| {
                    opens.store(true, Ordering::Relaxed);
                    Ok(Box::new(App::open(context, session, kept)))
                }),
            )
        },
        move || shown.load(Ordering::Relaxed),
    );
    let opened = opened.and_then(|ran| ran.map_err(|error| error.to_string()));
    let opened = opened.map_err(|error| reason(&error));
    let training = training
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    match (training, opened) {
        // The session is told to end, or goes on without the window if that broke.
        (Some(training), Ok(())) => Ok(training.wait()),
        (Some(training), Err(error)) => {
            eprintln!("The window is gone ({error}); the training goes on.");
            Ok(training.wait())
        }
        (None, Ok(())) => Ok(Ok(Ended::Done)),
        // Nothing was at work.
        (None, Err(error)) if is_open.load(Ordering::Relaxed) => {
            Ok(Err(anyhow!("the window is gone: {error}")))
        }
        (None, Err(error)) => Err(NoWindow(error)),
    }
}

/// The last part of an error of the desktop's libraries, without the place in their sources, on one line.
fn reason(error: &str) -> String {
    let after_place = |text: &str| {
        let (_, place) = text.rsplit_once(".rs:")?;
        let (line, reason) = place.split_once(": ")?;
        line.parse::<u32>().ok().map(|_| reason.to_owned())
    };
    let reason = after_place(error).unwrap_or_else(|| error.to_owned());
    one_line(reason.trim_end_matches([' ', ':', '{', '}', '.']))
}

/// Whether something can show a window; without that, asking for one may take long.
pub fn has_display() -> bool {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return true;
    }
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// How the window gets its device: of the adapter that the choice names, if that can show it, and able to train.
pub fn setup(choice: &DeviceChoice) -> WgpuSetup {
    let wanted = choice.clone();
    WgpuSetup::CreateNew(WgpuSetupCreateNew {
        native_adapter_selector: Some(Arc::new(move |adapters, surface| {
            let shows = |adapter: &&wgpu::Adapter| {
                surface.is_none_or(|surface| adapter.is_surface_supported(surface))
            };
            let mut able: Vec<_> = adapters.iter().filter(shows).collect();
            able.sort_by_key(|adapter| {
                let info = adapter.get_info();
                let is_named = match &wanted {
                    DeviceChoice::Named(part) => {
                        info.name.to_lowercase().contains(&part.to_lowercase())
                    }
                    _ => false,
                };
                (!is_named, rank(&info), info.backend == wgpu::Backend::Gl)
            });
            let first = able.first().map(|adapter| (*adapter).clone());
            first.ok_or_else(|| "no adapter can show a window".to_owned())
        })),
        // All that training needs, so that it can share the device.
        device_descriptor: Arc::new(|adapter| wgpu::DeviceDescriptor {
            label: Some("window"),
            required_features: Gpu::features(adapter),
            required_limits: adapter.limits(),
            ..Default::default()
        }),
        ..WgpuSetupCreateNew::without_display_handle()
    })
}

fn options(choice: &DeviceChoice) -> NativeOptions {
    NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(TITLE)
            .with_app_id(TITLE)
            .with_inner_size([1280.0, 860.0])
            .with_min_inner_size([480.0, 320.0])
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: WgpuConfiguration {
            wgpu_setup: setup(choice),
            ..WgpuConfiguration::default()
        },
        ..NativeOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_stands_behind_the_place_in_the_sources() {
        let error = "winit EventLoopError: os error at /a/winit-0.30.13/src/linux/mod.rs:788: Failed to open connection to X server";
        assert_eq!(reason(error), "Failed to open connection to X server");
        let error = "WGPU error: Failed to create surface for any enabled backend: {}";
        assert_eq!(
            reason(error),
            "WGPU error: Failed to create surface for any enabled backend"
        );
        assert_eq!(reason("two\nlines."), one_line("two\nlines"));
    }
}
