//! `--scaling`: does cost grow in proportion? Samples, inputs, hidden units and epochs, each doubled twice.

use super::measurement::Measurement;
use super::report::{time, with_head};
use super::{Span, Workload};

/// Time per unit above which a growth is more than proportional.
const PROPORTIONAL: f64 = 1.15;

/// How often a quantity is doubled.
const DOUBLINGS: [usize; 3] = [1, 2, 4];

/// Epochs measured where something else is doubled.
const EPOCHS: usize = 4;

/// A quantity, and workloads in which most of the cost is in proportion to it.
pub struct Growth {
    quantity: &'static str,
    base: usize,
    workload: fn(usize) -> String,
}

static GROWTHS: [Growth; 4] = [
    Growth {
        quantity: "samples",
        base: 20_000,
        workload: |samples| format!("{samples}x784x64/128"),
    },
    Growth {
        quantity: "inputs",
        base: 784,
        workload: |inputs| format!("5000x{inputs}x64/128"),
    },
    Growth {
        quantity: "hidden units",
        base: 1024,
        workload: |units| format!("2000x64x{units}/128"),
    },
    Growth {
        quantity: "epochs",
        base: EPOCHS,
        workload: |_| "5000x784x64/128".to_owned(),
    },
];

/// One measurement to make.
pub struct Point {
    growth: &'static Growth,
    doubled: usize,
    pub workload: Workload,
    pub span: Span,
}

/// All measurements that the table needs.
///
/// # Errors
/// Never: the workloads are known.
pub fn points() -> anyhow::Result<Vec<Point>> {
    let mut points = Vec::new();
    for growth in &GROWTHS {
        for doubled in DOUBLINGS {
            let size = growth.base * doubled;
            let epochs = if growth.quantity == "epochs" {
                size
            } else {
                EPOCHS
            };
            points.push(Point {
                growth,
                doubled,
                workload: (growth.workload)(size).parse()?,
                // The first epoch is start-up, and does not count.
                span: Span::Epochs(epochs as u32 + 1),
            });
        }
    }
    Ok(points)
}

/// What a point costs: seconds, and MiB beyond those of the program itself.
fn cost(point: &Point, measurement: &Measurement) -> (f64, Option<f64>) {
    let seconds = if point.growth.quantity == "epochs" {
        measurement.epoch_seconds.iter().sum()
    } else {
        measurement.seconds().median
    };
    let memory = measurement.peak_rss_mib.zip(measurement.base_rss_mib);
    (seconds, memory.map(|(peak, base)| peak - base))
}

/// The table: time and memory at each size, and what a unit costs there relative to the first size.
pub fn table(measured: &[(&Point, Measurement)]) -> String {
    let head = [
        "doubled",
        "device",
        "size",
        "time",
        "per unit",
        "memory MiB",
        "per unit",
        "",
    ];
    let mut rows = Vec::new();
    let mut first = (0.0, None);
    for (point, measurement) in measured {
        let (seconds, memory) = cost(point, measurement);
        if point.doubled == 1 {
            first = (seconds, memory);
        }
        // Epochs take time, but must not take memory.
        let is_epochs = point.growth.quantity == "epochs";
        let doubled = point.doubled as f64;
        let of_time = seconds / first.0 / doubled;
        let of_memory = memory.zip(first.1).map(|(memory, first): (f64, f64)| {
            memory / first / if is_epochs { 1.0 } else { doubled }
        });
        let is_more = of_time > PROPORTIONAL || of_memory.is_some_and(|of| of > PROPORTIONAL);
        rows.push(vec![
            point.growth.quantity.to_owned(),
            measurement.choice().to_owned(),
            (point.growth.base * point.doubled).to_string(),
            time(seconds),
            format!("{of_time:.2}"),
            memory.map_or("-".to_owned(), |memory| format!("{memory:.0}")),
            of_memory.map_or("-".to_owned(), |of| format!("{of:.2}")),
            if is_more {
                "MORE THAN PROPORTIONAL"
            } else {
                ""
            }
            .to_owned(),
        ]);
    }
    with_head(head.map(str::to_owned).to_vec(), rows).unwrap_or_default()
}
