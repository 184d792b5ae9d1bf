//! Colours that tell runs apart, also for people who confuse red and green.

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// The colour of a run on a light and on a dark ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunColor {
    pub light: Rgb,
    pub dark: Rgb,
}

/// Few runs get hues that are far apart: those of Okabe and Ito (Color Universal Design, 2008), darkened or
/// lightened until they have a contrast of 3 to their ground.
const FEW: [(Rgb, Rgb); 7] = [
    ([0, 114, 178], [86, 170, 230]),
    ([208, 88, 0], [255, 138, 76]),
    ([0, 145, 106], [52, 200, 156]),
    ([184, 88, 146], [229, 160, 200]),
    ([176, 122, 0], [240, 190, 66]),
    ([58, 148, 205], [150, 214, 250]),
    ([90, 90, 90], [200, 200, 200]),
];

/// Many runs get steps of viridis (van der Walt and Smith, 2015), which grows evenly lighter.
const VIRIDIS: [Rgb; 10] = [
    [68, 1, 84],
    [72, 40, 120],
    [62, 74, 137],
    [49, 104, 142],
    [38, 130, 142],
    [31, 158, 137],
    [53, 183, 121],
    [109, 205, 89],
    [180, 222, 44],
    [253, 231, 37],
];

/// A colour for each of so many runs.
pub fn colors(runs: usize) -> Vec<RunColor> {
    if let Some(few) = FEW.get(..runs) {
        return few
            .iter()
            .map(|&(light, dark)| RunColor { light, dark })
            .collect();
    }
    (0..runs)
        .map(|run| {
            let place = run as f64 / (runs - 1) as f64;
            // The ends that would vanish in the ground are left out.
            RunColor {
                light: viridis(0.80 * place),
                dark: viridis(0.30 + 0.70 * place),
            }
        })
        .collect()
}

/// The colour at a place of 0 to 1.
fn viridis(place: f64) -> Rgb {
    let at = place * (VIRIDIS.len() - 1) as f64;
    let low = (at as usize).min(VIRIDIS.len() - 2);
    let share = at - low as f64;
    std::array::from_fn(|channel| {
        let [a, b] = [low, low + 1].map(|i| f64::from(VIRIDIS[i][channel]));
        (a + share * (b - a)).round() as u8
    })
}

/// As CSS writes it.
pub fn css([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_colour_of_its_own() {
        for runs in [0, 1, 7, 8, 100] {
            let mut light: Vec<_> = colors(runs).iter().map(|color| color.light).collect();
            light.sort_unstable();
            light.dedup();
            assert_eq!(light.len(), runs);
        }
    }

    /// Contrast as WCAG 2.2 defines it.
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let luminance = |color: Rgb| {
            let [r, g, b] = color.map(|c| match f64::from(c) / 255.0 {
                c if c <= 0.04045 => c / 12.92,
                c => ((c + 0.055) / 1.055).powf(2.4),
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn few_runs_stand_out_from_their_ground() {
        for color in colors(7) {
            assert!(contrast(color.light, [255; 3]) >= 3.0, "{color:?}");
            assert!(contrast(color.dark, [22, 24, 29]) >= 3.0, "{color:?}");
        }
    }
}
