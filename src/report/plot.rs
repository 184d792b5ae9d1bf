//! `--plot`: cost and accuracy curves of runs as a PNG or SVG file.

mod axes;

use std::fmt::Display;
use std::io::Cursor;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use axes::{Decades, axis_number, room_around};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use super::error::ReportError;
use super::naming::{Named, named};
use super::one_line;
use super::palette::{RunColor, colors};
use super::thin::evenly;
use crate::runs::{EpochLine, Figures, RunRecord, replace_file};

/// Of the two panels together, without the legend.
const SIZE: (u32, u32) = (1400, 540);

/// A PNG has so many pixels for each of [`SIZE`], so that it is sharp where it is enlarged.
const PNG_SCALE: u32 = 2;

/// Plotters rounds to whole units: an SVG has so many for each of [`SIZE`].
const SVG_SCALE: u32 = 4;

/// The part of a font's size by which text stands too high in a PNG (plotters 0.3 with ab_glyph).
const PNG_TEXT_RISE: f64 = 0.2;

/// With more runs than this, lines are thin.
const FEW: usize = 10;

/// Names in a row of the legend, and how high the row is.
const NAMES_IN_ROW: usize = 5;
const ROW_HEIGHT: u32 = 24;

/// Points of a curve: as many as there are pixels.
const MOST_POINTS: usize = 1000;

/// Costs that differ by this factor are drawn in decades.
const LOG_FROM: f64 = 50.0;

const INK: RGBColor = RGBColor(70, 78, 90);
const RULE: RGBColor = RGBColor(226, 229, 234);

/// Draws the runs, which may come in any order. The file's ending says whether it becomes PNG or SVG.
///
/// # Errors
/// The ending is another one, or the file cannot be written.
pub fn plot(runs: &[RunRecord], to: &Path) -> Result<(), ReportError> {
    let failed = |message| ReportError::Plot {
        path: to.to_owned(),
        message,
    };
    let plot = Plot::new(runs);
    let ending = to.extension().and_then(|ending| ending.to_str());
    let contents = match ending.map(str::to_lowercase).as_deref() {
        Some("svg") => plot.svg().map(String::into_bytes),
        Some("png") => plot.png(),
        _ => {
            let path = to.to_owned();
            return Err(ReportError::PlotEnding { path });
        }
    };
    Ok(replace_file(to, &contents.map_err(failed)?)?)
}

/// Runs and their colours, and how much larger than [`SIZE`] they are drawn.
struct Plot<'a> {
    runs: Vec<(Named<'a>, RGBColor)>,
    scale: u32,
    /// What text is drawn too high by, as a part of its size.
    text_rise: f64,
}

/// A dashed or solid line: its points, which may have gaps.
type Points = Vec<(f64, f64)>;

/// What a panel shows of [`Figures`].
#[derive(Clone, Copy)]
struct Measure {
    title: &'static str,
    of: fn(&Figures) -> f64,
    text: fn(f64) -> String,
}

const COST: Measure = Measure {
    title: "Cost",
    of: |figures| figures.cost,
    text: axis_number,
};

const ACCURACY: Measure = Measure {
    title: "Accuracy",
    of: |figures| figures.accuracy,
    text: |share| format!("{}%", axis_number(100.0 * share)),
};

impl<'a> Plot<'a> {
    fn new(runs: &'a [RunRecord]) -> Self {
        static FONT: OnceLock<bool> = OnceLock::new();
        // The font is part of the program: registering it cannot fail.
        FONT.get_or_init(|| {
            let font = epaint_default_fonts::UBUNTU_LIGHT;
            register_font("sans-serif", FontStyle::Normal, font).is_ok()
        });
        let colors = colors(runs.len()).into_iter();
        let colors = colors.map(
            |RunColor {
                 light: [r, g, b], ..
             }| RGBColor(r, g, b),
        );
        let runs = named(runs).into_iter().zip(colors).collect();
        Self {
            runs,
            scale: SVG_SCALE,
            text_rise: 0.0,
        }
    }

