//! The measured tensors of a run, a parameter beside its gradient.

use crate::gui::state::{History, RunView, Spread};

/// Below this a gradient counts as vanished.
const VANISHED: f64 = 1e-7;
/// Above this it counts as exploded.
const EXPLODED: f64 = 1e3;

/// A tensor and its gradient.
pub struct Flow<'a> {
    /// Such as `L0_Dense_W`.
    pub name: &'a str,
    pub values: Option<&'a History<Spread>>,
    pub gradient: Option<&'a History<Spread>>,
    pub health: Health,
}

/// How large a gradient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Good,
    Vanishing,
    Exploding,
}

impl Health {
    /// Of the root of a gradient's mean square.
    fn of(size: f64) -> Self {
        match size {
            ..VANISHED => Self::Vanishing,
            VANISHED..=EXPLODED => Self::Good,
            // NaN as well.
            _ => Self::Exploding,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Vanishing => "vanishing gradient",
            Self::Exploding => "exploding gradient",
        }
    }
}

/// The measured tensors in the order of the model.
pub fn flows(run: &RunView) -> Vec<Flow<'_>> {
    let mut flows: Vec<Flow> = Vec::new();
    for (title, history) in &run.spreads {
        let (name, is_gradient) = name_of(title);
        let known = flows.iter().position(|flow| flow.name == name);
        let place = known.unwrap_or_else(|| {
            flows.push(Flow {
                name,
                values: None,
                gradient: None,
                health: Health::Good,
            });
            flows.len() - 1
        });
        if is_gradient {
            flows[place].gradient = Some(history);
            let newest = history.last().map(|(_, spread)| spread);
            flows[place].health =
                newest.map_or(Health::Good, |s| Health::of(s.mean.hypot(s.deviation)));
        } else {
            flows[place].values = Some(history);
        }
    }
    flows
}

/// `012 L0_Dense_W gradient`: the tensor's name, and whether it is the gradient.
fn name_of(title: &str) -> (&str, bool) {
    let name = title.trim_start_matches(|c: char| c.is_ascii_digit());
    let name = name.strip_prefix(' ').unwrap_or(title);
    match name.strip_suffix(" gradient") {
        Some(name) => (name, true),
        None => (name, false),
    }
}

/// A sentence for each kind of trouble.
pub fn warnings(flows: &[Flow]) -> Vec<String> {
    let kinds = [
        (
            Health::Vanishing,
            "below 1e-7: these weights hardly learn. A larger learning rate, batch normalization or another activation may help",
        ),
        (
            Health::Exploding,
            "above 1e3 or no number: training is likely to diverge. A lower learning rate may help",
        ),
    ];
    let mut warnings = Vec::new();
    for (health, text) in kinds {
        let names: Vec<&str> = flows
            .iter()
            .filter(|flow| flow.health == health)
            .map(|flow| flow.name)
            .collect();
        if let Some((first, others)) = names.split_first() {
            let others = match others.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            warnings.push(format!("The gradient of {first}{others} is {text}."));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_named_without_their_number() {
        assert_eq!(name_of("012 L0_Dense_W"), ("L0_Dense_W", false));
        assert_eq!(name_of("013 L0_Dense_W gradient"), ("L0_Dense_W", true));
        assert_eq!(name_of("W"), ("W", false));
        assert_eq!(name_of("12"), ("12", false));
    }

    #[test]
    fn gradients_that_vanish_or_explode_are_told() {
        let healths = [1e-9, 1e-3, 1e4, f64::NAN, f64::INFINITY, 0.0].map(Health::of);
        let (vanishing, exploding) = (Health::Vanishing, Health::Exploding);
        assert_eq!(
            healths,
            [
                vanishing,
                Health::Good,
                exploding,
                exploding,
                exploding,
                vanishing
            ]
        );
        let flow = |name, health| Flow {
            name,
            values: None,
            gradient: None,
            health,
        };
        let flows = [
            flow("A", Health::Vanishing),
            flow("B", Health::Good),
            flow("C", Health::Vanishing),
        ];
        let warnings = warnings(&flows);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("The gradient of A and 1 more is below 1e-7"));
    }
}
