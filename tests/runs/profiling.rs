//! What `--profiling` leaves.

use std::path::Path;

use serde_json::Value;

use crate::place::{Place, model_bits, training};

/// The reports of three epochs.
fn pages(folder: &Path) -> Vec<String> {
    let pages = (0..3).map(|epoch| folder.join(format!("epoch-{epoch:05}.html")));
    pages
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// Each element that is opened is closed, in order; those without contents aside.
fn check_elements(page: &str) {
    const EMPTY: [&str; 2] = ["meta", "!doctype"];
    let mut open = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect(part);
        let name = tag.split_whitespace().next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if EMPTY.contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Of the events of a category, in microseconds.
fn begin_and_end(events: &[Value], category: &str) -> [f64; 2] {
    let events = events.iter().filter(|event| event["cat"] == category);
    let times = events.map(|event| {
        let [begin, duration] = ["ts", "dur"].map(|field| event[field].as_f64().unwrap());
        [begin, begin + duration]
    });
    times
        .reduce(|all, one| [all[0].min(one[0]), all[1].max(one[1])])
        .unwrap()
}

#[test]
fn each_epoch_has_a_report_and_a_trace_and_the_model_is_the_same_without() {
    for device in ["cpu", "gpu"] {
        let place = Place::new();
        let options = format!("{} --nbr-epochs=3", training("colors", device));
        let said = place.works(&format!("{options} --profiling"));
        let run = place.only_run();
        let folder = run.join("profiling");
        assert!(said.contains("Profiles: "), "{said}");
        let dispatches = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("dispatches of a step"))
            .map(|count| count.trim().parse::<usize>().unwrap())
            .unwrap();
        let pages = pages(&folder);
        for page in &pages {
            check_elements(page);
            for link in ["src=", "href=", "@import", "url("] {
                assert!(!page.contains(link), "{device}: {link}");
            }
            let (_, alone) = page.split_once("<details>").unwrap();
            let training = "<td class=\"text\">training</td>";
            assert_eq!(alone.matches(training).count(), dispatches, "{device}");
            for part in ["of the roofline", "training steps", "evaluation", "matmul"] {
                assert!(page.contains(part), "{device}: {part}");
            }
        }
        let is_first = |page: &String| page.contains("open the device");
        assert!(is_first(&pages[0]) && !is_first(&pages[1]));

        for epoch in 0..3 {
            let path = folder.join(format!("epoch-{epoch:05}.trace.json"));
            let text = std::fs::read_to_string(&path).unwrap();
            let trace: Value = serde_json::from_str(&text).unwrap();
            let events = trace["traceEvents"].as_array().unwrap();
            let host = begin_and_end(events, "host");
            let device = begin_and_end(events, "kernel");
            // On one clock: the device works after it is asked to, and has done so when it has answered.
            assert!(host[0] <= device[0], "{device:?} in {host:?}");
            assert!(device[1] <= host[1], "{device:?} in {host:?}");
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 6);

        let plain = Place::new();
        plain.works(&options);
        let plain = plain.only_run();
        assert!(!plain.join("profiling").exists());
        assert_eq!(model_bits(&run), model_bits(&plain), "{device}");
    }
}

#[test]
fn without_a_runs_path_profiles_lie_in_a_folder_by_the_name_of_the_run() {
    let place = Place::new();
    let options = training("colors", "cpu");
    place.works(&format!(
        "{options} --nbr-epochs=3 --profiling --runs-path=off --training-times=2 --exp-id=twice"
    ));
    let folders = std::fs::read_dir(place.path("profiling")).unwrap();
    let folders: Vec<_> = folders.map(|folder| folder.unwrap().path()).collect();
    assert_eq!(folders.len(), 2, "{folders:?}");
    for folder in &folders {
        pages(folder).iter().for_each(|page| check_elements(page));
    }
}
