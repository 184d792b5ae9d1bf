use std::fs;
use std::path::Path;

use shadernets::report::plot;

use crate::fixture::{compared, run, strange};

#[test]
fn the_ending_decides_what_a_plot_becomes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plots");
    fs::create_dir_all(&folder).unwrap();
    plot(&compared(), &folder.join("compared.svg")).unwrap();
    let svg = fs::read_to_string(folder.join("compared.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("slow-sgd") && svg.contains("Accuracy"));
    plot(&compared(), &folder.join("compared.PNG")).unwrap();
    let png = image::open(folder.join("compared.PNG"))
        .unwrap()
        .into_rgb8();
    // The first colour of a run, which only its line and its legend have.
    assert!(png.pixels().any(|pixel| pixel.0 == [0, 114, 178]));

    let error = plot(&compared(), Path::new("out.jpg"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("out.jpg") && error.contains(".png or .svg"),
        "{error}"
    );
    let error = plot(&compared(), Path::new("no/such/folder/out.svg")).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[test]
fn strange_runs_can_be_plotted() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plots");
    fs::create_dir_all(&folder).unwrap();
    plot(&strange(), &folder.join("strange.png")).unwrap();
    plot(&strange(), &folder.join("strange.svg")).unwrap();
    let svg = fs::read_to_string(folder.join("strange.svg")).unwrap();
    assert!(!svg.contains("<script"));
    plot(&[], &folder.join("none.png")).unwrap();
    let many: Vec<_> = (0..40)
        .map(|k| run(&format!("run-{k}"), k, 0.2 + 0.05 * k as f64, 200))
        .collect();
    plot(&many, &folder.join("many.png")).unwrap();
}
