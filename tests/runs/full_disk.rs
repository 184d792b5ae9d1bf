//! Where there is no room, or no right, to write.

use std::process::Command;

use crate::place::{Place, check_files, training};

#[cfg(unix)]
#[test]
fn an_unwritable_folder_is_one_clear_error() {
    let place = Place::new();
    std::fs::write(place.path("file"), "").unwrap();
    let output = place.run(&format!(
        "{} --nbr-epochs=2 --runs-path=file/runs",
        training("colors", "cpu")
    ));
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.contains("file/runs") && error.contains("--runs-path"),
        "{error}"
    );
    assert_eq!(error.matches("os error").count(), 1, "told once: {error}");
}

/// A small file system of its own; `None` where this user may not mount one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=400k", "tmpfs"])
            .arg(&at)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_clear_error_and_loses_no_checkpoint() {
    let place = Place::new();
    let Some(_disk) = SmallDisk::mount(place.path("runs")) else {
        println!("This user may not mount a small file system: not tested here.");
        return;
    };
    let options = training("colors", "cpu");
    let output = place.run(&format!(
        "{options} --nbr-epochs=2000 --checkpoint-every=1 --keep=last=1000,best=0"
    ));
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(
        error
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count(),
        1,
        "{error}"
    );
    assert!(error.contains("No space left on device"), "{error}");
    let run = place.only_run();
    check_files(&run);
    let kept = std::fs::read_dir(run.join("checkpoints")).unwrap();
    assert!(kept.count() > 1);
}
