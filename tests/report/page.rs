use std::fs;

use shadernets::report::html;
use shadernets::runs::RunRecord;

use crate::fixture::{HOSTILE, compared, confuse, draw, run, strange, write_page};

/// What the page's scripts draw from.
fn data(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once(r#"id="data">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn a_page_needs_nothing_but_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = compared();
    draw(&mut runs[0], folder.path(), 16);
    draw(&mut runs[1], folder.path(), 16);
    let page = write_page("compared.html", &runs);
    for outside in ["src=\"", "href=", "http:", "https:", "@import", "url("] {
        let found = page
            .replace("http://www.w3.org/2000/svg", "")
            .replace("url(#", "");
        assert!(!found.contains(outside), "{outside}");
    }
    let data = data(&page);
    let frames = &data["runs"][1]["pictures"][0]["frames"];
    assert_eq!(data["runs"][1]["name"], "main");
    assert_eq!(frames.as_array().unwrap().len(), 12);
    assert_eq!(
        data["runs"][1]["confusions"][0]["epochs"]
            .as_array()
            .unwrap()
            .len(),
        60
    );
}

#[test]
fn the_options_that_differ_are_shown_and_no_others() {
    let page = html(&compared()).unwrap();
    let (_, rest) = page.split_once("Options in which the runs differ").unwrap();
    let (table, _) = rest.split_once("</section>").unwrap();
    for option in [
        "--learning-rate",
        "--layers",
        "--dropout-rate",
        "--model-seed",
    ] {
        assert!(table.contains(option), "{option}");
    }
    for option in ["--dataset", "--exp-id", "--nbr-epochs"] {
        assert!(!table.contains(&format!("{option}<")), "{option}");
    }
    assert!(
        table.contains(r#"<td class="is-changed">0.01</td>"#),
        "{table}"
    );
    assert!(table.contains("<td>0.001</td>"), "{table}");
}

#[test]
fn a_single_run_tells_what_is_not_at_its_default() {
    let page = write_page("single.html", &compared()[..1]);
    let (_, rest) = page
        .split_once("Options that are not at their defaults")
        .unwrap();
    assert!(
        rest.split_once("</section>")
            .unwrap()
            .0
            .contains("--dataset")
    );
    assert!(page.contains("<title>main · shadernets</title>"));
}

#[test]
fn no_name_becomes_html() {
    let page = write_page("strange.html", &strange());
    assert!(!page.contains("<script>window"));
    assert!(!page.contains("<img"));
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("etc/passwd") && page.contains("cannot be read"));
    let data = data(&page);
    let classes: Vec<_> = data["runs"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|run| run["classes"].as_array().unwrap())
        .collect();
    assert!(classes.contains(&&serde_json::json!(HOSTILE[0])));
}

#[test]
fn without_runs_or_epochs_there_is_still_a_page() {
    assert!(html(&[]).unwrap().contains("<h1>No runs</h1>"));
    let page = write_page("empty.html", &[run("waiting", 0, 1.0, 0)]);
    assert!(!page.contains("id=\"curves\""));
}

#[test]
fn long_and_many_runs_are_thinned() {
    let runs: Vec<RunRecord> = (0..100)
        .map(|index| {
            let mut run = run(
                &format!("lr-{index}"),
                index,
                0.02 + 0.01 * index as f64,
                2500,
            );
            run.config.optimizer.learning_rate = 1e-4 * (index + 1) as f64;
            run
        })
        .collect();
    let page = write_page("many.html", &runs);
    println!(
        "100 runs of 2500 epochs: {:.1} MiB",
        page.len() as f64 / f64::from(1 << 20)
    );
    assert!(page.len() < 24 << 20);
    let data = data(&page);
    let curves = &data["runs"][0]["curves"];
    let epochs = curves["epoch"].as_array().unwrap();
    assert!((1000..=1002).contains(&epochs.len()));
    assert_eq!(epochs.last().unwrap(), 2499);
    assert!(
        epochs.contains(&serde_json::json!(2500 - 12)),
        "the early stop"
    );
    assert!(page.contains("1000 of them"));
    assert!(page.contains("confusion matrices, evenly apart"));
}

#[test]
fn three_hundred_classes_fit() {
    let mut runs = vec![run("many-classes", 0, 0.5, 40)];
    runs[0].summary.classes = (0..300)
        .map(|class| format!("class number {class}"))
        .collect();
    confuse(&mut runs[0], 300, 6000);
    write_page("classes.html", &runs);
}

#[test]
fn pictures_beyond_the_budget_are_left_out_evenly() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = vec![run("pictures", 0, 1.0, 60)];
    draw(&mut runs[0], folder.path(), 16);
    // Two million bytes a file: of 24 files some seven fit.
    for line in &runs[0].pictures {
        let path = runs[0].folder.join(&line.file);
        let mut png = fs::read(&path).unwrap();
        png.resize(2_000_000, 0);
        fs::write(&path, png).unwrap();
    }
    let page = html(&runs).unwrap();
    assert!(page.len() < 21 << 20, "{}", page.len());
    assert!(page.contains("Pictures of some epochs are left out"));
    let pictures = &data(&page)["runs"][0]["pictures"];
    for series in pictures.as_array().unwrap() {
        let frames = series["frames"].as_array().unwrap();
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[2]["epoch"], 55);
    }
}
