//! Without a display the program trains all the same, and says why there is no window.

use crate::place::{Place, training};

#[test]
fn without_a_display_one_line_says_so_and_the_run_goes_on() {
    if !cfg!(all(feature = "gui", target_os = "linux")) {
        return;
    }
    let options = training("colors", "cpu").replace("--no-gui", "--nbr-epochs=3");
    for (display, reason) in [(None, "there is no display"), (Some(":4711"), "")] {
        let place = Place::new();
        let mut command = place.command(&options);
        command.env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let lines: Vec<_> = said
            .lines()
            .filter(|line| line.contains("window"))
            .collect();
        let [line] = lines[..] else {
            panic!("expected one line about the window: {said}");
        };
        assert!(
            line.starts_with("No window: ") && line.contains(reason),
            "{line}"
        );
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(stdout.contains("Experiment main: "), "{stdout}");
        assert_eq!(place.runs().len(), 1);
    }
}

#[test]
fn a_person_who_wants_no_window_is_not_told_of_one() {
    let place = Place::new();
    let mut command = place.command(&format!("{} --nbr-epochs=2", training("colors", "cpu")));
    let output = command.env_remove("DISPLAY").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("indow"), "{said}");
}
