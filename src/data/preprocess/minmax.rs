//! Stretches each channel to the whole range.

use super::Picture;

/// Maps each channel of the picture on its own by `(x - min) / (max - min)`, so that it spans `[0,
/// 1]`.
///
/// A channel of one value has no range to stretch and stays as it is, as ImageMagick's
/// `-auto-level` leaves it.
pub fn minmax(picture: &mut Picture) {
    let channels = picture.channels();
    stretch(picture.values_mut(), channels);
}

/// [`minmax`] of `[pixels, channels]`.
pub(super) fn stretch(values: &mut [f32], channels: usize) {
    for channel in 0..channels {
        let of_channel = values.iter().skip(channel).step_by(channels);
        let (min, max) = of_channel
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &value| {
                (min.min(value), max.max(value))
            });
        let range = max - min;
        if range <= 0.0 {
            continue;
        }
        for value in values.iter_mut().skip(channel).step_by(channels) {
            *value = (*value - min) / range;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_spans_the_whole_range_and_a_constant_one_stays() {
        let values = vec![0.25, 0.5, 0.125, 0.75, 0.5, 0.25, 0.5, 0.5, 0.375];
        let mut picture = Picture::new(3, 1, 3, values).unwrap();
        minmax(&mut picture);
        assert_eq!(
            picture.values(),
            [0.0, 0.5, 0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0]
        );
    }
}
