//! What is told of inferred images.

use std::io::Write;

use anyhow::bail;
use serde::Serialize;

use super::{Format, Request};
use crate::report::{confusion_table, one_line, table};
use crate::train::ConfusionMatrix;

/// An image, and what it is taken for.
pub struct Prediction<'a> {
    pub image: String,
    /// Where it is known.
    pub label: Option<usize>,
    /// Of all classes.
    pub probabilities: &'a [f32],
}

/// A class of an image, in JSON.
#[derive(Serialize)]
struct Ranked<'a> {
    class: &'a str,
    probability: f32,
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    /// The most probable first.
    classes: Vec<Ranked<'a>>,
}

/// The last line of JSON, with `--confusion`.
#[derive(Serialize)]
struct Totals<'a> {
    accuracy: f64,
    labelled: u32,
    classes: &'a [String],
    /// `[label][prediction]`.
    confusion: Vec<&'a [u32]>,
}

/// Writes predictions in the form that was asked for.
pub struct Output<'a> {
    classes: &'a [String],
    top_k: usize,
    confusion: Option<ConfusionMatrix>,
    form: Form,
}

enum Form {
    /// Rows of cells, until all widths are known.
    Table(Vec<Vec<String>>, Box<dyn Write>),
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Json(Box<dyn Write>),
}

impl<'a> Output<'a> {
    /// # Errors
    /// The writer fails.
    pub fn new(
        request: &Request,
        classes: &'a [String],
        to: Box<dyn Write>,
    ) -> anyhow::Result<Self> {
        let top_k = request.top_k.clamp(1, classes.len());
        let mut head = vec!["image".to_owned(), "label".to_owned()];
        for rank in 1..=top_k {
            let rank = if rank == 1 {
                String::new()
            } else {
                format!(" {rank}")
            };
            head.extend([format!("class{rank}"), format!("probability{rank}")]);
        }
        let form = match request.format {
            Format::Table => Form::Table(vec![head], to),
            Format::Json => Form::Json(to),
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(&head)?;
                Form::Csv(Box::new(csv))
            }
        };
        let confusion = request.confusion.then(|| ConfusionMatrix {
            classes: classes.len(),
            counts: vec![0; classes.len().pow(2)],
        });
        Ok(Self {
            classes,
            top_k,
            confusion,
            form,
        })
    }

    /// Tells of an image.
    ///
    /// # Errors
    /// The writer fails.
    pub fn write(&mut self, prediction: &Prediction<'_>) -> anyhow::Result<()> {
        let ranked = ranked(prediction.probabilities, self.top_k);
        if let (Some(confusion), Some(label), Some((predicted, _))) =
            (&mut self.confusion, prediction.label, ranked.first())
        {
            confusion.counts[label * self.classes.len() + predicted] += 1;
        }
        let label = prediction.label.map(|label| self.classes[label].as_str());
        let top = ranked.iter().map(|(class, probability)| Ranked {
            class: &self.classes[*class],
            probability: *probability,
        });
        match &mut self.form {
            Form::Table(rows, _) => {
                let label = one_line(label.unwrap_or_default());
                let mut row = vec![one_line(&prediction.image), label];
                row.extend(
                    top.flat_map(|top| [one_line(top.class), format!("{:.4}", top.probability)]),
                );
                rows.push(row);
            }
            Form::Csv(csv) => {
                let mut row = vec![
                    prediction.image.clone(),
                    label.unwrap_or_default().to_owned(),
                ];
                row.extend(top.flat_map(|top| [top.class.to_owned(), top.probability.to_string()]));
                csv.write_record(&row)?;
            }
            Form::Json(to) => {
                let line = Line {
                    image: &prediction.image,
                    label,
                    classes: top.collect(),
                };
                writeln!(to, "{}", serde_json::to_string(&line)?)?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and the confusion matrix.
    ///
    /// # Errors
    /// The writer fails, or there is a confusion matrix to write, and no image has a label.
    pub fn finish(self) -> anyhow::Result<()> {
        let confusion = self.confusion.as_ref();
        let labelled = confusion.map(|confusion| confusion.counts.iter().sum::<u32>());
        if labelled == Some(0) {
            bail!(
                "--confusion: no image has a label; expected images in folders with the names of classes: {}",
                one_line(&self.classes.join(", "))
            );
        }
        let totals = confusion.zip(labelled).map(|(confusion, labelled)| {
            let right = (0..confusion.classes).map(|class| confusion.count(class, class));
            let accuracy = f64::from(right.sum::<u32>()) / f64::from(labelled);
            (confusion, labelled, accuracy)
        });
        let text = totals.as_ref().map(|(confusion, labelled, accuracy)| {
            let table = confusion_table(confusion, self.classes);
            let percent = 100.0 * accuracy;
            format!("\n{table}\n  Accuracy {percent:.2}% of {labelled} labelled images")
        });
        match self.form {
            Form::Table(rows, mut to) => {
                write!(to, "{}", table(&rows))?;
                if let Some(text) = text {
                    writeln!(to, "{text}")?;
                }
                to.flush()?;
            }
            Form::Csv(mut csv) => {
                csv.flush()?;
                // Beside the rows, for people.
                text.iter().for_each(|text| eprintln!("{text}"));
            }
            Form::Json(mut to) => {
                if let Some((confusion, labelled, accuracy)) = totals {
                    let totals = Totals {
                        accuracy,
                        labelled,
                        classes: self.classes,
                        confusion: confusion.counts.chunks(confusion.classes).collect(),
                    };
                    writeln!(to, "{}", serde_json::to_string(&totals)?)?;
                }
                to.flush()?;
            }
        }
        Ok(())
    }
}

/// The most probable classes, the first of equal ones first; what is no number comes last.
fn ranked(probabilities: &[f32], count: usize) -> Vec<(usize, f32)> {
    let mut ranked: Vec<_> = probabilities.iter().copied().enumerate().collect();
    let key = |probability: f32| {
        if probability.is_nan() {
            -1.0
        } else {
            probability
        }
    };
    ranked.sort_by(|(_, a), (_, b)| key(*b).total_cmp(&key(*a)));
    ranked.truncate(count);
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_probable_comes_first_and_the_first_of_equals() {
        let classes = |probabilities: &[f32]| {
            let ranked = ranked(probabilities, 2);
            ranked
                .into_iter()
                .map(|(class, _)| class)
                .collect::<Vec<_>>()
        };
        assert_eq!(classes(&[0.1, 0.7, 0.2]), [1, 2]);
        assert_eq!(classes(&[0.4, 0.2, 0.4]), [0, 2]);
        assert_eq!(classes(&[f32::NAN, 0.0, 1.0]), [2, 1]);
    }
}
