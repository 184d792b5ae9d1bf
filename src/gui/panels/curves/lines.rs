//! The curves of runs as they are drawn, made anew only for what changed.

use std::collections::HashMap;

use eframe::egui::{Pos2, Rect};
use egui_plot::{PlotPoint, PlotTransform};

use super::series;
use crate::gui::state::{EpochPoint, RunKey, RunView};
use crate::runs::Figures;

/// Points that all curves of one plot may have together.
const MOST_POINTS: usize = 60_000;
/// Points from the pointer within which a curve answers.
const REACH: f32 = 30.0;

/// What is drawn of the numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Time is the x axis, else epochs.
    pub by_time: bool,
    /// The decimal logarithm of the cost is drawn.
    pub log: bool,
    pub smoothing: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Cost,
    Accuracy,
}

impl Metric {
    pub const ALL: [Self; 2] = [Self::Cost, Self::Accuracy];

    pub fn of(self, figures: &Figures) -> f64 {
        match self {
            Self::Cost => figures.cost,
            Self::Accuracy => figures.accuracy,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Training,
    Dev,
}

impl Part {
    pub const ALL: [Self; 2] = [Self::Training, Self::Dev];

    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Dev => "dev",
        }
    }

    pub fn of(self, point: &EpochPoint) -> Option<Figures> {
        match self {
            Self::Training => Some(point.training),
            Self::Dev => point.dev,
        }
    }
}

/// The x of an epoch.
pub fn x_of(point: &EpochPoint, options: Options) -> f64 {
    match options.by_time {
        true => point.seconds,
        false => f64::from(point.epoch),
    }
}

/// One curve.
#[derive(Default)]
struct Curve {
    /// A point an epoch; NaN where there is no number.
    all: Vec<[f64; 2]>,
    thinned: Option<Window>,
    drawn: Vec<Vec<PlotPoint>>,
}

/// What a curve was thinned for: the range of x, and columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub range: [f64; 2],
    pub columns: usize,
}

impl Window {
    /// For a plot of so many pixels in width with so many curves.
    pub fn new(range: [f64; 2], pixels: f32, curves: usize) -> Self {
        // Four points a column: two a pixel.
        let columns = (pixels / 2.0).clamp(8.0, 8192.0) as usize;
        let share = MOST_POINTS / 4 / curves.max(1);
        Self {
            range,
            columns: columns.min(share.max(8)),
        }
    }
}

struct RunCurves {
    version: u64,
    options: Options,
    /// `[metric][part]`
    curves: [[Curve; 2]; 2],
}

/// The curves of all runs.
#[derive(Default)]
pub struct Lines {
    runs: HashMap<RunKey, RunCurves>,
}

impl Lines {
    /// Brings the curves of these runs up to date, and forgets others.
    pub fn refresh(&mut self, runs: &[RunView], options: Options) {
        if self.runs.len() > runs.len() {
            self.runs
                .retain(|key, _| runs.iter().any(|r| r.key == *key));
        }
        for run in runs.iter().filter(|run| run.shown) {
            let known = self.runs.get(&run.key);
            if known.is_some_and(|k| k.version == run.version && k.options == options) {
                continue;
            }
            let curve = |metric, part| Curve {
                all: curve(&run.epochs, metric, part, options),
                ..Curve::default()
            };
            let curves = Metric::ALL.map(|metric| Part::ALL.map(|part| curve(metric, part)));
            let made = RunCurves {
                version: run.version,
                options,
                curves,
            };
            self.runs.insert(run.key.clone(), made);
        }
    }

    /// Thins the curves of a plot for what it shows.
    pub fn thin(&mut self, metric: Metric, window: Window) {
        for run in self.runs.values_mut() {
            for curve in &mut run.curves[metric as usize] {
                // Where all points are drawn, the range makes no difference.
                let fits = curve.all.len() <= 4 * window.columns;
                let is_same = |old: Window| old == window || fits && curve.drawn_whole();
                if !curve.thinned.is_some_and(is_same) {
                    let kept = series::thin(&curve.all, window.range, window.columns);
                    curve.drawn = series::runs(&kept);
                    curve.thinned = Some(window);
                }
            }
        }
    }

    /// The lines of a curve, between its gaps.
    pub fn drawn(&self, run: &RunView, metric: Metric, part: Part) -> &[Vec<PlotPoint>] {
        let run = self.runs.get(&run.key);
        run.map_or(&[], |run| &run.curves[metric as usize][part as usize].drawn)
    }

    /// The point of a curve in an epoch, by its place among the run's epochs.
    pub fn point(
        &self,
        run: &RunView,
        metric: Metric,
        part: Part,
        place: usize,
    ) -> Option<[f64; 2]> {
        let run = self.runs.get(&run.key)?;
        let all = &run.curves[metric as usize][part as usize].all;
        let point = all.get(place)?;
        point[1].is_finite().then_some(*point)
    }

    /// The point that is nearest to the pointer, if one is near: place among the run's epochs, and distance in points.
    pub fn nearest(
        &self,
        run: &RunView,
        metric: Metric,
        part: Part,
        transform: &PlotTransform,
        pointer: Pos2,
    ) -> Option<(usize, f32)> {
        let all = &self.runs.get(&run.key)?.curves[metric as usize][part as usize].all;
        let reach = Rect::from_center_size(pointer, 2.0 * REACH * eframe::egui::Vec2::splat(1.0));
        let [from, to] = [reach.min, reach.max].map(|pos| transform.value_from_position(pos).x);
        let start = all.partition_point(|point| point[0] < from);
        let end = all.partition_point(|point| point[0] <= to).max(start);
        // Of very many, some: they are less than a pixel apart.
        let step = ((end - start) / 256).max(1);
        let places = (start..end)
            .step_by(step)
            .filter(|&place| all[place][1].is_finite());
        places
            .map(|place| {
                let [x, y] = all[place];
                let position = transform.position_from_point(&PlotPoint::new(x, y));
                (place, position.distance(pointer))
            })
            .filter(|(_, distance)| *distance <= REACH)
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

impl Curve {
    fn drawn_whole(&self) -> bool {
        let thinned = self.thinned.map(|window| 4 * window.columns);
        thinned.is_some_and(|most| self.all.len() <= most)
    }
}

fn curve(epochs: &[EpochPoint], metric: Metric, part: Part, options: Options) -> Vec<[f64; 2]> {
    let value = |point| {
        part.of(point)
            .map_or(f64::NAN, |figures| metric.of(&figures))
    };
    let values = series::smooth(epochs.iter().map(value), options.smoothing);
    let log = options.log && metric == Metric::Cost;
    let points = epochs.iter().zip(values).map(|(point, value)| {
        let y = match log {
            // No logarithm of 0.
            true if value <= 0.0 => f64::NAN,
            true => value.log10(),
            false => value,
        };
        [x_of(point, options), y]
    });
    points.collect()
}
