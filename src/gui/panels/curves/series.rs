//! What is drawn of a series of numbers: smoothed, and no more points than there are pixels.

/// The exponential moving average of a series, with the bias to its beginning taken out as Adam does (Kingma and Ba,
/// 2015): `s = w s + (1 - w) x`, shown as `s / (1 - w^n)`. `weight` w: 0 to below 1. What is no finite number stays a
/// gap and changes nothing.
pub fn smooth(values: impl Iterator<Item = f64>, weight: f64) -> Vec<f64> {
    let weight = weight.clamp(0.0, 0.999);
    let (mut sum, mut share) = (0.0, 0.0);
    values
        .map(|value| {
            if !value.is_finite() {
                return f64::NAN;
            }
            sum = weight * sum + (1.0 - weight) * value;
            share = weight * share + (1.0 - weight);
            sum / share
        })
        .collect()
}

/// The points that a line through all of them needs so that it looks the same: of each of `columns` columns of pixels
/// the first, the lowest, the highest and the last (M4: Jugel et al., 2014). What is left and right of `range` counts
/// as a column each, so that bounds taken from the kept points are those of all.
///
/// `points`: by ascending x; a y that is no number is a gap. A column of gaps keeps one.
pub fn thin(points: &[[f64; 2]], range: [f64; 2], columns: usize) -> Vec<[f64; 2]> {
    let columns = columns.max(1);
    if points.len() <= 4 * columns {
        return points.to_vec();
    }
    let [from, to] = range;
    let scale = columns as f64 / (to - from);
    let column = |x: f64| match scale.is_finite() && scale > 0.0 {
        // The cast saturates.
        true => ((x - from) * scale).floor().clamp(-1.0, columns as f64) as i64,
        false => 0,
    };
    let mut kept = Vec::new();
    for points in points.chunk_by(|a, b| column(a[0]) == column(b[0])) {
        keep_column(points, &mut kept);
    }
    kept
}

fn keep_column(points: &[[f64; 2]], kept: &mut Vec<[f64; 2]>) {
    let mut places = points
        .iter()
        .enumerate()
        .filter(|(_, point)| is_finite(point))
        .map(|(place, _)| place);
    let Some(first) = places.next() else {
        kept.extend(points.first().map(|[x, _]| [*x, f64::NAN]));
        return;
    };
    let [mut lowest, mut highest, mut last] = [first; 3];
    for place in places {
        last = place;
        if points[place][1] < points[lowest][1] {
            lowest = place;
        }
        if points[place][1] > points[highest][1] {
            highest = place;
        }
    }
    let mut chosen = [first, lowest, highest, last];
    chosen.sort_unstable();
    let mut before = None;
    for place in chosen {
        if before != Some(place) {
            kept.push(points[place]);
        }
        before = Some(place);
    }
}

/// The parts of a series between its gaps.
pub fn runs<P: From<[f64; 2]>>(points: &[[f64; 2]]) -> Vec<Vec<P>> {
    let parts = points.split(|point| !is_finite(point));
    parts
        .filter(|part| !part.is_empty())
        .map(|part| part.iter().map(|point| P::from(*point)).collect())
        .collect()
}

fn is_finite([x, y]: &[f64; 2]) -> bool {
    x.is_finite() && y.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_begins_at_the_first_value_and_leaves_gaps() {
        let values = [1.0, f64::NAN, 3.0, f64::INFINITY, 3.0];
        let smoothed = smooth(values.into_iter(), 0.5);
        assert_eq!(smoothed[0], 1.0);
        assert!(smoothed[1].is_nan() && smoothed[3].is_nan());
        // (0.25 * 1 + 0.5 * 3) / 0.75
        assert!((smoothed[2] - 7.0 / 3.0).abs() < 1e-12);
        assert!(smoothed[4] > smoothed[2] && smoothed[4] < 3.0);
        assert_eq!(smooth([2.0, 5.0].into_iter(), 0.0), [2.0, 5.0]);
    }

    #[test]
    fn a_spike_and_the_bounds_stay_when_points_are_left_out() {
        let mut points: Vec<_> = (0..100_000).map(|x| [f64::from(x), 1.0]).collect();
        points[7][1] = -3.0;
        points[54_321][1] = 9.0;
        let kept = thin(&points, [50_000.0, 60_000.0], 100);
        assert!(kept.len() <= 4 * 102, "{}", kept.len());
        for point in [[7.0, -3.0], [54_321.0, 9.0], points[0], points[99_999]] {
            assert!(kept.contains(&point), "{point:?}");
        }
        assert!(kept.is_sorted_by(|a, b| a[0] < b[0]));
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let points = [[0.0, 1.0], [1.0, f64::NAN], [2.0, 0.5]];
        let kept = thin(&points, [0.0, 2.0], 1);
        assert_eq!(kept[0], points[0]);
        assert_eq!((kept.len(), kept[2]), (3, points[2]));
        assert_eq!(runs::<[f64; 2]>(&kept), [vec![points[0]], vec![points[2]]]);
    }

    #[test]
    fn a_range_that_is_none_and_long_gaps_are_no_trouble() {
        let points: Vec<_> = (0..1000)
            .map(|x| [f64::from(x), if x < 500 { f64::NAN } else { 1.0 }])
            .collect();
        for range in [[0.0, 0.0], [f64::NAN, 1.0], [5.0, -5.0]] {
            assert!(!thin(&points, range, 10).is_empty());
        }
        let kept = thin(&points, [0.0, 1000.0], 10);
        assert!(kept.len() <= 40 && kept[0][1].is_nan());
    }
}