    fn size(&self) -> (u32, u32) {
        let rows = self.runs.len().div_ceil(NAMES_IN_ROW) as u32 + 1;
        let (width, height) = (SIZE.0, SIZE.1 + ROW_HEIGHT * rows + 12);
        (self.scale * width, self.scale * height)
    }

    fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        let (width, height) = self.size();
        let backend = SVGBackend::with_string(&mut svg, (width, height));
        self.draw(&backend.into_drawing_area())?;
        // Shown at its size: the view box has the finer units.
        let units = format!("<svg width=\"{width}\" height=\"{height}\"");
        let (width, height) = (width / SVG_SCALE, height / SVG_SCALE);
        let size = format!("<svg width=\"{width}\" height=\"{height}\"");
        Ok(svg.replacen(&units, &size, 1))
    }

    fn png(mut self) -> Result<Vec<u8>, String> {
        (self.scale, self.text_rise) = (PNG_SCALE, PNG_TEXT_RISE);
        let (width, height) = self.size();
        let mut pixels = vec![255; (3 * width * height) as usize];
        let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        self.draw(&backend.into_drawing_area())?;
        let mut png = Cursor::new(Vec::new());
        PngEncoder::new(&mut png)
            .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
            .map_err(text)?;
        Ok(png.into_inner())
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<(), String> {
        area.fill(&WHITE).map_err(text)?;
        let (panels, legend) = area.split_vertically(self.scale * SIZE.1);
        let (left, right) = panels.split_horizontally(self.scale * SIZE.0 / 2);
        let costs = self.range(COST);
        match costs.start > 0.0 && costs.end / costs.start > LOG_FROM {
            true => self.panel(&left, COST, Decades::from(costs))?,
            false => self.panel(&left, COST, room_around(costs))?,
        }
        let accuracies = room_around(self.range(ACCURACY));
        let most = accuracies.end.min(1.0);
        self.panel(&right, ACCURACY, accuracies.start..most)?;
        self.legend(&legend)?;
        area.present().map_err(text)
    }

    /// The least and the greatest value of a measure.
    fn range(&self, measure: Measure) -> Range<f64> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (run, _) in &self.runs {
            let lines = run.run.epochs.iter();
            let figures = lines.flat_map(|line| [Some(line.training), line.dev]);
            for value in figures.flatten().map(|figures| (measure.of)(&figures)) {
                if value.is_finite() {
                    (low, high) = (low.min(value), high.max(value));
                }
            }
        }
        if low > high { 0.0..1.0 } else { low..high }
    }

    fn panel<DB: DrawingBackend, Y>(
        &self,
        area: &DrawingArea<DB, Shift>,
        measure: Measure,
        y: Y,
    ) -> Result<(), String>
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let scale = self.scale as i32;
        let font = |size: i32| ("sans-serif", size * scale).into_font().color(&INK);
        let last = self
            .runs
            .iter()
            .filter_map(|(run, _)| run.run.epochs.last());
        let last = last.map(|line| line.epoch).max().unwrap_or(0).max(1);
        let mut chart = ChartBuilder::on(area)
            .caption(measure.title, font(20))
            .margin(14 * scale)
            .x_label_area_size(38 * scale)
            .y_label_area_size(58 * scale)
            .build_cartesian_2d(0.0..f64::from(last), y)
            .map_err(text)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RULE.stroke_width(self.scale))
            .axis_style(RULE.stroke_width(self.scale))
            .label_style(font(15))
            .x_desc("epoch")
            .axis_desc_style(font(15))
            .set_all_tick_mark_size(5 * scale)
            .x_labels(8)
            .y_labels(7)
            .x_label_formatter(&|epoch| axis_number(*epoch))
            .y_label_formatter(&|value| (measure.text)(*value))
            .draw()
            .map_err(text)?;
        for (run, color) in &self.runs {
            let epochs = run.epochs();
            let width = if self.runs.len() > FEW { 1 } else { 2 };
            let line = color.stroke_width(width * self.scale);
            for segment in segments(&epochs, |line| Some((measure.of)(&line.training))) {
                if let [point] = *segment {
                    let dot = Circle::new(point, 3 * scale, color.filled());
                    chart.draw_series([dot]).map_err(text)?;
                }
                let series = LineSeries::new(segment, line);
                chart.draw_series(series).map_err(text)?;
            }
            for segment in segments(&epochs, |line| Some((measure.of)(&line.dev?))) {
                if let [point] = *segment {
                    let dot = Circle::new(point, 3 * scale, line);
                    chart.draw_series([dot]).map_err(text)?;
                }
                let series = DashedLineSeries::new(segment, 9 * scale, 6 * scale, line);
                chart.draw_series(series).map_err(text)?;
            }
            let stop = run.early_stop_epoch();
            let stop = epochs.iter().find(|line| Some(line.epoch) == stop);
            if let Some(line) = stop {
                let value = (measure.of)(&line.dev.unwrap_or(line.training));
                let point = (f64::from(line.epoch), value);
                let mark = EmptyElement::at(point) + diamond((0, 0), 6 * scale, *color);
                let mark = value.is_finite().then_some(mark);
                chart.draw_series(mark).map_err(text)?;
            }
        }
        Ok(())
    }

    /// What the lines mean, then the runs' names in rows.
    fn legend<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Result<(), String> {
        let scale = self.scale as i32;
        let font = ("sans-serif", 16 * scale).into_font().color(&INK);
        let column_width = (SIZE.0 as i32 - 60) / NAMES_IN_ROW as i32;
        let left = Pos::new(HPos::Left, VPos::Center);
        let drop = (self.text_rise * f64::from(16 * scale)) as i32;
        let write = |name: &str, column: i32, row: i32| {
            let x = (30 + column * column_width) * scale;
            let y = (row * ROW_HEIGHT as i32 + 12) * scale;
            let style = font.clone().pos(left);
            let words = Text::new(name.to_owned(), (x + 34 * scale, y + drop), style);
            area.draw(&words).map_err(text)?;
            Ok::<_, String>(((x, y), (x + 26 * scale, y)))
        };
        let line = INK.stroke_width(2 * self.scale);
        let (from, to) = write("training", 0, 0)?;
        area.draw(&PathElement::new([from, to], line))
            .map_err(text)?;
        let (from, to) = write("dev", 1, 0)?;
        let dash = 8 * scale;
        for start in [from.0, to.0 - dash] {
            let ends = [(start, from.1), (start + dash, from.1)];
            area.draw(&PathElement::new(ends, line)).map_err(text)?;
        }
        let (from, _) = write("early stopping", 2, 0)?;
        let middle = (from.0 + 13 * scale, from.1);
        let mark = diamond(middle, 6 * scale, INK);
        area.draw(&mark).map_err(text)?;
        for (index, (run, color)) in self.runs.iter().enumerate() {
            let (column, row) = (index % NAMES_IN_ROW, index / NAMES_IN_ROW + 1);
            let (from, to) = write(&shortened(&run.name), column as i32, row as i32)?;
            let line = color.stroke_width(3 * self.scale);
            area.draw(&PathElement::new([from, to], line))
                .map_err(text)?;
        }
        Ok(())
    }
}

/// The mark of early stopping.
fn diamond((x, y): (i32, i32), size: i32, color: RGBColor) -> Polygon<(i32, i32)> {
    let corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)];
    Polygon::new(corners, color.filled())
}

/// Lines through the values that are numbers; what is none makes a gap.
fn segments(epochs: &[&EpochLine], value: impl Fn(&EpochLine) -> Option<f64>) -> Vec<Points> {
    let kept = evenly(epochs.len(), MOST_POINTS).into_iter();
    let points: Vec<(f64, Option<f64>)> = kept
        .map(|index| (f64::from(epochs[index].epoch), value(epochs[index])))
        .collect();
    points
        .split(|(_, value)| !value.is_some_and(f64::is_finite))
        .filter(|segment| !segment.is_empty())
        .map(|segment| segment.iter().filter_map(|&(x, y)| Some((x, y?))).collect())
        .collect()
}

/// As much of a name as its column in the legend has room for.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 28;
    let name = one_line(name);
    match name.chars().count() <= LONGEST {
        true => name,
        false => name.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
