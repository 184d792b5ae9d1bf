//! A run that is killed at any moment can be read and resumed, and ends as if nothing had happened.

use std::time::Duration;

use crate::place::{Place, check_files, model_bits, training};

/// A random number in `[0, 1)`, from a seed.
fn random(seed: &mut u64) -> f64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed >> 11) as f64 / (1u64 << 53) as f64
}

fn killed_at_random(device: &str, times: usize, epochs: usize, longest: Duration) {
    let options = format!(
        "{} --nbr-epochs={epochs} --checkpoint-every=1",
        training("colors", device)
    );
    let whole = Place::new();
    whole.works(&options);
    let expected = model_bits(&whole.only_run());

    let mut seed = 0x9e37_79b9_7f4a_7c15;
    let (mut kills, mut done) = (0, 0);
    while kills < times {
        let place = Place::new();
        let mut command = options.clone();
        // Killed, resumed and killed again, until it comes to its end.
        loop {
            let mut child = place.start(&command);
            let wait = longest.mul_f64(random(&mut seed));
            std::thread::sleep(wait);
            let ended = child.try_wait().unwrap();
            child.kill().unwrap();
            let status = child.wait().unwrap();
            kills += usize::from(ended.is_none());
            let runs = place.runs();
            let Some(run) = runs
                .first()
                .filter(|run| run.join("summary.json").is_file())
            else {
                // Killed before the run began.
                if runs.is_empty() || kills < times {
                    let _ = std::fs::remove_dir_all(place.path("runs"));
                    continue;
                }
                break;
            };
            check_files(run);
            if ended.is_some() {
                assert!(status.success());
                done += 1;
                assert!(
                    model_bits(run) == expected,
                    "a resumed run went another way"
                );
                break;
            }
            command = format!("--no-gui --device={device} --resume={}", run.display());
            if kills >= times {
                place.works(&command);
                assert!(
                    model_bits(run) == expected,
                    "a resumed run went another way"
                );
                done += 1;
                break;
            }
        }
    }
    println!("{device}: killed {kills} times, {done} runs came to their end");
    assert!(done > 0);
}

#[test]
fn a_run_on_the_cpu_survives_being_killed_at_twenty_moments() {
    killed_at_random("cpu", 20, 400, Duration::from_millis(250));
}

#[test]
fn a_run_on_the_gpu_survives_being_killed_at_twenty_moments() {
    killed_at_random("gpu", 20, 60, Duration::from_millis(900));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_saves_says_how_it_ended_and_goes_on_from_there() {
    use std::process::Command;
    let options = format!("{} --nbr-epochs=3000", training("colors", "cpu"));
    let place = Place::new();
    let mut child = place.start(&options);
    // Some epochs are done by then.
    let begun = loop {
        std::thread::sleep(Duration::from_millis(50));
        if let [run] = place.runs().as_slice()
            && std::fs::metadata(run.join("metrics.jsonl")).is_ok_and(|file| file.len() > 2000)
        {
            break run.clone();
        }
    };
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let record = check_files(&begun);
    assert_eq!(record.summary.status.name(), "interrupted");
    let done = record.summary.epochs_done;
    assert!(done > 0 && done < 3000);
    place.works(&format!(
        "--no-gui --device=cpu --resume={}",
        begun.display()
    ));
    let whole = Place::new();
    whole.works(&options);
    assert!(model_bits(&begun) == model_bits(&whole.only_run()));
    assert_eq!(check_files(&begun).epochs.len(), 3000);
}
