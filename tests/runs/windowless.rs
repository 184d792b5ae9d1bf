//! Without a display the program trains all the same, and says why there is no window.

use crate::place::{Place, training};

/// Trains where these variables say what there is of a desktop; the one line that tells why there is no window.
fn reason(variables: &[(&str, &str)]) -> String {
    let place = Place::new();
    let options = training("colors", "cpu").replace("--no-gui", "--nbr-epochs=3");
    let mut command = place.command(&options);
    command.env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let [line] = said.lines().collect::<Vec<_>>()[..] else {
        panic!("expected one line: {said}");
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("Experiment main: "), "{stdout}");
    assert_eq!(place.runs().len(), 1);
    let reason = line.strip_prefix("No window: ");
    let reason = reason.and_then(|rest| rest.strip_suffix("; --no-gui does without."));
    let reason = reason.unwrap_or_else(|| panic!("{line}"));
    assert!(!reason.contains(".rs:"), "it is for people: {reason}");
    reason.to_owned()
}

#[test]
#[cfg(all(feature = "gui", target_os = "linux"))]
fn without_a_display_one_line_says_so_and_the_run_goes_on() {
    assert_eq!(reason(&[]), "there is no display");
    assert_eq!(reason(&[("DISPLAY", "")]), "there is no display");
    for display in [":4711", "nonsense"] {
        let reason = reason(&[("DISPLAY", display)]);
        assert!(reason.contains("X server"), "{display}: {reason}");
    }
    for variables in [
        &[("WAYLAND_DISPLAY", "nothing")][..],
        &[("WAYLAND_DISPLAY", "nothing"), ("DISPLAY", ":4711")],
    ] {
        assert!(!reason(variables).is_empty());
    }
}

#[test]
#[cfg(all(feature = "gui", target_os = "linux"))]
fn without_the_libraries_of_the_desktop_one_line_says_so_and_the_run_goes_on() {
    // Found first, and no libraries.
    let broken = tempfile::tempdir().unwrap();
    for name in [
        "libX11.so.6",
        "libX11-xcb.so.1",
        "libwayland-client.so.0",
        "libxkbcommon.so.0",
        "libxkbcommon-x11.so.0",
    ] {
        std::fs::write(broken.path().join(name), "").unwrap();
    }
    let libraries = ("LD_LIBRARY_PATH", broken.path().to_str().unwrap());
    for display in [("DISPLAY", ":4711"), ("WAYLAND_DISPLAY", "nothing")] {
        assert!(!reason(&[libraries, display]).is_empty());
    }
    let reason = reason(&[libraries, ("DISPLAY", ":4711")]);
    assert!(reason.contains("libraries"), "{reason}");
}

#[test]
fn a_person_who_wants_no_window_is_not_told_of_one() {
    let place = Place::new();
    let mut command = place.command(&format!("{} --nbr-epochs=2", training("colors", "cpu")));
    let output = command.env_remove("DISPLAY").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("indow"), "{said}");
}
